# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One fault fails one check, which says what was found and what to do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.checks import inside as checks
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.checks.report import (
    Observed,
    all_checks,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.checks.result import (
    Expected,
    is_ok,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.login_page import (
    Authorization,
    LoginStart,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.observations import (
    Distribution,
    Packages,
)
from tests.support.right_sentry import (
    CALLBACK,
    CLAIM_NAMES,
    EXPECTED,
    ID,
    INSIDE_NAMES,
    LOGIN,
    LOGIN_NAMES,
    NAMES,
    RIGHT,
    endpoint,
    failed,
    inside,
    login,
    parameters,
    settings,
)


def test_all_is_right() -> None:
    checks = all_checks(EXPECTED, RIGHT)
    assert [check.name for check in checks] == NAMES
    assert all(check.ok and check.detail and not check.action for check in checks)
    assert is_ok(checks)


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
        *("settings_loaded", "https://[x/token instead of", "OIDC_"),
    ),
    (
        settings(token_endpoint="https://old/token", domain="https://old"),
        *("settings_loaded", "OIDC_DOMAIN is https://old, which the plugin prefers", "site"),
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
    (
        parameters(redirect_uri="http://sentry.example.com/auth/sso/"),
        *("redirect_parameters", "Sentry makes it of system.url-prefix", "system.url-prefix"),
    ),
    (parameters(scope="openid email"), "redirect_parameters", "scope lacks profile", "OIDC_"),
    (parameters(response_type="token"), "redirect_parameters", "response_type is token", "OIDC_"),
    (
        login(redirect=replace(LOGIN.redirect, url="https://other.example.com/oidc/auth")),
        *("redirect_parameters", "instead of https://id.example.com/oidc/auth", "OIDC_"),
    ),
    (
        login(authorization=Authorization(400, "invalid_redirect_uri")),
        *("redirect_uri_accepted", f"refuses the redirect URI {CALLBACK}", f"add {CALLBACK} to"),
    ),
    (
        login(authorization=Authorization(400, "invalid_client")),
        *("redirect_uri_accepted", "HTTP 400 (invalid_client)", "Compare client id"),
    ),
    (
        login(authorization=Authorization(502)),
        *("redirect_uri_accepted", "HTTP 502 (no reason given)", "identity provider is up"),
    ),
    (
        login(authorization=Authorization(303, "invalid_scope")),
        *("redirect_uri_accepted", "(invalid_scope)", "scope"),
    ),
]


@pytest.mark.parametrize(("seen", "name", "detail", "action"), ONE_FAULT)
def test_one_fault_fails_one_check(seen: Observed, name: str, detail: str, action: str) -> None:
    found = failed(seen)
    assert list(found) == [name]
    assert detail in found[name].detail
    assert action in found[name].action
    assert found[name].severity == "error"


def test_guide_registers_only_the_uri_without_slash() -> None:
    """The vendor's guide, to the letter: the check names the URI to add and the one there is."""
    guide = replace(EXPECTED, redirect_uris=(CALLBACK.rstrip("/"),))
    seen = login(authorization=Authorization(400, "invalid_redirect_uri"))
    check = failed(seen, guide)["redirect_uri_accepted"]
    assert f"Registered: {CALLBACK.rstrip('/')}." in check.detail
    assert f"add {CALLBACK} to the client's redirect URIs" in check.action


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
    seen = endpoint(error=None, problem="disallowed_address", addresses=("10.0.0.5",))
    assert "the network that holds 10.0.0.5" in failed(seen)["token_endpoint_reachable"].action


def test_token_endpoint_that_is_something_else() -> None:
    found = failed(endpoint(status=504, error=None))
    assert "answered HTTP 504" in found["token_endpoint_reachable"].detail
    assert "client_secret_accepted" in found


def test_token_endpoint_that_sentry_does_not_use_yet() -> None:
    """Reachable before anything is configured; whether the secret is right cannot be known."""
    check = failed(endpoint(is_loaded=False, error="invalid_client"))
    assert list(check) == ["client_secret_accepted"]
    assert check["client_secret_accepted"].detail == "Not checked, because of settings_loaded."


@pytest.mark.parametrize("seen", [replace(RIGHT, web_is_stale=True), parameters(client_id="old")])
def test_web_runs_with_older_settings(seen: Observed) -> None:
    check = failed(seen)["settings_loaded"]
    assert "started before" in check.detail
    assert "recreate the services" in check.action


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


def test_what_is_not_given_is_not_compared() -> None:
    little = Expected("https://sentry.example.com", "sentry", "client")
    seen = replace(inside(secret_matches=None), claims=None)
    assert [check.name for check in all_checks(little, seen)] == NAMES[: -len(CLAIM_NAMES)]
    assert not failed(seen, little)


def test_a_client_that_does_not_exist_is_a_line_of_the_list() -> None:
    found = failed(RIGHT, replace(EXPECTED, client_id=None))
    assert list(found) == ["client_registered"]
    assert "Run the playbook encvoy.sentry.site" in found["client_registered"].action


def test_web_container_dead() -> None:
    seen = replace(RIGHT, inside=None, inside_problem='service "web" is not running.')
    found = failed(seen)
    assert list(found) == INSIDE_NAMES
    assert found["plugin_registered"].detail == 'Not checked: service "web" is not running.'
    rest = {found[name].action for name in INSIDE_NAMES[1:]}
    assert rest == {"See the check plugin_registered."}


@pytest.mark.parametrize(
    ("unready", "dying", "severity"),
    [
        ({"web": "unhealthy"}, [], "error"),
        ({"nginx": "exited"}, [], "error"),
        ({"worker": "starting"}, [], "warning"),
        ({}, ["cron"], "warning"),
        ({"cron": "restarting"}, ["cron"], "warning"),
    ],
)
def test_services_that_do_not_serve(
    unready: dict[str, str], dying: list[str], severity: str
) -> None:
    check = failed(replace(RIGHT, unready=unready, dying=dying))["services_settled"]
    assert check.severity == severity
    assert all(f"{service} is {status}" in check.detail for service, status in unready.items())
    assert "docker compose logs" in check.action


NO_WAY = LoginStart(LOGIN.page_url, status=200, problem="it is off")


@pytest.mark.parametrize(
    ("way", "explained"),
    [
        (NO_WAY, "login_page_offers_provider"),
        (replace(NO_WAY, offered="oidc"), "redirect_parameters"),
        (replace(LOGIN, authorization=None, problem="it is off"), "redirect_uri_accepted"),
    ],
)
def test_way_that_ends_early_is_explained_once(way: LoginStart, explained: str) -> None:
    found = failed(replace(RIGHT, public=way))
    assert list(found) == LOGIN_NAMES[LOGIN_NAMES.index(explained) :]
    assert found[explained].detail == "it is off."
    rest = [check.action for name, check in found.items() if name != explained]
    assert all(action.startswith("See the check ") for action in rest)


def test_a_plugin_that_an_upgrade_lost() -> None:
    way = replace(NO_WAY, plugin_lost=True, problem="…/config/ answered HTTP 503")
    check = failed(replace(RIGHT, public=way))["login_page_offers_provider"]
    assert check.problem == "plugin_lost"
    assert "builds sentry-auth-oidc into the image again" in check.action


@pytest.mark.parametrize(
    ("public", "severity", "said"),
    [
        (LoginStart(LOGIN.page_url, 401, problem="x"), "warning", "answers HTTP 401, seen from"),
        (
            LoginStart(LOGIN.page_url, 302, "https://login.example.com/", problem="x"),
            *("warning", "answers HTTP 302 to https://login.example.com/, seen from sentry1."),
        ),
        (LoginStart(LOGIN.page_url, problem="no route"), "warning", "gives no answer: no route"),
        (LoginStart(LOGIN.page_url, 502, problem="x"), "error", "answers HTTP 502"),
    ],
)
def test_public_address_is_a_finding_and_no_verdict_on_sentry(
    public: LoginStart, severity: str, said: str
) -> None:
    """A proxy that asks for a login, or an address that the host itself does not reach."""
    found = failed(replace(RIGHT, public=public, direct=LOGIN))
    assert list(found) == ["public_address_answers"]
    check = found["public_address_answers"]
    assert check.severity == severity
    assert said in check.detail
    assert "Sentry's own web server answers." in check.detail


@pytest.mark.parametrize("status", [None, 401, 403, 407])
def test_what_cannot_be_seen_from_the_host_is_no_error(status: int | None) -> None:
    public = LoginStart(LOGIN.page_url, status, problem="no route to host")
    found = failed(replace(RIGHT, public=public))
    assert list(found) == ["public_address_answers", *LOGIN_NAMES]
    assert {check.severity for check in found.values()} == {"warning"}
    assert {found[name].detail for name in LOGIN_NAMES} == {
        "Not checked, because of public_address_answers."
    }
