# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: findings about the machine that Sentry runs on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..plan import Plan
from .finding import Finding

_MB = 1_000_000
_GB = 1_000_000_000
# What a build writes beside its base image: the files of the site, the plugin, and the layers of
# upstream's own steps.
_ROOM_FOR_BUILD = _GB
# What a base image of Sentry takes that has to be pulled first.
_ROOM_FOR_BASE = 4 * _GB
_ROOM_FOR_FILES = 10 * _MB
# What upstream asks for: https://develop.sentry.dev/self-hosted/#required-minimum-system-resources
_ROOM_FOR_SENTRY = 20 * _GB
# One process of Sentry more, which loads settings and provider beside the Sentry that serves.
_MEMORY_FOR_START = 500 * _MB
# (first release, MB of memory, processors) without which install.sh ends, newest first. The first
# one is that of COMPOSE_PROFILES=errors-only; feature-complete needs 14000 MB and 4:
# https://github.com/getsentry/self-hosted/commits/master/install/_min-requirements.sh
_INSTALL_NEEDS = (((25, 4), 7000, 2), ((24, 9), 14000, 4), ((0,), 3800, 2))


def about_engine(look: Mapping[str, Any]) -> Iterator[Finding]:
    """Tell of an engine that this Sentry or this collection does not work with."""
    machine = look["machine"]
    if machine["is_podman"]:
        yield Finding(
            "error",
            "docker: Podman answers in place of Docker's engine, which is not supported.",
            "Install Docker Engine with its compose plugin, and see that DOCKER_HOST and the"
            " docker context name its socket.",
        )
    elif machine["is_rootless"]:
        yield Finding(
            "error",
            "docker: The engine runs without root (rootless), which is not supported.",
            "Run Sentry on Docker's engine of the system, and see that DOCKER_HOST and the docker"
            " context name its socket.",
        )
    for found, oldest in machine["too_old"].items():
        yield Finding(
            "error",
            f"{found} is too old for Sentry {look['sentry']['version'] or '(unknown version)'}.",
            f"Install {oldest} or newer.",
        )


def about_room(look: Mapping[str, Any], plan: Plan) -> Iterator[Finding]:
    """Tell of file systems on which a run would end in the middle."""
    machine = look["machine"]
    folder, docker = machine["free_in_folder"], machine["free_for_docker"]
    if (plan.files or plan.install) and folder is not None and folder < _ROOM_FOR_FILES:
        yield _full("sentry_sso_sentry_dir: The file system of the Sentry folder", folder, 10 * _MB)
    if docker is None or not (plan.build or plan.install):
        return
    where = f"docker: The file system of {machine['docker_dir']}, where Docker keeps images,"
    if docker < _ROOM_FOR_BUILD:
        yield _full(where, docker, _ROOM_FOR_BUILD)
    elif plan.install and docker < _ROOM_FOR_SENTRY:
        yield _full(where, docker, _ROOM_FOR_SENTRY, "warning")
    elif docker < _ROOM_FOR_BASE:
        yield _full(where, docker, _ROOM_FOR_BASE, "warning")


def about_memory(look: Mapping[str, Any], plan: Plan) -> Iterator[Finding]:
    """Tell of too little memory for what the run does."""
    machine = look["machine"]
    if plan.install:
        yield from _about_installation(look)
    free = machine["free_memory"]
    if (plan.build or plan.recreate) and free is not None and free < _MEMORY_FOR_START:
        yield Finding(
            "warning",
            f"The host has {free // _MB} MB of free memory; Sentry is loaded once more beside the"
            f" one that serves, which takes about {_MEMORY_FOR_START // _MB} MB.",
            "Give the host more memory, or stop what else runs there.",
        )


def _about_installation(look: Mapping[str, Any]) -> Iterator[Finding]:
    machine, sentry = look["machine"], look["sentry"]["version"]
    memory, cpus = _install_needs(sentry)
    own_memory, own_cpus = machine["memory"], machine["cpus"]
    if own_memory is not None and own_memory // 1024**2 < memory:
        yield Finding(
            "error",
            f"Docker has {own_memory // 1024**2} MB of memory; install.sh of Sentry"
            f" {sentry or '(unknown version)'} wants {memory} MB at least.",
            "Give the host more memory.",
        )
    if own_cpus is not None and own_cpus < cpus:
        yield Finding(
            "error",
            f"Docker has {own_cpus} processors; install.sh of Sentry"
            f" {sentry or '(unknown version)'} wants {cpus} at least.",
            "Give the host more processors.",
        )


def _install_needs(sentry: str | None) -> tuple[int, int]:
    numbers = tuple(int(part) for part in (sentry or "").split(".")[:3] if part.isdigit())
    for since, memory, cpus in _INSTALL_NEEDS:
        if not numbers or numbers >= since:
            return memory, cpus
    return _INSTALL_NEEDS[-1][1:]


def _full(what: str, free: int, needed: int, severity: str = "error") -> Finding:
    return Finding(
        severity,
        f"{what} has {free // _MB} MB left; {needed // _MB} MB are needed.",
        "Free some space, for example with 'docker image prune' or 'docker builder prune'.",
    )
