# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An application learns only what is public about a person."""

from __future__ import annotations

import pytest

from tests.contract.conftest import PUBLIC, Simulator

SCOPE = "openid email profile"


@pytest.mark.parametrize(
    ("public", "released"),
    [
        ("", {}),
        ("email", {"email": "alice@example.com"}),
        ("given_name", {"given_name": "Alice"}),
        ("email_verified", {"email_verified": True}),
        (
            "given_name family_name",
            {"given_name": "Alice", "family_name": "Archer", "name": "Alice Archer"},
        ),
        ("nickname picture", {"nickname": "alice", "picture": None}),
    ],
)
def test_claims_that_are_not_public_stay_out(
    simulator: Simulator, public: str, released: dict[str, object]
) -> None:
    alice = simulator.release("alice", public)
    claims = simulator.claims(simulator.application(), "alice", SCOPE)
    assert claims == {"sub": str(alice)} | released


def test_a_scope_that_was_not_asked_for_brings_nothing(simulator: Simulator) -> None:
    client = simulator.application()
    simulator.release("alice", PUBLIC)
    assert simulator.claims(client, "alice", "openid").keys() == {"sub"}
    assert simulator.claims(client, "alice", "openid email").keys() == {
        "sub",
        "email",
        "email_verified",
    }


def test_a_public_but_empty_email_is_null(simulator: Simulator) -> None:
    simulator.release("editor", "email")
    assert simulator.claims(simulator.application(), "editor", SCOPE)["email"] is None


def test_a_new_default_counts_for_users_created_later(simulator: Simulator) -> None:
    with simulator.api("root") as api:
        settings = {"default_public_profile_claims_oauth": "nickname email"}
        assert api.put("/api/v1/settings", json=settings).status_code == 200
        created = api.post(
            "/api/v1/users",
            json={"login": "carol", "password": "x", "email": "Carol@Example.com"},
        ).json()
        found = [
            api.get(f"/api/v1/users/{user_id}/private_scopes").json()["public_profile_claims_oauth"]
            for user_id in (created["id"], 4)
        ]
    assert found == ["id nickname email", "id picture nickname"]
    carol = simulator.server.store.users.get(created["id"]) or {}
    assert (carol["email"], carol["email_verified"]) == ("carol@example.com", True)


def test_an_administrator_makes_claims_of_a_user_private_and_public(simulator: Simulator) -> None:
    simulator.release("alice", PUBLIC)
    with simulator.api("root") as api:
        path = "/api/v1/users/4/private_scopes"
        for privacy, field, expected in (
            ("private", "email given_name", "id picture nickname family_name email_verified"),
            ("publicOauth", "email", "id picture nickname family_name email_verified email"),
        ):
            body = {"claim_privacy": privacy, "field": field}
            assert api.put(path, json=body).status_code == 200
            assert api.get(path).json()["public_profile_claims_oauth"] == expected
        assert api.put(path, json={"claim_privacy": "open"}).status_code == 400


@pytest.mark.parametrize(("login", "status"), [("alice", 403), ("manager", 403), ("editor", 200)])
def test_only_administrators_see_what_others_release(
    simulator: Simulator, login: str, status: int
) -> None:
    with simulator.api(login) as api:
        assert api.get("/api/v1/users/5/private_scopes").status_code == status


def test_an_administrator_lists_users_and_reads_their_public_claims(simulator: Simulator) -> None:
    system = simulator.server.settings.system_client_id
    with simulator.api("root") as api:
        listed = api.get(f"/api/v1/clients/{system}/users", params={"limit": 2, "offset": 3})
        assert [item["user"]["nickname"] for item in listed.json()] == ["alice", "bob"]
        assert listed.headers["x-total-count"] == "5"
        one = api.get(f"/api/v1/clients/{system}/users/4").json()
    assert one["role"] == "USER"
    assert one["user"]["login"] == "alice"
    assert one["user"]["public_profile_claims_oauth"] == "id picture nickname"
