# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run could not write, before it writes anything."""

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
            {"look.files.unwritable": {"sentry": "permission", "sentry/config.yml": "permission"}},
            "error",
            ("user 0, as whom", "may not write sentry, sentry/config.yml", "ansible_become: true"),
        ),
        (
            {"look.files.user": 7, "look.files.unwritable": {"sentry/sentry.conf.py": "owner"}},
            "error",
            ("to the owner of sentry/sentry.conf.py", "ansible_become: true"),
        ),
        (
            {"look.files.unwritable": {"sentry/sentry.conf.py": "immutable"}},
            "error",
            ("nobody may write sentry/sentry.conf.py", "lsattr", "chattr -i"),
        ),
        (
            {"look.files.unwritable": {".": "read_only"}},
            "error",
            ("mounted read-only of .", "Mount it writable"),
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
