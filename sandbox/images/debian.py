# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Debian's base images: from a registry, or bootstrapped from packages where none answers."""

from __future__ import annotations

import os
import re
import shutil

from . import names
from .docker import BuildError, check, docker, inspect, run, step


def suite_of(reference: str) -> str:
    """The Debian release that an image was made from, for example ``bookworm``.

    :raises BuildError: when it is not Debian
    """
    release = docker("run", "--rm", "--entrypoint", "cat", reference, "/etc/os-release")
    check(release, reference)
    found = re.search(r"^VERSION_CODENAME=(\w+)$", release.stdout.decode(), re.MULTILINE)
    if not found:
        raise BuildError(
            f"{reference} is not made from Debian, so PostgreSQL cannot be added to it. "
            "Choose an official Sentry image."
        )
    return found[1]


def ensure_base(suite: str) -> None:
    """Make the base image of a Debian release unless it is there."""
    name = names.debian(suite)
    if inspect(name, "{{.Id}}"):
        return
    with step("getting", name):
        recipe = f"FROM debian:{suite}-slim\nLABEL {names.NAME_LABEL}=debian:{suite}\n".encode()
        if docker("build", "--tag", name, "-", stdin=recipe).returncode != 0:
            bootstrap(suite)


def bootstrap(suite: str) -> None:
    """Make Debian's base image with mmdebstrap, which is installed first where it is missing."""
    name = names.debian(suite)
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise BuildError(
            f"No image registry answers for debian:{suite}-slim, and only root on Debian or Ubuntu "
            f"can bootstrap it. Run this as root there, or load that image and tag it {name}."
        )
    if shutil.which("mmdebstrap") is None:
        packages = ["mmdebstrap", "debian-archive-keyring"]
        for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
            quiet = {"DEBIAN_FRONTEND": "noninteractive"}
            check(run(["apt-get", "-qq", *command], env=quiet), name)
    include = "--include=ca-certificates"
    system = run(["mmdebstrap", "--quiet", "--variant=minbase", include, suite, "-"])
    check(system, name)
    label = f"LABEL {names.NAME_LABEL}=debian:{suite}"
    changes = ["--change", 'CMD ["bash"]', "--change", label]
    check(docker("import", *changes, "-", name, stdin=system.stdout), name)
