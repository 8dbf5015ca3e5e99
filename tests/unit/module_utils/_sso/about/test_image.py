# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a build or a new container would bring something else than what runs."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sso.about.finding import Finding
from ansible_collections.encvoy.sentry.plugins.module_utils._sso.findings import find
from tests.support.observations import Site

BUILD = {"look.sentry.image_plugin_version": None}
OTHER = {"look.site.image_is_of_other_release": True}
BARE = {"look.site.image_python.has_pip": False, "look.site.image_python.commands": []}


def found(site: Site) -> list[Finding]:
    findings: list[Finding] = find(site.look, site.identity_provider, site.wanted)
    return findings


@pytest.mark.parametrize(
    ("changes", "severity", "words"),
    [
        (
            {
                "look.site.image_is_of_other_release": True,
                "look.sentry.image_sentry_version": "23.6",
            },
            "error",
            ("set to Sentry 23.7.1", "has Sentry 23.6", "./install.sh"),
        ),
        ({"look.site.install_process": 4711}, "error", ("install.sh is at work", "4711")),
        (
            {"look.site.env_is_of_other_release": True, "look.site.env_version": "24.8.0"},
            "warning",
            ("23.7.1", "24.8.0", "Remove SENTRY_IMAGE from .env.custom"),
        ),
        (
            {"look.site.volume_packages_owning_oidc": ["oidc-auth-sentry", "sentry-auth-oidc"]},
            "error",
            ("The data volume", "has oidc-auth-sentry,", "pip uninstall oidc-auth-sentry"),
        ),
        (
            {**BUILD, "look.site.lost_compose_files": ["/opt/tls.yml"]},
            "error",
            (
                "started with /opt/tls.yml",
                "COMPOSE_FILE=docker-compose.yml:/opt/tls.yml",
            ),
        ),
        (
            {
                **BUILD,
                "look.site.image_python.has_pip": False,
                "look.site.image_python.commands": [],
            },
            "error",
            ("neither pip nor uv", "/usr/local/bin/python3, 3.8.20"),
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
        {"look.site.lost_compose_files": ["/opt/tls.yml"]},
        BARE,
        {**BUILD, "look.site.image_python.has_pip": False},
        {**BUILD, "look.site.image_python.commands": []},
        {**BUILD, "look.site.image_python": None},
    ],
)
def test_what_a_run_does_not_need_is_not_judged(changes: dict[str, Any]) -> None:
    site = Site()
    for path, value in changes.items():
        site.set(path, value)

    assert found(site) == []
