# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""encvoy_public_claims: shows what is released, and sets only what is asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.encvoy_server import EncvoyServer

DEFAULT = "default_public_profile_claims_oauth"
NEEDED = ["email", "email_verified", "given_name", "family_name"]


@pytest.fixture
def vendor(encvoy: EncvoyServer) -> EncvoyServer:
    """A server as the vendor delivers it: picture and nickname, and nothing else, are released."""
    store = encvoy.server.store
    store.settings.update({DEFAULT: "picture nickname"})
    for number in range(2, 6):
        store.users.update(number, {"public_profile_claims_oauth": "id picture nickname"})
    return encvoy


def claims_of(encvoy: EncvoyServer, number: int) -> str:
    user = encvoy.server.store.users.get(number)
    assert user
    return str(user["public_profile_claims_oauth"])


def test_shows_and_changes_nothing(vendor: EncvoyServer) -> None:
    outcome = vendor.run("encvoy_public_claims")
    assert not outcome["changed"]
    assert outcome["default_claims"] == ["picture", "nickname"]
    assert [user["login"] for user in outcome["users"]] == [
        "root",
        "editor",
        "manager",
        "alice",
        "bob",
        "carol",
    ]
    assert outcome["users"][3] == {
        "id": 4,
        "login": "alice",
        "email": "alice@example.com",
        "claims": ["id", "picture", "nickname"],
        "empty": [],
    }
    assert outcome["users_complete"]
    assert vendor.writes() == []


def test_sets_the_default_for_new_users_only(vendor: EncvoyServer) -> None:
    options: dict[str, Any] = {"claims": NEEDED, "for_new_users": True}
    predicted = vendor.run("encvoy_public_claims", check=True, **options)
    assert vendor.writes() == []
    outcome = vendor.run("encvoy_public_claims", **options)
    assert predicted["diff"] == outcome["diff"]
    assert predicted["default_claims"] == outcome["default_claims"]
    assert outcome["diff"]["before"] == {"default_claims": ["nickname", "picture"]}
    assert vendor.server.store.settings.get(DEFAULT) == "picture nickname " + " ".join(NEEDED)
    assert claims_of(vendor, 4) == "id picture nickname"
    assert not vendor.run("encvoy_public_claims", **options)["changed"]


def test_sets_only_the_named_users(vendor: EncvoyServer) -> None:
    options: dict[str, Any] = {"claims": NEEDED, "users": ["alice"]}
    predicted = vendor.run("encvoy_public_claims", check=True, **options)
    assert vendor.writes() == []
    outcome = vendor.run("encvoy_public_claims", **options)
    assert predicted["diff"] == outcome["diff"]
    assert predicted["users"] == outcome["users"]
    assert [(user["login"], user["claims"]) for user in outcome["users"]] == [
        ("alice", ["id", "picture", "nickname", *NEEDED])
    ]
    assert claims_of(vendor, 5) == "id picture nickname"
    assert vendor.server.store.settings.get(DEFAULT) == "picture nickname"
    assert not vendor.run("encvoy_public_claims", **options)["changed"]


@pytest.mark.parametrize(
    ("state", "claims", "after"),
    [
        ("absent", ["picture", "email"], "id nickname"),
        ("absent", ["id"], "id picture nickname"),
        ("exact", ["email"], "id email"),
        ("exact", [], "id"),
        ("present", [], "id picture nickname"),
    ],
)
def test_takes_away_what_is_asked_for(
    vendor: EncvoyServer, state: str, claims: list[str], after: str
) -> None:
    options: dict[str, Any] = {"claims": claims, "users": ["bob"], "state": state}
    vendor.run("encvoy_public_claims", **options)
    assert claims_of(vendor, 5).split() == after.split()
    assert not vendor.run("encvoy_public_claims", **options)["changed"]


def test_a_login_that_is_part_of_another_is_not_mistaken(vendor: EncvoyServer) -> None:
    vendor.server.store.users.update(5, {"nickname": "alice"})
    outcome = vendor.run("encvoy_public_claims", users=["bob", "alice"])
    assert [user["login"] for user in outcome["users"]] == ["bob", "alice"]
    missing = vendor.run("encvoy_public_claims", users=["ali"])
    assert "users: no user has the login or e-mail address 'ali'" in missing.msg


def test_fields_that_are_not_filled_in_are_told(vendor: EncvoyServer) -> None:
    vendor.server.store.users.update(5, {"email": None, "family_name": "  ", "given_name": ""})
    (bob,) = vendor.run("encvoy_public_claims", users=["bob"])["users"]
    assert (bob["email"], bob["empty"]) == (None, ["email", "given_name", "family_name"])


@pytest.mark.parametrize("name", ["bob@example.com", "BOB@Example.com"])
def test_a_user_is_found_by_the_email_address(vendor: EncvoyServer, name: str) -> None:
    options: dict[str, Any] = {"claims": NEEDED, "users": [name, "bob"]}
    outcome = vendor.run("encvoy_public_claims", **options)
    assert [user["login"] for user in outcome["users"]] == ["bob"]
    assert list(outcome["diff"]["after"]) == [name]
    assert not vendor.run("encvoy_public_claims", **options)["changed"]


def test_an_email_address_of_two_users_is_an_error_that_names_them(vendor: EncvoyServer) -> None:
    vendor.server.store.users.update(5, {"email": "alice@example.com"})
    outcome = vendor.run("encvoy_public_claims", users=["alice@example.com"])
    assert "is the e-mail address of 2 users: 'alice', 'bob'." in outcome.msg


def test_nothing_is_changed_when_a_user_does_not_exist(vendor: EncvoyServer) -> None:
    options: dict[str, Any] = {"claims": NEEDED, "users": ["alice", "nobody", "x@example.com"]}
    outcome = vendor.run("encvoy_public_claims", **options, for_new_users=True)
    assert "no user has the login or e-mail address 'nobody', 'x@example.com'" in outcome.msg
    assert vendor.writes() == []
    assert claims_of(vendor, 4) == "id picture nickname"


@pytest.mark.parametrize("step", [1, 2])
def test_a_failure_says_what_was_changed_before_it(vendor: EncvoyServer, step: int) -> None:
    vendor.server.faults.add(
        "PUT", "/api/v1/users/.*", "status", status=400, body='{"message": "no"}', nth=step
    )
    outcome = vendor.run("encvoy_public_claims", claims=NEEDED, users=["alice", "bob"])
    assert outcome.failed
    assert outcome["changed"] == (step == 2)
    assert list(outcome["diff"]["after"]) == (["alice"] if step == 2 else [])


def test_half_a_change_of_one_user_is_a_change(vendor: EncvoyServer) -> None:
    vendor.server.faults.add(
        "PUT", "/api/v1/users/.*", "status", status=400, body='{"message": "no"}', nth=2
    )
    outcome = vendor.run("encvoy_public_claims", claims=NEEDED, users=["bob"], state="exact")
    assert outcome.failed
    assert outcome["changed"]


@pytest.mark.parametrize("state", ["present", "exact"])
@pytest.mark.parametrize("check", [False, True])
def test_a_misspelt_claim_is_refused(vendor: EncvoyServer, state: str, check: bool) -> None:
    vendor.server.store.settings.update({DEFAULT: "picture emial"})
    outcome = vendor.run(
        "encvoy_public_claims",
        check=check,
        claims=["email", "emial", "Given_name"],
        for_new_users=True,
        state=state,
    )
    assert outcome.msg.startswith(
        "claims: 'emial', 'Given_name' is not a field of a profile. The server has birthdate, "
    )
    assert vendor.writes() == []


def test_the_claim_that_is_made_of_two_others_is_explained(vendor: EncvoyServer) -> None:
    outcome = vendor.run("encvoy_public_claims", claims=["name"], for_new_users=True)
    assert outcome.msg.endswith("The claim name follows from given_name and family_name.")


@pytest.mark.parametrize("account", ["manager", "alice"])
def test_the_role_that_sets_claims_is_named(vendor: EncvoyServer, account: str) -> None:
    """A manager of an organization may change applications, and no settings of the system."""
    body = '{"message": "Forbidden resource", "errorCode": null}'
    vendor.server.faults.add("PUT", "/api/v1/settings", "status", status=403, body=body)
    outcome = vendor.run("encvoy_public_claims", account, claims=["email"], for_new_users=True)
    assert outcome.msg.endswith("That takes the role owner or editor of the system.")


def test_a_misspelt_claim_can_be_taken_away(vendor: EncvoyServer) -> None:
    vendor.server.store.settings.update({DEFAULT: "picture emial"})
    options: dict[str, Any] = {"claims": ["emial"], "for_new_users": True, "state": "absent"}
    assert vendor.run("encvoy_public_claims", **options)["default_claims"] == ["picture"]


@pytest.mark.parametrize("key", ["field", "key", "name"])
def test_the_servers_own_fields_decide(vendor: EncvoyServer, key: str) -> None:
    fields = json.dumps([{key: "shoe_size", "type": "custom"}])
    path = "/api/v1/settings/profile_fields"
    vendor.server.faults.add("GET", path, "wrong_shape", body=fields, times=0)
    good = vendor.run("encvoy_public_claims", claims=["shoe_size"], for_new_users=True)
    assert good["default_claims"] == ["picture", "nickname", "shoe_size"]
    bad = vendor.run("encvoy_public_claims", claims=["birthdate"], for_new_users=True)
    assert "claims: 'birthdate' is not a field of a profile." in bad.msg


def test_says_when_there_are_more_users(vendor: EncvoyServer) -> None:
    few = vendor.run("encvoy_public_claims", limit=2)
    assert [user["login"] for user in few["users"]] == ["root", "editor"]
    assert not few["users_complete"]
    assert vendor.run("encvoy_public_claims", limit=6)["users_complete"]
    vendor.server.requests.clear()
    assert vendor.run("encvoy_public_claims", limit=0)["users"] == []
    assert vendor.calls() == ["GET /api/v1/settings"]


@pytest.mark.parametrize("account", ["manager", "alice"])
def test_who_may_not_see_users_is_told_so(vendor: EncvoyServer, account: str) -> None:
    outcome = vendor.run("encvoy_public_claims", account)
    assert outcome["default_claims"] == ["picture", "nickname"]
    assert outcome["users"] is None
    assert outcome["users_reason"].startswith("Could not ")
    assert "role" in outcome["users_reason"]


@pytest.mark.parametrize("options", [{"for_new_users": True}, {"users": ["bob"]}])
def test_who_may_not_set_them_fails(vendor: EncvoyServer, options: dict[str, Any]) -> None:
    outcome = vendor.run("encvoy_public_claims", "alice", claims=NEEDED, **options)
    assert outcome.failed
    assert "role" in outcome.msg
    assert claims_of(vendor, 5) == "id picture nickname"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (
            {"claims": NEEDED},
            "claims: nobody is named to set them for. Set for_new_users, or name users.",
        ),
        ({"for_new_users": True}, "for_new_users: there are no claims to set. Give claims."),
        (
            {"claims": ["email name"], "for_new_users": True},
            "'email name' is not the name of a claim",
        ),
        ({"limit": -1}, "limit: -1 is below 0."),
    ],
)
def test_asks_for_what_is_missing(encvoy: EncvoyServer, options: dict[str, Any], says: str) -> None:
    assert says in encvoy.run("encvoy_public_claims", **options).msg
    assert encvoy.calls() == []


@pytest.mark.parametrize(
    ("method", "path", "options"),
    [
        ("PUT", "/api/v1/settings", {"for_new_users": True}),
        ("PUT", "/api/v1/users/.*", {"users": ["alice"]}),
    ],
)
def test_a_server_that_does_not_store_them_is_an_error(
    vendor: EncvoyServer, method: str, path: str, options: dict[str, Any]
) -> None:
    vendor.server.faults.add(method, path, "empty")
    outcome = vendor.run("encvoy_public_claims", claims=NEEDED, **options)
    assert "did not store" in outcome.msg


def test_a_settings_answer_without_claims_is_an_error(encvoy: EncvoyServer) -> None:
    encvoy.server.faults.add("GET", "/api/v1/settings", "wrong_shape", body="{}")
    assert DEFAULT in encvoy.run("encvoy_public_claims").msg
