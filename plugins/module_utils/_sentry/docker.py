# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: runs docker and docker compose in the folder of a self-hosted Sentry.

The only place that starts a process on the Sentry host. Secrets go through standard input, never
into the arguments, which everybody on the host can read.

Modules need the Docker client alone: community.docker's modules would each ask the same again, and
its Python requirements would come on top, on every Sentry host.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._module import ModuleError

WEB_SERVICE = "web"

# sudo and cron often leave /usr/local/bin out of PATH, and Docker's own packages install there.
_EXTRA_PATH = ("/usr/local/bin", "/usr/bin", "/snap/bin")

# What the docker client prints (lower case) -> what it means, and what to do about it.
_KNOWN_FAILURES = (
    (
        ("permission denied while trying to connect",),
        "This user may not use Docker",
        "Use become",
    ),
    (
        ("cannot connect to the docker daemon", "failed to connect to the docker api"),
        "The Docker daemon is not reachable",
        "Start it (systemctl start docker), or check DOCKER_HOST",
    ),
    (
        ("is not running", "is restarting", "no such container"),
        "The container is not running",
        "See 'docker compose ps' and 'docker compose logs' in the Sentry folder for the reason,"
        " then start it with 'docker compose up -d'",
    ),
)


class SentryError(ModuleError):
    """Something on the Sentry host is not as it has to be."""


class CommandFailed(SentryError):
    """A docker command ended with an error.

    :param printed: all that it printed, which can quote files of the site: never hand it on whole
    """

    def __init__(self, message: str, printed: str) -> None:
        super().__init__(message)
        self.printed = printed


class CommandTimedOut(SentryError):
    """A docker command was ended, for it had taken too long."""


@dataclass(frozen=True)
class SentryHost:
    """How to run docker for one Sentry folder.

    :param directory: absolute path of the self-hosted checkout
    :param env_files: files to hand to compose with ``--env-file``; none means compose's default
    :param timeout: seconds that one command may take
    :param project: name of the compose project, None for the one that compose itself finds
    """

    directory: str
    env_files: tuple[str, ...] = ()
    timeout: float = 120
    project: str | None = None

    @property
    def compose_command(self) -> list[str]:
        """The beginning of a command line for this project, to be run in the directory."""
        project = ["--project-name", self.project] if self.project else []
        env_options = [option for path in self.env_files for option in ("--env-file", path)]
        return [find_docker(), "compose", *project, *env_options]

    def docker(
        self,
        *arguments: str,
        stdin: str = "",
        timeout: float | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> str:
        """Return what ``docker <arguments>`` prints; raise SentryError when it fails.

        :param environment: what the client's own environment is to have besides
        """
        command = [find_docker(), *arguments]
        return _run(command, self.directory, stdin, timeout or self.timeout, environment)

    def logs(self, container: str, lines: int, timeout: float | None = None) -> str:
        """Return the last lines of a container's log, what it said as errors among the others."""
        command = [find_docker(), "logs", f"--tail={lines}", container]
        return _run(command, self.directory, "", timeout or self.timeout, joined=True)

    def compose(self, *arguments: str, stdin: str = "", timeout: float | None = None) -> str:
        """Return what ``docker compose <arguments>`` prints; raise SentryError when it fails."""
        command = [*self.compose_command, *arguments]
        return _run(command, self.directory, stdin, timeout or self.timeout)

    def install(self, *flags: str, timeout: float) -> str:
        """Return what upstream's install.sh prints; raise SentryError when it fails.

        It calls compose by itself, so the project's name comes with the environment.
        """
        command = [os.path.join(self.directory, "install.sh"), *flags]
        environment = {"COMPOSE_PROJECT_NAME": self.project} if self.project else {}
        return _run(command, self.directory, "", timeout, environment)

    def compose_config(self) -> dict[str, Any]:
        """Return the effective compose project. It can hold secrets: never hand it on whole."""
        config = _parse_json(self.compose("config", "--format", "json"), "docker compose config")
        if not isinstance(config, dict):
            raise SentryError("docker compose config: It printed no project. Run it by hand.")
        return config

    def containers(self, project: str) -> list[dict[str, Any]]:
        """Return ``docker inspect`` of a project's containers, one-off runs left out."""
        listed = self.docker(
            "ps", "--all", "--quiet",
            "--filter", "label=com.docker.compose.project=" + project,
            "--filter", "label=com.docker.compose.oneoff=False",
        )  # fmt: skip
        return self.inspect(listed.split())

    def inspect(self, containers: Sequence[str]) -> list[dict[str, Any]]:
        """Return ``docker inspect`` of containers; one that has gone since is left out.

        :param containers: ids or names
        """
        if not containers:
            return []
        try:
            printed = self.docker("inspect", *containers)
        except SentryError as error:
            if len(containers) == 1 or "no such" not in str(error).lower():
                raise
            return [found for each in containers for found in self._inspect_one(each)]
        found = _parse_json(printed, "docker inspect")
        return [each for each in found if isinstance(each, dict)]

    def _inspect_one(self, container: str) -> list[dict[str, Any]]:
        try:
            return self.inspect([container])
        except SentryError:
            return []

    def image_id(self, image: str) -> str | None:
        """Return the id of a local image, or None when there is none of that name."""
        try:
            return self.docker("image", "inspect", "--format", "{{.Id}}", image).strip()
        except SentryError as error:
            if "no such" in str(error).lower():
                return None
            raise


def find_docker() -> str:
    """Return the path of the docker client; raise SentryError when there is none."""
    docker = shutil.which("docker", path=_path())
    if docker is None:
        raise SentryError(
            "docker: It was not found on this host. Run on the host of Sentry, or install Docker"
            " Engine with its compose plugin."
        )
    return docker


def _path() -> str:
    """Return PATH with what it often lacks."""
    return os.pathsep.join((os.environ.get("PATH") or os.defpath, *_EXTRA_PATH))


def compose_version(directory: str, timeout: float = 30) -> str:
    """Return the version of the compose plugin, such as ``2.32.2``.

    :raises SentryError: there is none, or it is Podman's
    """
    host = SentryHost(directory, timeout=timeout)
    try:
        printed = host.docker("compose", "version", "--short")
    except SentryError as error:
        raise SentryError(
            "docker compose: Version 2 does not work on this host. Install the compose plugin"
            f" (package docker-compose-plugin or docker-compose). {error}"
        ) from None
    if "podman" in printed.lower() or "podman" in host.docker("--version").lower():
        raise SentryError(
            "docker: It is Podman here, which is not supported. Install Docker Engine with its"
            " compose plugin."
        )
    return printed.strip().lstrip("v")


def _run(
    command: Sequence[str],
    directory: str,
    stdin: str,
    timeout: float,
    environment: Mapping[str, str] | None = None,
    joined: bool = False,
) -> str:
    """Run a command without a shell in its own process group and return its standard output.

    :param joined: standard error is a part of it
    """
    shown = _shown(command)
    with subprocess.Popen(
        command,
        cwd=directory,
        env={**_environment(), **(environment or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if joined else subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            output, errors = process.communicate(stdin, timeout=timeout)
        except subprocess.TimeoutExpired:
            # compose is a child of docker and keeps the pipes open: end the whole group.
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise CommandTimedOut(
                f"{shown}: It gave no answer within {timeout:g} s. See whether the host is very"
                " busy, or give it more time."
            ) from None
    if process.returncode != 0:
        message = _explain(shown, process.returncode, errors or output)
        raise CommandFailed(message, f"{output}\n{errors or ''}")
    return output


def _environment() -> dict[str, str]:
    # docker itself looks in PATH for its credential helpers.
    own = {"PATH": _path(), "COMPOSE_ANSI": "never", "DOCKER_CLI_HINTS": "false"}
    return {**os.environ, **own}


def _shown(command: Sequence[str]) -> str:
    """Return the command's name and first word, without options: ``docker compose exec``."""
    words = ["docker"]
    skip = False
    for word in command[1:]:
        if skip or word.startswith("-"):
            skip = word in ("--project-name", "--env-file")
            continue
        words.append(word)
        if word != "compose":
            break
    return " ".join(words)


def last_log_lines(printed: str, count: int) -> str:
    """Return the last lines of what a program printed as one, source code left out.

    The indented lines of a traceback quote source code, and in a settings file that is secret.
    """
    lines = [line for line in printed.splitlines() if line and not line[0].isspace()]
    return " / ".join(lines[-count:]) or "nothing was printed"


def _explain(shown: str, code: int, printed: str) -> str:
    """Return what a failed command means and what it printed last."""
    # Compose warns of many things on the way that have nothing to do with the end.
    lines = [line for line in printed.splitlines() if "level=warning" not in line]
    last = last_log_lines("\n".join(lines), 4)
    lowered = printed.lower()
    for patterns, meaning, action in _KNOWN_FAILURES:
        if any(pattern in lowered for pattern in patterns):
            return f"{shown}: {meaning} ({last}). {action}."
    return f"{shown}: It failed with exit code {code}: {last}"


def _parse_json(printed: str, source: str) -> Any:
    try:
        return json.loads(printed)
    except ValueError as error:
        raise SentryError(f"{source}: It did not print JSON ({error}). Run it by hand.") from None
