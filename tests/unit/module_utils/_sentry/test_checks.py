# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
from dataclasses import replace

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry import checks
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.checks import (
    Expected,
    Observed,
    all_checks,
    is_ok,
)

ID = "https://id.example.com"
CALLBACK = "https://sentry.example.com/auth/sso/"
CLAIMS = ["nickname", "email", "given_name", "family_name", "email_verified"]
EXPECTED = Expected(
    sentry_url="https://sentry.example.com",
    organization="sentry",
    client_id="client",
    redirect_uris=(CALLBACK,),
    issuer=ID,
    authorization_endpoint=ID + "/oidc/auth",
    token_endpoint=ID + "/oidc/token",
)
RIGHT = Observed(
    inside={
        "providers": ["github", "oidc"],
        "organization_found": True,
        "organization_provider": "oidc",
        "require_sso": False,
        "settings": {
            "client_id": "client",
            "authorization_endpoint": ID + "/oidc/auth",
            "token_endpoint": ID + "/oidc/token",
            "scope": "openid email profile",
            "url_prefix": "https://sentry.example.com",
        },
        "secret_matches": True,
        "token_endpoint": {"url": ID + "/oidc/token", "status": 400, "error": "invalid_grant"},
    },
    inside_problem=None,
    outside={
        "offered": "oidc",
        "redirect": {
            "url": ID + "/oidc/auth",
            "parameters": {
                "client_id": "client",
                "response_type": "code",
                "scope": "openid email profile",
                "redirect_uri": CALLBACK,
            },
        },
        "authorization": {"status": 303, "error": None},
        "problem": None,
    },
    web_is_stale=False,
    released_claims={
        "default_claims": CLAIMS,
        "users": [{"id": 2, "login": "alice", "claims": CLAIMS}],
        "users_reason": None,
    },
)
NAMES = [
    "plugin_registered",
    "settings_loaded",
    "provider_enabled",
    "token_endpoint_reachable",
    "client_secret_accepted",
    "login_page_offers_provider",
    "redirect_parameters",
    "redirect_uri_accepted",
    "email_released",
    "name_released",
    "silent_linking",
]


def changed(path: str, value) -> Observed:
    """What was seen, with one thing different: ``inside.settings.client_id``."""
    first, *keys, last = path.split(".")
    branch = copy.deepcopy(getattr(RIGHT, first))
    place = branch
    for key in keys:
        place = place[key]
    place[last] = value
    return replace(RIGHT, **{first: branch})


def failed(seen: Observed, expected: Expected = EXPECTED):
    return {check["name"]: check for check in all_checks(expected, seen) if not check["ok"]}


def test_all_is_right():
    checks = all_checks(EXPECTED, RIGHT)
    assert [check["name"] for check in checks] == NAMES
    assert all(check["ok"] and check["detail"] and not check["action"] for check in checks)
    assert is_ok(checks)


ONE_FAULT = [
    # (what is different, the check that fails, what its detail says, what its action says)
    ("inside.providers", ["github"], "plugin_registered", "it has: github", "enhance-image.sh"),
    ("inside.settings.client_id", "old", "settings_loaded", "client_id is old instead of", "OIDC_"),
    ("inside.settings.client_id", None, "settings_loaded", "client_id is not set", "OIDC_"),
    ("inside.secret_matches", False, "settings_loaded", "secret is another one", "recreate"),
    (
        *("inside.settings.token_endpoint", "http://id.example.com/oidc/token"),
        *("settings_loaded", "is not of the issuer", "OIDC_"),
    ),
    ("inside.organization_found", False, "provider_enabled", "no organization 'sentry'", "slug"),
    (
        *("inside.organization_provider", None),
        *("provider_enabled", "no provider turned on", "sentry_auth_provider."),
    ),
    (
        *("inside.organization_provider", "google"),
        *("provider_enabled", "provider 'google'", "after turning 'google' off"),
    ),
    (
        *("inside.token_endpoint", {"url": ID, "status": 401, "error": "invalid_client"}),
        *("client_secret_accepted", "client authentication failed", "present id and secret"),
    ),
    (
        *("inside.token_endpoint", {"url": ID, "status": 400, "error": "invalid_client_metadata"}),
        *("client_secret_accepted", "record of this client broken", "Correct the client"),
    ),
    (
        *("inside.token_endpoint", {"url": ID, "status": 400, "error": "slow_down"}),
        *("client_secret_accepted", "HTTP 400 slow_down", "log"),
    ),
    (
        *("outside.redirect.parameters.redirect_uri", "http://sentry.example.com/auth/sso/"),
        *("redirect_parameters", "Sentry makes it of system.url-prefix", "system.url-prefix"),
    ),
    (
        *("outside.redirect.parameters.scope", "openid email"),
        *("redirect_parameters", "scope lacks profile", "OIDC_"),
    ),
    (
        *("outside.redirect.parameters.response_type", "token"),
        *("redirect_parameters", "response_type is token", "OIDC_"),
    ),
    (
        *("outside.redirect.url", "https://other.example.com/oidc/auth"),
        *("redirect_parameters", "instead of https://id.example.com/oidc/auth", "OIDC_"),
    ),
    (
        *("outside.authorization", {"status": 400, "error": "invalid_redirect_uri"}),
        *("redirect_uri_accepted", f"refuses the redirect URI {CALLBACK}", f"Add {CALLBACK} to"),
    ),
    (
        *("outside.authorization", {"status": 400, "error": "invalid_client"}),
        *("redirect_uri_accepted", "HTTP 400 (invalid_client)", "Compare client id"),
    ),
    (
        *("outside.authorization", {"status": 502, "error": None}),
        *("redirect_uri_accepted", "HTTP 502 (no reason given)", "identity provider is up"),
    ),
    (
        *("outside.authorization", {"status": 303, "error": "invalid_scope"}),
        *("redirect_uri_accepted", "(invalid_scope)", "scope"),
    ),
]


@pytest.mark.parametrize(("path", "value", "name", "detail", "action"), ONE_FAULT)
def test_one_fault_fails_one_check(path, value, name, detail, action):
    found = failed(changed(path, value))
    assert list(found) == [name]
    assert detail in found[name]["detail"]
    assert action in found[name]["action"]
    assert found[name]["severity"] == "error"


def test_guide_registers_only_the_uri_without_slash():
    """The vendor's guide, to the letter: the check names the URI to add and the one there is."""
    guide = replace(EXPECTED, redirect_uris=(CALLBACK.rstrip("/"),))
    seen = changed("outside.authorization", {"status": 400, "error": "invalid_redirect_uri"})
    check = failed(seen, guide)["redirect_uri_accepted"]
    assert f"Registered: {CALLBACK.rstrip('/')}." in check["detail"]
    assert check["action"] == f"Add {CALLBACK} to the redirect URIs of the client."


@pytest.mark.parametrize("problem", sorted(checks._UNREACHABLE_ACTIONS))
def test_token_endpoint_out_of_reach(problem):
    probe = {"url": ID + "/oidc/token", "problem": problem, "detail": "the cause"}
    found = failed(changed("inside.token_endpoint", probe))
    assert list(found) == ["token_endpoint_reachable", "client_secret_accepted"]
    assert "the cause" in found["token_endpoint_reachable"]["detail"]
    assert found["token_endpoint_reachable"]["action"]


def test_token_endpoint_that_is_something_else():
    found = failed(changed("inside.token_endpoint", {"url": ID, "status": 504, "error": None}))
    assert "answered HTTP 504" in found["token_endpoint_reachable"]["detail"]
    assert "client_secret_accepted" in found


def test_web_runs_with_older_settings():
    for seen in (
        replace(RIGHT, web_is_stale=True),
        changed("outside.redirect.parameters.client_id", "old"),
    ):
        check = failed(seen)["settings_loaded"]
        assert "started before" in check["detail"]
        assert "Recreate the services" in check["action"]


def test_what_is_not_given_is_not_compared():
    little = Expected("https://sentry.example.com", "sentry", "client")
    seen = replace(changed("inside.secret_matches", None), released_claims=None)
    assert [check["name"] for check in all_checks(little, seen)] == NAMES[:-3]
    assert not failed(seen, little)


def test_web_container_dead():
    seen = replace(RIGHT, inside=None, inside_problem='service "web" is not running')
    found = failed(seen)
    assert list(found) == NAMES[:5]
    assert 'service "web" is not running' in found["plugin_registered"]["detail"]
    assert {found[name]["action"] for name in NAMES[1:5]} == {"See the check plugin_registered."}


NO_WAY = {"offered": None, "redirect": None, "authorization": None, "problem": "it is off"}


@pytest.mark.parametrize(
    ("outside", "explained"),
    [
        (NO_WAY, "login_page_offers_provider"),
        ({**NO_WAY, "offered": "oidc"}, "redirect_parameters"),
        ({**RIGHT.outside, "authorization": None, "problem": "it is off"}, "redirect_uri_accepted"),
    ],
)
def test_way_that_ends_early_is_explained_once(outside, explained):
    found = failed(replace(RIGHT, outside=outside))
    assert list(found) == NAMES[NAMES.index(explained) : 8]
    assert found[explained]["detail"] == "it is off."
    rest = [check["action"] for name, check in found.items() if name != explained]
    assert all(action.startswith("See the check ") for action in rest)


def released(default: list[str], **users: list[str]) -> Observed:
    known = [
        {"id": number, "login": login, "claims": claims}
        for number, (login, claims) in enumerate(users.items())
    ]
    claims = {"default_claims": default, "users": known, "users_reason": None}
    return replace(RIGHT, released_claims=claims)


VENDOR = ["id", "picture", "nickname"]


def test_vendor_default_releases_neither_email_nor_name():
    found = failed(released(VENDOR, alice=VENDOR))
    assert "Unable to fetch user information from provider" in found["email_released"]["detail"]
    assert "new users (default) and for the user alice" in found["email_released"]["detail"]
    assert "encvoy_public_claims" in found["email_released"]["action"]
    assert "HTTP 500" in found["name_released"]["detail"]
    assert "confirm with the Sentry password" in found["silent_linking"]["detail"]
    assert [found[name]["severity"] for name in NAMES[-3:]] == ["error", "error", "warning"]
    assert not is_ok(all_checks(EXPECTED, released(VENDOR, alice=VENDOR)))


def test_email_but_no_name():
    no_name = ["email", "email_verified", "given_name"]
    found = failed(released(no_name, alice=no_name))
    assert list(found) == ["name_released"]
    assert "given_name and family_name" in found["name_released"]["detail"]


def test_some_users_cannot_log_in():
    seen = released(CLAIMS, alice=CLAIMS, root=["id"], bob=VENDOR)
    found = failed(seen)
    assert list(found) == NAMES[-3:]
    assert {check["severity"] for check in found.values()} == {"warning"}
    assert "for the users root, bob:" in found["email_released"]["detail"]
    assert is_ok(all_checks(EXPECTED, seen))


def test_every_known_user_cannot_log_in():
    found = failed(released(CLAIMS, alice=VENDOR, bob=VENDOR))
    assert found["email_released"]["severity"] == "error"
    assert found["silent_linking"]["severity"] == "warning"


def test_many_users_are_not_all_named():
    users = {f"user{number:02}": VENDOR for number in range(13)}
    detail = failed(released(CLAIMS, **users))["email_released"]["detail"]
    assert "user09 and 3 more" in detail
    assert "user10" not in detail


def test_users_that_may_not_be_seen():
    claims = {"default_claims": CLAIMS, "users": None, "users_reason": "role USER"}
    checks = all_checks(EXPECTED, replace(RIGHT, released_claims=claims))
    assert is_ok(checks)
    assert "existing users could not be looked at (role USER)" in checks[-3]["detail"]


def test_no_users_at_all():
    assert not failed(released(CLAIMS))
    assert failed(released(VENDOR))["email_released"]["severity"] == "error"
