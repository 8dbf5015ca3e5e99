# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What sentry.conf.py would do to a run, or another role to it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sso.about.finding import Finding
from ansible_collections.encvoy.sentry.plugins.module_utils._sso.findings import find
from tests.support.observations import Site

OLD_CACHE = {"look.files.install_hazards.memcached_backend": "PyMemcacheCache"}
GONE = {"look.files.settings.block": None}


def found(site: Site) -> list[Finding]:
    findings: list[Finding] = find(site.look, site.identity_provider, site.wanted)
    return findings


@pytest.mark.parametrize(
    ("changes", "severity", "words"),
    [
        (
            {
                "look.start_trouble": {
                    "detail": "S: It fails. Mend it.",
                    "is_certain": True,
                }
            },
            "error",
            ("S: It fails. Mend it.",),
        ),
        (
            {"look.start_trouble": {"detail": "S: No redis. Mend it.", "is_certain": False}},
            "warning",
            ("S: No redis.", "without network", "Mend it.", "before any container"),
        ),
        (
            {**OLD_CACHE, "look.sentry.version": "26.5.1", "wanted.plugin_version": "9.1.1"},
            "warning",
            ("PyMemcacheCache", "26.5.1", "ReconnectingMemcache"),
        ),
        (
            {**OLD_CACHE, "look.sentry.version": "26.8.0", "look.sentry.installed": False},
            "error",
            ("PyMemcacheCache", "after it has turned everything o"),
        ),
        (
            {**OLD_CACHE, "look.sentry.version": None},
            "warning",
            ("PyMemcacheCache", "(unknown version)"),
        ),
        (
            {"look.files.other_role": "a.role"},
            "warning",
            ("a.role", "after that one", "step_aside"),
        ),
        ({"look.files.settings.is_templated": True}, "warning", ("Ansible manages", "step_aside")),
        ({"look.files.settings.block": None}, "warning", ("block of an earlier run is gone",)),
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
        {**OLD_CACHE, "look.sentry.version": "26.5.0"},
        {**GONE, "look.files.secret_file.exists": False},
        {**GONE, "look.files.settings.exists": False},
        {**GONE, "look.files.settings.set_aside": "of a block"},
    ],
)
def test_what_is_no_trouble(changes: dict[str, Any]) -> None:
    site = Site()
    for path, value in changes.items():
        site.set(path, value)

    assert found(site) == []
