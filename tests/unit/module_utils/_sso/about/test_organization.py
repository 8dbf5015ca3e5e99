# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of the organization before anything is built."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sso.about.finding import Finding
from ansible_collections.encvoy.sentry.plugins.module_utils._sso.findings import find
from tests.support.observations import Site


def found(site: Site) -> list[Finding]:
    findings: list[Finding] = find(site.look, site.identity_provider, site.wanted)
    return findings


@pytest.mark.parametrize(
    ("changes", "severity", "words"),
    [
        (
            {"look.inside": None, "look.inside_problem": "web: It does not run. Start it."},
            "warning",
            ("organization 'sentry'", "cannot be asked", "web: It does not run."),
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


def test_a_sentry_that_was_never_installed_has_no_organization_to_ask_for() -> None:
    site = Site()
    site.set("look.inside", None)
    site.set("look.sentry.installed", False)

    assert found(site) == []
