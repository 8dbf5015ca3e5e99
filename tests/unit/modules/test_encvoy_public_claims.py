"""encvoy_public_claims: shows what is released, and sets only what is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.encvoy_server import World

DEFAULT = "default_public_profile_claims_oauth"
NEEDED = ["email", "email_verified", "given_name", "family_name"]


@pytest.fixture
def vendor(encvoy: World) -> World:
    """A server as the vendor delivers it: picture and nickname, and nothing else, are released."""
    store = encvoy.server.store
    store.settings.update({DEFAULT: "picture nickname"})
    for number in range(2, 6):
        store.users.update(number, {"public_profile_claims_oauth": "id picture nickname"})
    return encvoy


def claims_of(encvoy: World, number: int) -> str:
    return encvoy.server.store.users.get(number)["public_profile_claims_oauth"]


def test_shows_and_changes_nothing(vendor: World) -> None:
    outcome = vendor.run("encvoy_public_claims")
    assert not outcome["changed"]
    assert outcome["default_claims"] == ["picture", "nickname"]
    assert [user["login"] for user in outcome["users"]] == [
        "root",
        "editor",
        "manager",
        "alice",
        "bob",
    ]
    assert outcome["users"][3] == {
        "id": 4,
        "login": "alice",
        "claims": ["id", "picture", "nickname"],
    }
    assert outcome["users_complete"]
    assert vendor.writes() == []


def test_sets_the_default_for_new_users_only(vendor: World) -> None:
    options = {"claims": NEEDED, "for_new_users": True}
    predicted = vendor.run("encvoy_public_claims", check=True, **options)
    assert vendor.writes() == []
    outcome = vendor.run("encvoy_public_claims", **options)
    assert predicted["diff"] == outcome["diff"]
    assert predicted["default_claims"] == outcome["default_claims"]
    assert outcome["diff"]["before"] == {"default_claims": ["nickname", "picture"]}
    assert vendor.server.store.settings.get(DEFAULT) == "picture nickname " + " ".join(NEEDED)
    assert claims_of(vendor, 4) == "id picture nickname"
    assert not vendor.run("encvoy_public_claims", **options)["changed"]


def test_sets_only_the_named_users(vendor: World) -> None:
    options = {"claims": NEEDED, "users": ["alice"]}
    predicted = vendor.run("encvoy_public_claims", check=True, **options)
    assert vendor.writes() == []
    outcome = vendor.run("encvoy_public_claims", **options)
    assert predicted["diff"] == outcome["diff"]
    assert predicted["users"] == outcome["users"]
    assert outcome["users"] == [
        {"id": 4, "login": "alice", "claims": ["id", "picture", "nickname", *NEEDED]}
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
    vendor: World, state: str, claims: list[str], after: str
) -> None:
    options = {"claims": claims, "users": ["bob"], "state": state}
    vendor.run("encvoy_public_claims", **options)
    assert claims_of(vendor, 5).split() == after.split()
    assert not vendor.run("encvoy_public_claims", **options)["changed"]


def test_a_login_that_is_part_of_another_is_not_mistaken(vendor: World) -> None:
    vendor.server.store.users.update(5, {"nickname": "alice"})
    outcome = vendor.run("encvoy_public_claims", users=["bob", "alice"])
    assert [user["login"] for user in outcome["users"]] == ["bob", "alice"]
    missing = vendor.run("encvoy_public_claims", users=["ali"])
    assert "users: there is no user with the login 'ali'" in missing.msg


def test_says_when_there_are_more_users(vendor: World) -> None:
    few = vendor.run("encvoy_public_claims", limit=2)
    assert [user["login"] for user in few["users"]] == ["root", "editor"]
    assert not few["users_complete"]
    assert vendor.run("encvoy_public_claims", limit=5)["users_complete"]
    vendor.server.requests.clear()
    assert vendor.run("encvoy_public_claims", limit=0)["users"] == []
    assert vendor.calls() == ["GET /api/v1/settings"]


@pytest.mark.parametrize("account", ["manager", "alice"])
def test_who_may_not_see_users_is_told_so(vendor: World, account: str) -> None:
    outcome = vendor.run("encvoy_public_claims", account)
    assert outcome["default_claims"] == ["picture", "nickname"]
    assert outcome["users"] is None
    assert outcome["users_reason"].startswith("Could not ")
    assert "role" in outcome["users_reason"]


@pytest.mark.parametrize("options", [{"for_new_users": True}, {"users": ["bob"]}])
def test_who_may_not_set_them_fails(vendor: World, options: dict[str, Any]) -> None:
    outcome = vendor.run("encvoy_public_claims", "alice", claims=NEEDED, **options)
    assert outcome.failed
    assert "role" in outcome.msg
    assert claims_of(vendor, 5) == "id picture nickname"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"claims": NEEDED}, "claims: for whom? Set for_new_users, or name users."),
        ({"for_new_users": True}, "for_new_users: give the claims to set."),
        (
            {"claims": ["email name"], "for_new_users": True},
            "'email name' is not the name of a claim",
        ),
        ({"limit": -1}, "limit: -1 is below 0."),
    ],
)
def test_asks_for_what_is_missing(encvoy: World, options: dict[str, Any], says: str) -> None:
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
    vendor: World, method: str, path: str, options: dict[str, Any]
) -> None:
    vendor.server.faults.add(method, path, "empty")
    outcome = vendor.run("encvoy_public_claims", claims=NEEDED, **options)
    assert "did not store" in outcome.msg


def test_a_settings_answer_without_claims_is_an_error(encvoy: World) -> None:
    encvoy.server.faults.add("GET", "/api/v1/settings", "wrong_shape", body="{}")
    assert DEFAULT in encvoy.run("encvoy_public_claims").msg
