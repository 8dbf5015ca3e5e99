# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An engine, a file system or a memory on which a run would end in the middle."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sso.about.finding import Finding
from ansible_collections.encvoy.sentry.plugins.module_utils._sso.findings import find
from tests.support.observations import Site

BUILD = {"look.sentry.image_plugin_version": None}
INSTALL = {"look.sentry.installed": False}


def found(site: Site) -> list[Finding]:
    findings: list[Finding] = find(site.look, site.identity_provider, site.wanted)
    return findings


@pytest.mark.parametrize(
    ("changes", "severity", "words"),
    [
        ({"look.machine.is_podman": True}, "error", ("Podman", "Install Docker Engine")),
        ({"look.machine.is_rootless": True}, "error", ("rootless", "engine of the system")),
        (
            {"look.machine.too_old": {"docker compose 2.19.1": "2.32.2"}},
            "error",
            ("docker compose 2.19.1 is too old for Sentry 23.7.1", "Install 2.32.2 or newer"),
        ),
        ({**BUILD, "look.machine.free_for_docker": 900_000_000}, "error", ("900 MB", "1000 MB")),
        ({**BUILD, "look.machine.free_for_docker": 2 * 10**9}, "warning", ("2000 MB", "4000 MB")),
        (
            {**INSTALL, "look.machine.free_for_docker": 9 * 10**9},
            "warning",
            ("/var/lib/docker", "9000 MB", "20000 MB"),
        ),
        (
            {"look.files.dockerignore.block": None, "look.machine.free_in_folder": 9_000_000},
            "error",
            ("sentry_sso_sentry_dir", "9 MB", "10 MB"),
        ),
        ({**BUILD, "look.machine.free_memory": 400_000_000}, "warning", ("400 MB", "500 MB")),
        ({**INSTALL, "look.machine.memory": 3 * 1024**3}, "error", ("3072 MB", "3800 MB")),
        ({**INSTALL, "look.machine.cpus": 1}, "error", ("1 processors", "wants 2")),
        (
            {**INSTALL, "look.sentry.version": "24.9.0", "look.machine.memory": 12 * 1024**3},
            "error",
            ("12288 MB", "wants 14000 MB"),
        ),
    ],
)
def test_what_is_different_is_said(
    changes: dict[str, Any], severity: str, words: tuple[str, ...]
) -> None:
    site = Site()
    for path, value in changes.items():
        site.set(path, value)

    (finding,) = found(site)
    assert finding.severity == severity
    for word in words:
        assert word in f"{finding.detail} {finding.action}"


@pytest.mark.parametrize(
    "changes",
    [
        {"look.machine.free_for_docker": 1, "look.machine.free_in_folder": 1},
        {"look.machine.free_memory": 1, "look.machine.memory": 1, "look.machine.cpus": 1},
        {**BUILD, "look.machine.free_for_docker": None, "look.machine.free_memory": None},
        {**INSTALL, "look.machine.memory": None, "look.machine.cpus": None},
        # With COMPOSE_PROFILES=errors-only.
        {**INSTALL, "look.sentry.version": "25.4.0", "look.machine.memory": 8 * 1024**3},
    ],
)
def test_what_a_run_does_not_need_or_nobody_knows_is_not_judged(changes: dict[str, Any]) -> None:
    site = Site()
    for path, value in changes.items():
        site.set(path, value)

    assert found(site) == []
