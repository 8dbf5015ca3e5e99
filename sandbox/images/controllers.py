# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The matrix: what the collection is run with on controllers, and on Sentry hosts.

Versions are in pip's words: ``2.21.*`` is the newest of that series.
"""

from __future__ import annotations

from dataclasses import dataclass

# Python of each Debian release, and the package that brings the docker client.
PYTHONS = {"bullseye": "3.9", "bookworm": "3.11", "trixie": "3.13"}
DOCKER_PACKAGES = {"bookworm": "docker.io", "trixie": "docker-cli"}


@dataclass(frozen=True)
class Core:
    """A version of ansible-core.

    :param python: the controller's Python
    :param package: version of the package ``ansible``, which has community.docker as of then
    """

    python: str
    version: str
    package: str


@dataclass(frozen=True)
class Controller:
    """A machine that runs ansible-playbook, as an image of the sandbox.

    :param http: requirement of the HTTP library
    """

    core: Core
    http: str

    @property
    def name(self) -> str:
        """The tag of its image."""
        words = (self.core.version, self.core.python, self.http)
        return "-".join(word.replace(".*", "").replace("==", "-") for word in words)

    @property
    def suite(self) -> str:
        """The Debian release that has this Python."""
        return next(suite for suite, python in PYTHONS.items() if python == self.core.python)


# For each Python the oldest and the newest ansible-core that supports it as the controller's:
# https://docs.ansible.com/ansible/latest/reference_appendices/release_and_maintenance.html
CORES = (
    Core("3.11", "2.16.0", "9.0.1"),
    Core("3.11", "2.19.*", "12.*"),
    Core("3.13", "2.18.0", "11.0.0"),
    Core("3.13", "2.21.*", "14.*"),
)
# 0.23.0 imports a module that Python 3.13 does not have any more.
OLDEST_HTTP = {"3.11": "httpx==0.23.0", "3.13": "httpx==0.23.1"}
NEWER_HTTP = ("httpx==0.*", "httpx2==2.*")

# Pythons that one of these supports too, and why they are not tried.
NOT_TRIED = {
    "3.10": "no supported Debian release has it",
    "3.12": "no Debian release has it",
    "3.14": "no Debian release has it yet",
}

CONTROLLERS = tuple(
    Controller(core, http) for core in CORES for http in (OLDEST_HTTP[core.python], *NEWER_HTTP)
)
OLDEST, NEWEST = CONTROLLERS[0], CONTROLLERS[-1]
ENDS = {"oldest": OLDEST, "newest": NEWEST}
