# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nobody is let into a login that cannot end well, for Encvoy ID does not tell what it needs."""

from __future__ import annotations

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sso.about.finding import Finding
from ansible_collections.encvoy.sentry.plugins.module_utils._sso.findings import find
from tests.support.observations import Site

EMAIL_CHECK = {
    "name": "email_released",
    "ok": False,
    "severity": "error",
    "detail": "Encvoy ID does not release email for new users (default).",
    "action": "Release email.",
}


def found(site: Site) -> list[Finding]:
    findings: list[Finding] = find(site.look, site.identity_provider, site.wanted)
    return findings


def test_nobody_is_locked_out_by_an_encvoy_id_as_it_comes() -> None:
    """The finding has a line to paste, and the names of those who could log in and who not."""
    site = Site()
    site.set("look.checks", [EMAIL_CHECK])
    site.set("wanted.public_claims", [])
    site.look["inside"]["members"] += [{"email": "bob@example.com"}]
    site.identity_provider["claims"]["users"] += [
        {"login": "bob", "email": "bob@example.com", "claims": ["id"], "empty": []}
    ]

    (finding,) = found(site)
    assert finding.severity == "error"
    assert "could log in: alice; could not: bob" in finding.detail
    line = "sentry_sso_public_claims: [email, email_verified, given_name, family_name]"
    assert line in finding.action


def test_what_the_run_releases_is_not_held_against_it() -> None:
    """Beside a person without a family name, whom no release helps."""
    site = Site()
    site.set("look.checks", [{**EMAIL_CHECK, "severity": "warning"}])
    site.look["inside"]["members"] += [{"email": "mia@example.com"}, {"email": "bob@example.com"}]
    site.identity_provider["claims"]["users"] += [
        {"login": "mia", "email": "mia@example.com", "claims": [], "empty": ["family_name"]},
        {"login": "bob", "email": "bob@example.com", "claims": [], "empty": []},
    ]

    (finding,) = found(site)
    assert finding.severity == "warning"
    assert "could log in: alice, bob; could not: mia" in finding.detail
    assert finding.action == "Release email."


@pytest.mark.parametrize(
    ("known", "wanted", "needed"),
    [
        (None, "nickname", "given_name, family_name"),
        ("name", "nickname", "nickname"),
        ("nickname", "nickname", "nickname"),
        ("nickname", "name", "given_name, family_name"),
    ],
)
def test_the_name_is_taken_of_what_the_plugin_can_take(
    known: str | None, wanted: str, needed: str
) -> None:
    """Real names need not be released where the plugin in Sentry takes the nickname."""
    site = Site()
    site.set("look.checks", [EMAIL_CHECK])
    site.set("wanted.public_claims", [])
    site.set("wanted.name_claim", wanted)
    site.look["inside"]["settings"] = {"name_claim": known}

    (finding,) = found(site)
    line = f"sentry_sso_public_claims: [email, email_verified, {needed}]"
    assert line in finding.action
