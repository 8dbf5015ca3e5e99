# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong inside Sentry fails one check, which says what to do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.checks import inside as checks
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.checks.report import (
    Observed,
    all_checks,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.checks.result import (
    Check,
    Expected,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.observations import (
    Distribution,
    Packages,
)
from tests.support.right_sentry import (
    EXPECTED,
    ID,
    INSIDE,
    INSIDE_NAMES,
    RIGHT,
    endpoint,
    failed,
    inside,
    parameters,
    settings,
)

TWO_PACKAGES = Packages("23.7.1", (Distribution("a-oidc", "1"), Distribution("b-oidc", "2")))
ONE_FAULT = [
    # (what is different, the check that fails, what its detail says, what its action says)
    (inside(providers=("github",)), "plugin_registered", "it has: github", "enhance-image.sh"),
    (inside(providers=()), "plugin_registered", "it has: none", "encvoy.sentry.site"),
    (
        inside(packages=TWO_PACKAGES),
        "plugin_registered",
        "a-oidc, b-oidc",
        "sentry-auth-oidc alone",
    ),
    (settings(client_id="old"), "settings_loaded", "client_id is old instead of", "OIDC_"),
    (settings(client_id=None), "settings_loaded", "client_id is not set", "encvoy.sentry.site"),
    (settings(userinfo_endpoint=None), "settings_loaded", "userinfo_endpoint is not set", "OIDC_"),
    (
        settings(token_endpoint="https://[x/token"),
        *("endpoints_current", "token_endpoint is https://[x/token in Sentry and", "anew; or"),
    ),
    (inside(secret_matches=False), "settings_loaded", "secret is another one", "recreate"),
    (
        inside(organization_found=False, organizations=("main", "spare")),
        *("provider_enabled", "no organization 'sentry'. It has: main, spare.", "slug"),
    ),
    (inside(provider=None), "provider_enabled", "no provider turned on", "sentry_auth_provider."),
    (inside(provider="google"), "provider_enabled", "'google'", "Turn 'google' off first"),
    (
        endpoint(status=401, error="invalid_client"),
        *("client_secret_accepted", "client authentication failed", "present id and secret"),
    ),
    (
        endpoint(error="invalid_client", description="client is unknown"),
        *("client_secret_accepted", "It says: client is unknown.", "present id and secret"),
    ),
    (
        endpoint(error="invalid_client_metadata"),
        *("client_secret_accepted", "record of this client broken", "Correct the client"),
    ),
    (endpoint(error="slow_down"), "client_secret_accepted", "HTTP 400 slow_down", "log"),
]


@pytest.mark.parametrize(("seen", "name", "detail", "action"), ONE_FAULT)
def test_one_fault_fails_one_check(seen: Observed, name: str, detail: str, action: str) -> None:
    found = failed(seen)
    assert list(found) == [name]
    assert detail in found[name].detail
    assert action in found[name].action
    assert found[name].severity == "error"


@pytest.mark.parametrize(
    ("problem", "detail", "action"),
    [
        ("no_endpoint", "none", "OIDC_TOKEN_ENDPOINT"),
        ("disallowed_address", "blocked", "SENTRY_DISALLOWED_IPS"),
        ("certificate", "unable to get local issuer certificate", "the authority that signed it"),
        ("certificate", "certificate has expired (_ssl.c:1)", "Renew"),
        ("certificate", "Hostname mismatch, certificate is not valid for", "Use the name"),
        ("tls", "wrong version number", "speaks TLS at this port"),
        ("timeout", "timed out", "firewall"),
        ("name", "Name or service not known", "docker compose up -d"),
        ("address", "Invalid URL", "Correct the address"),
        ("connection", "refused", "is up"),
    ],
)
def test_token_endpoint_out_of_reach(problem: str, detail: str, action: str) -> None:
    found = failed(endpoint(error=None, status=None, problem=problem, detail=detail))
    assert list(found) == ["token_endpoint_reachable", "client_secret_accepted"]
    check = found["token_endpoint_reachable"]
    assert check.problem == problem
    assert detail in check.detail
    assert action in check.action


def test_every_problem_of_a_token_endpoint_has_its_advice() -> None:
    told = {"disallowed_address", "certificate", *checks._ACTIONS}
    for problem in told:
        assert failed(endpoint(error=None, problem=problem))["token_endpoint_reachable"].action


def test_an_address_that_sentry_refuses_is_named() -> None:
    refused = replace(
        INSIDE.token_endpoint, error=None, problem="disallowed_address", addresses=("10.0.0.5",)
    )
    found = failed(inside(token_endpoint=refused))["token_endpoint_reachable"]
    assert "the network that holds 10.0.0.5 out of SENTRY_DISALLOWED_IPS" in found.action
    newer = replace(INSIDE.settings, allowed_ips=())
    found = failed(inside(token_endpoint=refused, settings=newer))["token_endpoint_reachable"]
    assert "Add 10.0.0.5 to SENTRY_ALLOWED_IPS" in found.action


def test_token_endpoint_that_is_something_else() -> None:
    found = failed(endpoint(status=504, error=None))
    assert "answered HTTP 504" in found["token_endpoint_reachable"].detail
    assert "client_secret_accepted" in found


def test_token_endpoint_that_sentry_does_not_use_yet() -> None:
    """Reachable before anything is configured; whether the secret is right cannot be known."""
    check = failed(endpoint(is_loaded=False, error="invalid_client"))
    assert list(check) == ["client_secret_accepted"]
    assert check["client_secret_accepted"].detail == "Not checked, because of endpoints_current."


@pytest.mark.parametrize("seen", [replace(RIGHT, web_is_stale=True), parameters(client_id="old")])
def test_web_runs_with_older_settings(seen: Observed) -> None:
    check = failed(seen)["settings_loaded"]
    assert "started before" in check.detail
    assert "recreate the services" in check.action


def test_endpoints_that_encvoy_id_has_left() -> None:
    """Each is named with both addresses; the client id and the rest are right all the same."""
    moved = replace(EXPECTED, token_endpoint=ID + "/new/token", userinfo_endpoint=ID + "/new/me")
    (check,) = checks_of(RIGHT, "endpoints_current", moved)
    assert not check.ok
    assert f"token_endpoint is {ID}/oidc/token in Sentry and {ID}/new/token there" in check.detail
    assert f"userinfo_endpoint is {ID}/oidc/me in Sentry and {ID}/new/me there" in check.detail
    assert "authorization_endpoint" not in check.detail
    assert "encvoy.sentry.site, which writes them anew" in check.action


def test_a_domain_that_brings_other_endpoints_is_named() -> None:
    found = failed(settings(token_endpoint="https://old/token", domain="https://old"))
    assert list(found) == ["settings_loaded", "endpoints_current"]
    assert "OIDC_DOMAIN is https://old, which the plugin prefers" in (
        found["endpoints_current"].detail
    )


def test_a_domain_by_choice() -> None:
    chosen = replace(EXPECTED, domain=ID + "/oidc")
    (check,) = checks_of(settings(domain=ID + "/oidc"), "settings_loaded", chosen)
    assert check.ok
    (check,) = checks_of(RIGHT, "settings_loaded", chosen)
    assert f"OIDC_DOMAIN is not set, and {ID}/oidc is wanted" in check.detail


def checks_of(seen: Observed, name: str, expected: Expected) -> list[Check]:
    return [check for check in all_checks(expected, seen) if check.name == name]


def test_domain_that_does_no_harm_yet_is_a_warning() -> None:
    check = failed(settings(domain=ID))["settings_loaded"]
    assert check.severity == "warning"
    assert f"OIDC_DOMAIN is set to {ID}" in check.detail


def test_endpoints_that_are_not_given_must_be_of_the_issuer() -> None:
    little = Expected("https://sentry.example.com", "sentry", "client", issuer=ID)
    assert not failed(settings(token_endpoint=ID + ":443/other"), little)
    wrong = failed(settings(token_endpoint="http://id.example.com/t"), little)["settings_loaded"]
    assert f"is not of the issuer {ID}" in wrong.detail
    none = failed(settings(token_endpoint="https://[x/t"), little)["settings_loaded"]
    assert "token_endpoint https://[x/t is no address" in none.detail


def test_two_factor_is_a_warning() -> None:
    (check,) = failed(inside(require_2fa=True)).values()
    assert (check.name, check.severity) == ("two_factor", "warning")
    assert "401 2fa-required" in check.detail


@pytest.mark.parametrize(
    ("problem", "detail", "action"),
    [
        (
            "Sentry: It does not start: OSError. See 'docker compose logs web'.",
            *("Not checked: Sentry: It does not start: OSError.", "See 'docker compose logs web'."),
        ),
        (
            "docker exec: It failed with exit code 1: OSError: no",
            "Not checked: docker exec: It failed with exit code 1: OSError: no.",
            "See 'docker compose logs web' in the Sentry folder.",
        ),
    ],
)
def test_sentry_that_does_not_answer(problem: str, detail: str, action: str) -> None:
    found = failed(replace(RIGHT, inside=None, inside_problem=problem))
    assert list(found) == INSIDE_NAMES
    first = found["plugin_registered"]
    assert (first.detail, first.action) == (detail, action)
    rest = {found[name].action for name in INSIDE_NAMES[1:]}
    assert rest == {"See the check plugin_registered."}
