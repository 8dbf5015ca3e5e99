# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: the machine that Sentry runs on, as Docker and its file systems tell.

Nothing here is an error: what cannot be known is None.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .docker import SentryError, SentryHost
from .versions import OLDEST_DOCKER, is_older, oldest_compose

_MEMINFO = "/proc/meminfo"
_PODMAN = "podman"


@dataclass(frozen=True)
class Machine:
    """What Docker runs on.

    :param docker_version: of the engine, not of the client
    :param is_podman: whether Podman answers in place of Docker's engine
    :param is_rootless: whether the engine runs without root
    :param memory: bytes that the engine can give to containers
    :param free_memory: bytes that are free on this host now
    :param cpus: processors that the engine can give to containers
    :param docker_dir: where the engine keeps images
    :param free_for_docker: bytes that are free there; None too where that is another machine
    :param free_in_folder: bytes that are free in the Sentry folder
    """

    docker_version: str | None = None
    is_podman: bool = False
    is_rootless: bool = False
    memory: int | None = None
    free_memory: int | None = None
    cpus: int | None = None
    docker_dir: str | None = None
    free_for_docker: int | None = None
    free_in_folder: int | None = None


def read_machine(host: SentryHost) -> Machine:
    """Return what is known of the machine."""
    server = _part(_ask(host, "version"), "Server")
    info = _ask(host, "info")
    folder = _text(info, "DockerRootDir")
    return Machine(
        docker_version=_text(server, "Version") or _text(info, "ServerVersion"),
        is_podman=_is_podman(server),
        is_rootless=any("rootless" in str(each) for each in info.get("SecurityOptions") or []),
        memory=_number(info, "MemTotal"),
        free_memory=free_memory(),
        cpus=_number(info, "NCPU"),
        docker_dir=folder,
        free_for_docker=free_space(folder) if folder else None,
        free_in_folder=free_space(host.directory),
    )


def too_old(machine: Machine, compose: str, sentry: str | None) -> dict[str, str]:
    """Return what upstream's install.sh would refuse, and the oldest that it takes.

    :param compose: version of the compose plugin
    :param sentry: release of Sentry, None for an unknown one
    :returns: for example ``{"docker compose 2.19.1": "2.32.2"}``
    """
    found = {f"docker {machine.docker_version}": (machine.docker_version, OLDEST_DOCKER)}
    found[f"docker compose {compose}"] = (compose, oldest_compose(sentry))
    return {name: oldest for name, (own, oldest) in found.items() if is_older(own, oldest)}


def free_space(folder: str) -> int | None:
    """Return the bytes that a user other than root may still write in a folder."""
    try:
        status = os.statvfs(folder)
    except OSError:
        return None
    return status.f_bavail * status.f_frsize


def free_memory() -> int | None:
    """Return the bytes of memory that programs can still get without swapping."""
    try:
        with open(_MEMINFO, encoding="ascii") as file:
            lines = dict(line.split(":", 1) for line in file if ":" in line)
        return int(lines["MemAvailable"].split()[0]) * 1024
    except (OSError, LookupError, ValueError):
        return None


def _ask(host: SentryHost, question: str) -> Mapping[str, Any]:
    """Return what ``docker info`` or ``docker version`` says, nothing when it says nothing."""
    try:
        answer = json.loads(host.docker(question, "--format", "{{json .}}"))
    except (SentryError, ValueError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _is_podman(server: Mapping[str, Any]) -> bool:
    """Return whether Podman serves Docker's API, as a real docker client sees it."""
    components = [each for each in server.get("Components") or [] if isinstance(each, dict)]
    return any(_PODMAN in str(each.get("Name")).lower() for each in components)


def _part(answer: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = answer.get(name)
    return part if isinstance(part, dict) else {}


def _text(answer: Mapping[str, Any], name: str) -> str | None:
    return str(answer[name]) if answer.get(name) else None


def _number(answer: Mapping[str, Any], name: str) -> int | None:
    value = answer.get(name)
    return value if isinstance(value, int) and value > 0 else None
