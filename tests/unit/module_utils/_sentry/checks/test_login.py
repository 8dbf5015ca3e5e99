# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong on the way to the identity provider fails one check, and is told once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.checks.report import Observed
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.login_page import (
    Authorization,
    LoginStart,
)
from tests.support.right_sentry import (
    CALLBACK,
    EXPECTED,
    LOGIN,
    LOGIN_NAMES,
    RIGHT,
    failed,
    login,
    parameters,
)

ONE_FAULT = [
    # (what is different, the check that fails, what its detail says, what its action says)
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
NO_WAY = LoginStart(LOGIN.page_url, status=200, problem="it is off")


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
