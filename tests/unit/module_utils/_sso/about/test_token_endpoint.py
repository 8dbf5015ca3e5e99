# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way from Sentry to the token endpoint, and what the run itself mends of it."""

from __future__ import annotations

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
