# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What speaks against a run, as a table: what is different on a site, and what is said."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sso.about.finding import Finding
from ansible_collections.encvoy.sentry.plugins.module_utils._sso.findings import find
from tests.support.observations import Site

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


def test_another_provider_may_be_replaced_where_that_is_asked_for() -> None:
    site = Site()
    site.look["inside"]["provider"] = "saml2"
    site.wanted["replace_provider"] = True
    assert found(site) == []


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
        (
            "look.inside.provider",
            "saml2",
            "error",
            ("turn 'saml2' off", "sentry_sso_replace_provider"),
        ),
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
    assert [finding.severity for finding in found(site)] == ["warning"]
    site.set("wanted.apply", "install")
    (finding,) = found(site)
    assert finding.severity == "error"
    assert "PyMemcacheCache" in finding.detail
    # Where nothing is to be done, nothing is run.
    site.set("look.sentry.image_plugin_version", "6.0.0")
    assert [finding.severity for finding in found(site)] == ["warning"]


def test_compose_alone_installs_nothing() -> None:
    site = Site()
    site.set("wanted.apply", "compose")
    assert found(site) == []
    site.set("look.sentry.installed", False)
    (finding,) = found(site)
    assert "sentry_sso_apply: it is compose" in finding.detail


def test_sentrys_own_user_needs_no_root() -> None:
    site = Site()
    site.set("look.files.user", 999)

    assert found(site) == []


@pytest.mark.parametrize(
    "name",
    [
        "doda-sentry-auth-oidc",
        "oidc-auth-sentry",
        "sentry-auth-oidc-cxg",
        "sentry-auth-oidc-shib",
    ],
)
def test_every_other_distribution_of_the_plugins_package_is_named(name: str) -> None:
    site = Site()
    site.set("look.sentry.image_packages_owning_oidc", [name])
    (finding,) = found(site)
    assert finding.severity == "error"
    assert f"The Sentry image has {name}, which brings the same Python package" in finding.detail
    assert f"Remove {name} from sentry/enhance-image.sh" in finding.action
