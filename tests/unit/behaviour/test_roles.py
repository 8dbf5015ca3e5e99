# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each role gets the work done, or an error that names the missing role."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.encvoy_server import SENTRY, EncvoyServer

NEEDED = "role owner or editor of the system, or manager of"


@pytest.mark.parametrize("account", ["root", "editor", "manager"])
def test_creates_changes_and_deletes_an_own_client(encvoy: EncvoyServer, account: str) -> None:
    created = encvoy.run("encvoy_client", account, **SENTRY)
    assert not created.failed, created.msg
    changed = encvoy.run("encvoy_client", account, **SENTRY, rotate_secret=True, access_token_ttl=9)
    assert not changed.failed, changed.msg
    assert changed["client_id"] == created["client_id"]
    assert not encvoy.run("encvoy_client", account, **SENTRY, access_token_ttl=9)["changed"]
    deleted = encvoy.run("encvoy_client", account, **SENTRY, state="absent")
    assert not deleted.failed, deleted.msg
    assert deleted["changed"]
    assert encvoy.sentries() == []


def test_an_editor_changes_the_owners_client(encvoy: EncvoyServer) -> None:
    client = encvoy.client()
    assert encvoy.run("encvoy_client", "editor", **SENTRY, description="x")["changed"]
    assert encvoy.stored(client["client_id"])["description"] == "x"


@pytest.mark.parametrize("check", [True, False])
def test_a_user_is_told_the_missing_role_before_anything_is_sent(
    encvoy: EncvoyServer, check: bool
) -> None:
    """A user sees an empty list of clients, which must not pass for "there is none"."""
    outcome = encvoy.run("encvoy_client", "alice", check=check, **SENTRY)
    assert "the account has the role USER" in outcome.msg
    assert "owner or editor of the system, or manager" in outcome.msg
    assert encvoy.writes() == []


@pytest.mark.parametrize("account", ["manager", "alice"])
@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_client_out_of_reach_is_an_error_that_names_the_role(
    encvoy: EncvoyServer, account: str, state: str
) -> None:
    client_id = encvoy.client()["client_id"]
    options: dict[str, Any] = {"client_id": client_id, "description": "x", "state": state}
    outcome = encvoy.run("encvoy_client", account, **options)
    assert f"Could not read the client {client_id}: the server answered 403 (T3E0026" in outcome.msg
    assert NEEDED in outcome.msg.replace("\n", " ")
    assert encvoy.writes() == []


@pytest.mark.parametrize("account", ["manager", "alice"])
def test_the_short_form_is_never_taken_for_a_client(encvoy: EncvoyServer, account: str) -> None:
    """It has no redirect URIs, so that everything would look changed."""
    system = encvoy.server.settings.system_client_id
    outcome = encvoy.run("encvoy_client", account, client_id=system, description="x")
    assert "is shown only its public part" in outcome.msg
    assert NEEDED in outcome.msg
    assert encvoy.writes() == []


def test_a_role_that_is_lost_in_the_middle_is_named(encvoy: EncvoyServer) -> None:
    forbidden = '{"statusCode":403,"message":"Forbidden resource","errorCode":null}'
    encvoy.server.faults.add("POST", "/api/v1/clients", "status", status=403, body=forbidden)
    outcome = encvoy.run("encvoy_client", **SENTRY)
    assert "Could not create the client 'Sentry': the server answered 403" in outcome.msg
    assert "The account's role does not allow it" in outcome.msg


def test_a_manager_sees_only_the_own_clients(encvoy: EncvoyServer) -> None:
    encvoy.client()
    own = encvoy.run("encvoy_client", "manager", **{**SENTRY, "name": "Own"})["client_id"]
    outcome = encvoy.run("encvoy_client_info", "manager", search="example.com")
    assert [client["client_id"] for client in outcome["clients"]] == [own]
