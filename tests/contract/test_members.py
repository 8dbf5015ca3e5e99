# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The users of a client and their roles."""

from __future__ import annotations

import pytest

from tests.contract.conftest import Simulator


@pytest.mark.parametrize(
    ("asked", "nicknames"),
    [
        ({}, ["project owner", "editor", "manager", "alice", "bob"]),
        ({"limit": 2, "offset": 3}, ["alice", "bob"]),
        ({"search": "ARCHER"}, ["alice"]),
        ({"search": "5"}, ["bob"]),
        ({"sortBy": "id", "sortDirection": "desc", "limit": 1}, ["bob"]),
        ({"sortBy": "family_name", "sortDirection": "asc", "limit": 2}, ["alice", "bob"]),
    ],
)
def test_users_are_listed(
    simulator: Simulator, asked: dict[str, str | int], nicknames: list[str]
) -> None:
    system = simulator.server.settings.system_client_id
    with simulator.api("root") as api:
        answer = api.get(f"/api/v1/clients/{system}/users", params=asked)
    assert [item["user"]["nickname"] for item in answer.json()] == nicknames


def test_a_person_is_made_editor_and_sees_everything(simulator: Simulator) -> None:
    system = simulator.server.settings.system_client_id
    with simulator.api("root") as root, simulator.api("alice") as alice:
        assert alice.get("/api/v1/clients").json() == []
        path = f"/api/v1/clients/{system}/users/4/role"
        assert root.put(path, json={"role": "EDITOR"}).status_code == 204
        assert alice.get("/api/v1/clients").headers["x-total-count"] == "2"


def test_a_person_is_made_manager_of_an_organization(simulator: Simulator) -> None:
    system = simulator.server.settings.system_client_id
    with simulator.api("root") as root, simulator.api("bob") as bob:
        root.put(f"/api/v1/clients/{system}/users/5/role", json={"role": "ADMIN"})
        assert [item["name"] for item in bob.get("/api/v1/clients").json()] == ["Org5"]


@pytest.mark.parametrize(
    ("user", "role", "code"),
    [(1, "USER", "T3E0009"), (4, "OWNER", "T3E0010"), (4, "KING", None)],
)
def test_a_role_that_cannot_be_given(
    simulator: Simulator, user: int, role: str, code: str | None
) -> None:
    system = simulator.server.settings.system_client_id
    with simulator.api("root") as root:
        answer = root.put(f"/api/v1/clients/{system}/users/{user}/role", json={"role": role})
    assert answer.status_code == 400
    assert answer.json()["errorCode"] == (f"translation.errors.{code}" if code else None)


def test_a_profile_is_changed_by_an_administrator_or_its_owner(simulator: Simulator) -> None:
    with simulator.api("root") as root, simulator.api("alice") as alice:
        assert root.put("/api/v1/users/4", json={"email": ""}).status_code == 204
        assert alice.put("/api/v1/users/4", json={"given_name": "Al"}).status_code == 204
        assert alice.put("/api/v1/users/4", json={"email": "x@y.example"}).status_code == 400
        assert alice.put("/api/v1/users/5", json={"given_name": "Al"}).status_code == 403
        me = alice.get("/api/v1/users/me").json()
    assert (me["given_name"], me["email"], me["email_verified"]) == ("Al", None, False)
