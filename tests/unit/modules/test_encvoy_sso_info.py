# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""encvoy_sso_info: what single sign-on needs from Encvoy ID, in one look."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.encvoy_server import SENTRY, EncvoyServer
from tests.support.module_runner import run_module

OPTIONS: dict[str, Any] = {**SENTRY, "token_endpoint_auth_method": "client_secret_post"}


def test_everything_of_a_registered_client(encvoy: EncvoyServer) -> None:
    client = encvoy.client(token_endpoint_auth_method="client_secret_post")
    outcome = encvoy.run("encvoy_sso_info", **OPTIONS)
    assert not outcome["changed"]
    assert outcome["discovery"]["issuer"] == encvoy.url
    assert outcome["discovery"]["token_endpoint"] == encvoy.url + "/oidc/token"
    assert outcome["client_id"] == outcome["client"]["client_id"] == client["client_id"]
    assert outcome["client"]["redirect_uris"] == SENTRY["redirect_uris"]
    assert outcome["client_changes"] == []
    assert outcome["client_secret"] is None
    assert client["client_secret"] not in outcome.text
    assert encvoy.writes() == []


def test_a_client_that_is_missing_is_no_failure(encvoy: EncvoyServer) -> None:
    outcome = encvoy.run("encvoy_sso_info", **OPTIONS)
    assert not outcome.failed
    assert (outcome["client"], outcome["client_id"]) == (None, None)
    assert outcome["client_changes"] == sorted(OPTIONS)
    missing = encvoy.run("encvoy_sso_info", client_id="missing", name="Sentry")
    assert (missing["client"], missing["client_changes"]) == (None, ["name"])


def test_the_secret_comes_only_when_asked_for(encvoy: EncvoyServer) -> None:
    client = encvoy.client()
    outcome = encvoy.run("encvoy_sso_info", **SENTRY, include_secrets=True)
    assert outcome["client_secret"] == client["client_secret"]
    assert "client_secret" not in outcome["client"]


@pytest.mark.parametrize(
    ("stored", "options"),
    [
        ({}, {}),
        ({"redirect_uris": SENTRY["redirect_uris"][:1]}, {}),
        ({"redirect_uris": [*SENTRY["redirect_uris"], "https://other.example.com/"]}, {}),
        (
            {"redirect_uris": [*SENTRY["redirect_uris"], "https://other.example.com/"]},
            {"redirect_uris_mode": "append"},
        ),
        ({"redirect_uris": SENTRY["redirect_uris"][::-1]}, {}),
        ({}, {"token_endpoint_auth_method": "client_secret_post"}),
        ({"post_logout_redirect_uris": ["null"]}, {}),
        ({"description": "by hand"}, {}),
    ],
)
def test_the_changes_are_those_that_encvoy_client_makes(
    encvoy: EncvoyServer, stored: dict[str, Any], options: dict[str, Any]
) -> None:
    encvoy.client(**stored)
    told = encvoy.run("encvoy_sso_info", **SENTRY, **options)["client_changes"]
    assert told == list(encvoy.run("encvoy_client", **SENTRY, **options)["diff"]["after"])
    assert encvoy.run("encvoy_sso_info", **SENTRY, **options)["client_changes"] == []


def test_another_name_is_a_change_when_the_id_is_given(encvoy: EncvoyServer) -> None:
    client = encvoy.client(name="Sentry EU")
    outcome = encvoy.run("encvoy_sso_info", client_id=client["client_id"], **SENTRY)
    assert outcome["client_changes"] == ["name"]
    assert outcome["client"]["name"] == "Sentry EU"


def test_claims_and_what_is_not_filled_in(encvoy: EncvoyServer) -> None:
    encvoy.server.store.users.update(5, {"family_name": None})
    claims = encvoy.run("encvoy_sso_info", **SENTRY)["claims"]
    assert claims["default_claims"] == encvoy.run("encvoy_public_claims")["default_claims"]
    assert [(user["login"], user["empty"]) for user in claims["users"]][3:5] == [
        ("alice", []),
        ("bob", ["family_name"]),
    ]
    assert (claims["users_complete"], claims["users_reason"]) == (True, None)


def test_a_limit_of_users(encvoy: EncvoyServer) -> None:
    claims = encvoy.run("encvoy_sso_info", **SENTRY, limit=2)["claims"]
    assert [user["login"] for user in claims["users"]] == ["root", "editor"]
    assert not claims["users_complete"]
    encvoy.server.requests.clear()
    assert encvoy.run("encvoy_sso_info", **SENTRY, limit=0)["claims"]["users"] == []
    assert not encvoy.calls(f"/api/v1/clients/{encvoy.server.settings.system_client_id}")


def test_a_manager_is_told_that_users_are_out_of_reach(encvoy: EncvoyServer) -> None:
    outcome = encvoy.run("encvoy_sso_info", "manager", **SENTRY)
    assert not outcome.failed
    assert outcome["claims"]["users"] is None
    assert "role" in outcome["claims"]["users_reason"]


def test_a_user_cannot_tell_whether_there_is_a_client(encvoy: EncvoyServer) -> None:
    encvoy.client()
    outcome = encvoy.run("encvoy_sso_info", "alice", **SENTRY)
    assert "Could not look for the client: the account has the role USER" in outcome.msg


def test_several_matches_are_an_error(encvoy: EncvoyServer) -> None:
    ids = {encvoy.client()["client_id"], encvoy.client()["client_id"]}
    outcome = encvoy.run("encvoy_sso_info", **SENTRY)
    assert outcome.failed
    assert all(client_id in outcome.msg for client_id in ids)


def test_its_own_session_is_revoked(encvoy: EncvoyServer) -> None:
    outcome = run_module("encvoy_sso_info", **encvoy.login_options(), **SENTRY)
    assert not outcome.failed, outcome.msg
    assert encvoy.calls("/oidc/token") == ["POST /oidc/token", "POST /oidc/token/revocation"]


def test_a_wrong_password_fails(encvoy: EncvoyServer) -> None:
    options: dict[str, Any] = {**encvoy.login_options(), "password": "planted-wrong"}
    outcome = run_module("encvoy_sso_info", **options, **SENTRY)
    assert outcome.msg.startswith("Could not log in as 'root': ")
    assert "planted-wrong" not in outcome.text


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "name: needed when client_id is not given."),
        ({"client_id": ""}, "client_id: it is empty."),
        ({**SENTRY, "limit": -1}, "limit: -1 is below 0."),
        ({**SENTRY, "redirect_uris": ["nope"]}, "redirect_uris: 'nope' is not a URL"),
    ],
)
def test_options_are_checked_before_anything_is_sent(
    encvoy: EncvoyServer, options: dict[str, Any], says: str
) -> None:
    assert says in encvoy.run("encvoy_sso_info", **options).msg
    assert encvoy.calls() == []
