# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The system's settings, its profile fields and its types of application."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.contract.conftest import PASSWORDS, Simulator

PATH = "/api/v1/settings"
# In the server's order. None of them is "name" or "email_verified", which are claims all the same.
FIELDS = [
    "sub",
    "login",
    "email",
    "given_name",
    "family_name",
    "phone_number",
    "birthdate",
    "nickname",
    "picture",
    "data_processing_agreement",
    "password",
]


def test_settings_are_for_administrators_and_partly_for_everybody(simulator: Simulator) -> None:
    assert "two_factor_authentication" not in simulator.http.get(PATH).json()
    with simulator.api("editor") as editor, simulator.api("alice") as alice:
        assert "two_factor_authentication" in editor.get(PATH).json()
        assert alice.put(PATH, json={"authorize_only_admins": True}).status_code == 403
        assert editor.put(PATH, json={"allowed_login_fields": " "}).status_code == 400
        assert editor.put(PATH, json={"allowed_login_fields": "shoe"}).status_code == 400
        assert editor.put(PATH, json={"auto_merge_users": True}).status_code == 504
        assert editor.put(PATH, json={"authorize_only_admins": True}).status_code == 200
        assert alice.get("/api/v1/users/me").status_code == 403


def test_profile_fields_are_listed_for_everybody(simulator: Simulator) -> None:
    fields = simulator.http.get(f"{PATH}/profile_fields").json()
    assert [field["field"] for field in fields] == FIELDS
    assert fields[2] == {
        "type": "general",
        "field": "email",
        "title": "Email",
        "required": False,
        "unique": True,
        "active": True,
        "editable": True,
        "claim": "private",
        "allowed_as_login": False,
        "validations": [],
    }


def test_profile_fields_tell_what_new_users_release(simulator: Simulator) -> None:
    with simulator.api("root") as api:
        settings = {
            "default_public_profile_claims_oauth": "nickname email",
            "default_public_profile_claims_gravatar": "email",
        }
        assert api.put(PATH, json=settings).status_code == 200
        fields = api.get(f"{PATH}/profile_fields").json()
    claims = {field["field"]: field["claim"] for field in fields if field["claim"] != "private"}
    assert claims == {"nickname": "publicOauth", "email": "publicGravatar"}


def test_types_of_application_are_a_list(simulator: Simulator) -> None:
    answer = simulator.http.get(f"{PATH}/client_types")
    assert (answer.status_code, answer.json()) == (200, [])


def test_a_wrong_token_is_refused_everywhere(simulator: Simulator) -> None:
    for path in ("profile_fields", "client_types"):
        wrong = {"authorization": "Bearer wrong"}
        assert simulator.http.get(f"{PATH}/{path}", headers=wrong).status_code == 401


def test_a_new_server_releases_next_to_nothing(simulator: Simulator) -> None:
    settings = simulator.http.get(PATH).json()
    assert settings["default_public_profile_claims_oauth"] == "picture nickname"
    found = {}
    with simulator.api("root") as api:
        for user_id in range(1, 6):
            claims = api.get(f"/api/v1/users/{user_id}/private_scopes").json()
            found[user_id] = claims["public_profile_claims_oauth"]
    assert found.pop(1) == "id"
    assert set(found.values()) == {"id picture nickname"}


@pytest.mark.parametrize(
    ("profile", "shown"),
    [
        ({}, (None, None, None)),
        ({"email": "a@b.example", "given_name": "A"}, ("a@b.example", "A", None)),
    ],
)
def test_an_administrator_sees_which_fields_a_person_has_not_filled_in(
    start: Callable[..., Simulator],
    profile: dict[str, str],
    shown: tuple[str | None, str | None, str | None],
) -> None:
    root = {"login": "root", "password": PASSWORDS["root"], "role": "OWNER"}
    empty = {"login": "empty", "password": "x", "claims": "email given_name family_name"}
    simulator = start(seed={"users": [root, {**empty, **profile}]})
    system = simulator.server.settings.system_client_id
    with simulator.api("root") as api:
        user = api.get(f"/api/v1/clients/{system}/users/2").json()["user"]
    assert (user["email"], user["given_name"], user["family_name"]) == shown
    assert user["public_profile_claims_oauth"] == "id email given_name family_name"
