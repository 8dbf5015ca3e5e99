# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: opens a Sentry folder, whatever its Compose project is called."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from .containers import DIRECTORY_LABEL, Container, containers_of, serving_first
from .docker import WEB_SERVICE, SentryError, SentryHost, compose_version
from .project import Project, sentry_version
from .versions import is_older, layers_env_files, oldest_compose, release


@dataclass(frozen=True)
class Checkout:
    """A folder of self-hosted Sentry.

    :param host: runs docker in it, for the project under which its containers run
    :param project: what Compose makes of its files
    :param containers: of this project, running or not
    :param compose_version: of the compose plugin
    :param env_version: Sentry release that .env alone would set, where .env.custom has a say
    """

    host: SentryHost
    project: Project
    containers: tuple[Container, ...]
    compose_version: str
    env_version: str | None = None

    @property
    def version(self) -> str | None:
        """Sentry release that the folder is set to, None for tags such as nightly."""
        return self.project.version


def load_checkout(sentry_dir: str, timeout: float = 120) -> Checkout:
    """Check the folder, docker and compose, and return how to use them; raise SentryError.

    :param timeout: seconds that one docker command may take
    """
    host = open_folder(sentry_dir, timeout)
    with ThreadPoolExecutor() as pool:
        checkout = read_checkout(host, pool, pool.submit(folder_containers, host))
    _check_age(checkout.compose_version, checkout.version)
    return checkout


def open_folder(sentry_dir: str, timeout: float = 120) -> SentryHost:
    """Return how to run docker in the folder; raise SentryError when it is no Sentry folder."""
    directory = os.path.abspath(sentry_dir)
    if not os.path.isdir(directory):
        raise SentryError(
            f"sentry_dir: {directory} is not a folder on this host. Set it to the folder of"
            " self-hosted Sentry, the one with install.sh."
        )
    for expected in ("docker-compose.yml", "sentry"):
        if not os.path.exists(os.path.join(directory, expected)):
            raise SentryError(
                f"sentry_dir: {directory} is not a checkout of self-hosted Sentry, for it has no"
                f" {expected}. Set it to the folder with install.sh."
            )
    return SentryHost(directory, timeout=timeout)


def read_checkout(
    host: SentryHost, pool: ThreadPoolExecutor, own: Future[list[Container]]
) -> Checkout:
    """Read the project of a folder; its parts side by side. What is too old is not refused here.

    :param own: folder_containers of the host, underway
    """
    compose = pool.submit(compose_version, host.directory)
    configured = pool.submit(_configure, host)
    version = compose.result()
    host, project, env_version = configured.result()
    _check_compose(version, project.version)
    containers = own.result() or _adopted(host, project.name)
    name = select_project(containers, project.name)
    if name != project.name:
        host = replace(host, project=name)
    of_project = tuple(each for each in containers if each.project == name)
    return Checkout(host, project, of_project, version, env_version)


def folder_containers(host: SentryHost) -> list[Container]:
    """Return the containers that were made from the folder, whatever their project is called."""
    listed = host.docker(
        "ps", "--all", "--no-trunc",
        "--filter", "label=" + DIRECTORY_LABEL, "--filter", "label=com.docker.compose.oneoff=False",
        "--format", '{{.ID}}\t{{.Label "' + DIRECTORY_LABEL + '"}}',
    )  # fmt: skip
    pairs = [line.partition("\t") for line in listed.splitlines()]
    real = os.path.realpath(host.directory)
    own = [each for each, _tab, folder in pairs if os.path.realpath(folder) == real]
    return [Container.from_inspect(found) for found in host.inspect(own)]


def select_project(containers: Sequence[Container], configured: str) -> str:
    """Return the name of the project under which the folder's containers run.

    :param configured: the name by Compose's own configuration, which counts where nothing else does
    :raises SentryError: there are several, and which one is meant cannot be told
    """
    names = {each.project for each in containers}
    running = {each.project for each in running_web(containers)}
    for candidates in (running, names):
        if len(candidates) == 1:
            return candidates.pop()
        if candidates:
            break
    else:
        return configured
    if not running and configured in names:
        return configured
    listed = ", ".join(sorted(running or names))
    raise SentryError(
        f"sentry_dir: Containers of several Compose projects come from this folder: {listed}."
        " Remove those that are not in use ('docker compose --project-name <name> down'; the"
        " volumes stay)."
    )


def running_web(containers: Sequence[Container]) -> list[Container]:
    """Return the running containers of Sentry's web server, the one that serves first."""
    running = [each for each in containers_of(WEB_SERVICE, containers) if each.is_running]
    return serving_first(running)


def read_text(directory: str, *names: str) -> str:
    """Return the text of a file in the folder, an empty one when there is no such file."""
    path = os.path.join(directory, *names)
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise SentryError(f"{path}: It cannot be read ({error.strerror}). Use become.") from None


_LAYERED = (".env", ".env.custom")
_ALONE = (".env.custom",)


def _configure(host: SentryHost) -> tuple[SentryHost, Project, str | None]:
    """Return the host with its env files, the project, and the release that .env alone would set.

    Which files count depends on the release, and .env itself says which one that is.
    """
    if os.path.exists(os.path.join(host.directory, ".env.custom")):
        return _configure_with_custom(host)
    return host, Project.from_config(host.compose_config(), host.directory), None


def _configure_with_custom(host: SentryHost) -> tuple[SentryHost, Project, str | None]:
    layered, alone = (replace(host, env_files=files) for files in (_LAYERED, _ALONE))
    has_env = os.path.exists(os.path.join(host.directory, ".env"))
    own = _config_by_env(host) if has_env else None
    version = sentry_version(own) if own else None
    chosen = layered if has_env and _layers_env_files(host, own) else alone
    try:
        config = chosen.compose_config()
    except SentryError:
        if chosen is layered or not has_env:
            raise
        # A site may run an older image in the layout of a newer release.
        chosen, config = layered, layered.compose_config()
    return chosen, Project.from_config(config, host.directory), version


def _config_by_env(host: SentryHost) -> dict[str, Any] | None:
    """Return the project by .env alone, None where that does not make it whole."""
    try:
        return replace(host, env_files=(".env",)).compose_config()
    except SentryError:
        return None


def _layers_env_files(host: SentryHost, by_env: Mapping[str, Any] | None) -> bool:
    config = by_env or replace(host, env_files=_LAYERED).compose_config()
    return layers_env_files(sentry_version(config))


def _check_compose(found: str, sentry: str | None) -> None:
    needed = oldest_compose(sentry)
    if release(found) is None:
        raise SentryError(
            f"docker compose: Its version '{found}' is not understood, and Sentry"
            f" {sentry or '(unknown release)'} needs {needed} or newer. Install a release of the"
            " compose plugin (package docker-compose-plugin)."
        )


def _check_age(compose: str, sentry: str | None) -> None:
    needed = oldest_compose(sentry)
    if is_older(compose, needed):
        raise SentryError(
            f"docker compose: Version {compose} is too old for Sentry"
            f" {sentry or '(unknown release)'}. Install {needed} or newer."
        )


def _adopted(host: SentryHost, project: str) -> list[Container]:
    """Return the containers of a project that Compose would take for this folder's.

    After a checkout was moved, or replaced by a new one beside it, they are its own. Those of
    a folder that still is there belong to another Sentry, and Compose would replace them.
    """
    found = [Container.from_inspect(each) for each in host.containers(project)]
    others = sorted({each.directory for each in found if os.path.isdir(each.directory)})
    if others:
        raise SentryError(
            f"sentry_dir: The Compose project {project} of {host.directory} has containers that"
            f" were started from {', '.join(others)}. Set sentry_dir to that folder; or run"
            " 'docker compose up -d' by hand if this folder has replaced it."
        )
    return found
