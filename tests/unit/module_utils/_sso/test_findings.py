# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What speaks against a run, as a table: what is different on a site, and what is said."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sso.findings import Finding, find
from tests.support.observations import Site

EMAIL_CHECK = {
    "name": "email_released",
    "ok": False,
    "severity": "error",
    "detail": "Encvoy ID does not release email for new users (default).",
    "action": "Release email.",
}
TOKEN_CHECK = {
    "name": "token_endpoint_reachable",
    "ok": False,
    "severity": "error",
    "problem": "disallowed_address",
    "detail": "Sentry cannot ask https://id.example.com/oidc/token: RestrictedIPAddress.",
    "action": "Take its network out of SENTRY_DISALLOWED_IPS.",
}


def found(site: Site) -> list[Finding]:
    findings: list[Finding] = find(site.look, site.identity_provider, site.wanted)
    return findings


def test_nothing_speaks_against_a_run_where_everything_is_right() -> None:
    assert found(Site()) == []


@pytest.mark.parametrize(
    ("path", "value", "severity", "words"),
    [
        ("wanted.plugin_version", None, "error", ("Sentry 23.7.1", "sentry_sso_plugin_version")),
        ("look.sentry.url_prefix", "http://other", "error", ("sentry_sso_sentry_url", "other")),
        ("look.sentry.url_prefix", None, "error", ("not set", "system.url-prefix")),
        (
            "look.sentry.image_packages_owning_oidc",
            ["oidc-auth-sentry", "sentry-auth-oidc"],
            "error",
            ("oidc-auth-sentry", "enhance-image.sh"),
        ),
        ("look.files.enhance_image.eol", "crlf", "error", ("CRLF", "dos2unix")),
        (
            "look.files.requirements.owning_oidc",
            {"sentry-auth-oidc": "==7.0.0"},
            "error",
            ("sentry/requirements.txt has sentry-auth-oidc==7.0.0", "sentry_sso_plugin_version"),
        ),
        (
            "look.files.requirements.owning_oidc",
            {"sentry-auth-oidc": "==6.0.0"},
            "warning",
            ("it changes nothing", "Remove sentry-auth-oidc"),
        ),
        (
            "look.files.requirements.owning_oidc",
            {"oidc-auth-sentry": ""},
            "error",
            ("over it", "Remove oidc-auth-sentry"),
        ),
        (
            "look.files.enhance_image.shebang",
            "#!/usr/bin/env python3",
            "error",
            ("#!/usr/bin/env python3", "#!/bin/bash"),
        ),
        (
            "look.files.settings.site_oidc_settings",
            ["OIDC_DOMAIN"],
            "warning",
            ("OIDC_DOMAIN", "managed block comes later"),
        ),
        ("look.inside.organization_found", False, "error", ("sentry_sso_organization", "sentry")),
        ("look.inside.provider", "saml2", "error", ("'saml2'", "Turn 'saml2' off")),
        ("look.inside.require_2fa", True, "warning", ("two-factor",)),
        (
            "look.checks",
            [TOKEN_CHECK],
            "error",
            ("RestrictedIPAddress", "Set sentry_sso_allowed_addresses: [10.0.0.5]"),
        ),
        ("look.files.enhance_image.leads_out", True, "error", ("symbolic link", "relative path")),
        ("look.files.enhance_image.eol", "mixed", "warning", ("CRLF", "dos2unix")),
        ("look.files.enhance_image.has_bom", True, "error", ("byte order mark", "dos2unix")),
        ("wanted.default_role", "emperor", "error", ("'emperor'", "sentry_sso_default_role")),
        ("look.files.user", 1000, "error", ("user 1000", "(999)", "ansible_become: true")),
        (
            "look.files.unwritable",
            ["sentry", "sentry/sentry.conf.py"],
            "error",
            ("may not write sentry, sentry/sentry.conf.py", "ansible_become: true"),
        ),
    ],
)
def test_what_is_different_is_said(
    path: str, value: Any, severity: str, words: tuple[str, ...]
) -> None:
    site = Site()
    site.set(path, value)

    (finding,) = found(site)
    assert finding.severity == severity
    for word in words:
        assert word in f"{finding.detail} {finding.action}"


@pytest.mark.parametrize(
    "shebang",
    [None, "#!/bin/sh", "#!/bin/bash -e", "#! /usr/bin/env bash", "#!/usr/bin/env -S bash -eu"],
)
def test_any_shell_can_run_the_block(shebang: str | None) -> None:
    site = Site()
    site.set("look.files.enhance_image.shebang", shebang)

    assert found(site) == []


def test_settings_behind_the_block_win_over_it_and_are_refused() -> None:
    site = Site()
    site.set("look.files.settings.site_oidc_settings", ["OIDC_DOMAIN", "OIDC_SCOPE"])
    site.set("look.files.settings.site_oidc_settings_after", ["OIDC_SCOPE"])

    error, warning = found(site)
    assert (error.severity, warning.severity) == ("error", "warning")
    assert "OIDC_SCOPE" in error.detail
    assert "OIDC_DOMAIN" in warning.detail


def test_a_sentry_without_a_url_is_given_one_by_its_first_installation() -> None:
    site = Site()
    site.set("look.sentry.url_prefix", None)
    site.set("look.sentry.installed", False)

    assert found(site) == []


def test_what_is_known_to_end_with_everything_off_is_refused() -> None:
    site = Site()
    site.look["files"]["install_hazards"]["memcached_backend"] = "PyMemcacheCache"
    site.set("look.sentry.version", "26.8.0")
    site.set("look.sentry.image_plugin_version", None)
    assert found(site) == []
    site.set("wanted.apply", "install")
    (finding,) = found(site)
    assert finding.severity == "error"
    assert "PyMemcacheCache" in finding.detail
    # Where nothing is to be done, nothing is run.
    site.set("look.sentry.image_plugin_version", "6.0.0")
    assert found(site) == []


def test_compose_alone_installs_nothing() -> None:
    site = Site()
    site.set("wanted.apply", "compose")
    assert found(site) == []
    site.set("look.sentry.installed", False)
    (finding,) = found(site)
    assert "sentry_sso_apply: it is compose" in finding.detail


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


def test_a_certificate_that_the_run_itself_makes_trusted_is_no_finding() -> None:
    site = Site()
    site.set("look.checks", [{**TOKEN_CHECK, "problem": "certificate"}])
    site.set("wanted.ca", "of a CA")

    assert found(site) == []

    site.set("look.files.ca_file.sha256", "of a CA")
    (finding,) = found(site)
    assert finding.severity == "error"


def test_a_ca_that_an_interrupted_run_has_written_is_known_to_the_next_web() -> None:
    site = Site()
    site.set("look.checks", [{**TOKEN_CHECK, "problem": "certificate"}])
    site.set("wanted.ca", "of a CA")
    site.set("look.files.ca_file.sha256", "of a CA")
    assert len(found(site)) == 1

    site.set("look.sentry.stale_services", ["web"])
    assert found(site) == []


def test_a_ca_of_before_makes_no_certificate_trusted() -> None:
    site = Site()
    site.set("look.checks", [{**TOKEN_CHECK, "problem": "certificate"}])
    site.set("look.files.ca_file.sha256", "of a CA of before")

    (finding,) = found(site)
    assert finding.severity == "error"


def test_an_address_that_the_run_itself_allows_is_no_finding() -> None:
    site = Site()
    site.set("look.checks", [TOKEN_CHECK])
    site.set("wanted.allowed_addresses", ["10.0.0.5"])
    site.set("look.files.settings.block", "of before")

    assert found(site) == []


def test_an_address_that_stays_refused_is_told() -> None:
    """One more address than allowed; or allowed, and Sentry refuses it all the same."""
    site = Site()
    site.set("look.checks", [TOKEN_CHECK])
    site.set("wanted.allowed_addresses", ["10.0.0.5"])

    (finding,) = found(site)
    assert finding.action == TOKEN_CHECK["action"]

    site.set("look.files.settings.block", "of before")
    site.set("look.inside.token_endpoint.addresses", ["10.0.0.5", "fd00::5"])
    (finding,) = found(site)
    assert "sentry_sso_allowed_addresses: [10.0.0.5, fd00::5]" in finding.action


def test_sentrys_own_user_needs_no_root() -> None:
    site = Site()
    site.set("look.files.user", 999)

    assert found(site) == []
