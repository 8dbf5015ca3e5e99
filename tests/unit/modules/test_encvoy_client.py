# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""encvoy_client: one client's life, read from top to bottom."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.encvoy_server import SENTRY, EncvoyServer

CLIENTS = "/api/v1/clients"
SECRET = "planted-client-secret"


# --- Created --------------------------------------------------------------------------------------


def test_creates_and_then_changes_nothing(encvoy: EncvoyServer) -> None:
    created = encvoy.run("encvoy_client", **SENTRY, token_endpoint_auth_method="client_secret_post")
    assert created["changed"]
    stored = encvoy.stored(created["client_id"])
    assert stored["redirect_uris"] == SENTRY["redirect_uris"]
    assert stored["token_endpoint_auth_method"] == "client_secret_post"
    assert created["client_secret"] == stored["client_secret"]

    again = encvoy.run("encvoy_client", **SENTRY, token_endpoint_auth_method="client_secret_post")
    assert not again["changed"]
    assert again["diff"] == {"before": {}, "after": {}}
    assert again["client_id"] == created["client_id"]
    assert again["client"] == created["client"]


def test_check_mode_says_what_a_run_would_do(encvoy: EncvoyServer) -> None:
    predicted = encvoy.run("encvoy_client", check=True, **SENTRY, access_token_ttl=600)
    assert encvoy.writes() == []
    assert (predicted["client_id"], predicted["client_secret"]) == (None, None)
    assert predicted["client"]["redirect_uris"] == SENTRY["redirect_uris"]

    real = encvoy.run("encvoy_client", **SENTRY, access_token_ttl=600)
    assert predicted["diff"] == real["diff"]
    assert predicted["changed"] == real["changed"] is True


def test_fields_that_only_put_accepts_follow_the_creation(encvoy: EncvoyServer) -> None:
    options: dict[str, Any] = {
        "access_token_ttl": 600,
        "refresh_token_ttl": 7200,
        "client_secret": "correct horse battery staple",
        "required_providers_ids": ["1"],
        "widget": {
            "mini": True,
            "title": "Welcome",
            "colors": {"button_color": "#123456"},
            "cover_mode": "REPLACE",
            "hide_footer": True,
        },
    }
    created = encvoy.run("encvoy_client", **SENTRY, **options)
    stored = encvoy.stored(created["client_id"])
    expected = {
        **{name: value for name, value in options.items() if name != "widget"},
        "mini_widget": True,
        "widget_title": "Welcome",
        "widget_colors": {"font_color": "#fff", "link_color": "#000", "button_color": "#123456"},
        "cover_mode": "REPLACE",
        "hide_widget_footer": True,
    }
    assert {name: stored[name] for name in expected} == expected
    assert created["client_secret"] == "correct horse battery staple"
    assert not encvoy.run("encvoy_client", **SENTRY, **options)["changed"]


def test_an_interruption_after_the_creation_is_finished_by_the_next_run(
    encvoy: EncvoyServer,
) -> None:
    encvoy.server.faults.add("PUT", f"{CLIENTS}/.*", "status", status=500, times=0)
    broken = encvoy.run("encvoy_client", **SENTRY, access_token_ttl=600)
    assert broken.failed
    assert broken["changed"]
    assert "The client was not changed" in broken.msg
    encvoy.server.faults.clear()

    finished = encvoy.run("encvoy_client", **SENTRY, access_token_ttl=600)
    assert finished["client_id"] == broken["client_id"]
    assert finished["diff"] == {
        "before": {"access_token_ttl": 1800},
        "after": {"access_token_ttl": 600},
    }
    assert len(encvoy.sentries()) == 1


def test_a_native_application_with_its_own_scheme_works(encvoy: EncvoyServer) -> None:
    """Its default logout URI would be the text "null", which breaks the client."""
    options: dict[str, Any] = {
        **SENTRY,
        "redirect_uris": ["com.example.app://cb"],
        "application_type": "native",
    }
    created = encvoy.run("encvoy_client", **options)
    assert not created.failed, created.msg
    assert encvoy.stored(created["client_id"])["post_logout_redirect_uris"] == []
    assert not encvoy.run("encvoy_client", **options)["changed"]


def test_needs_redirect_uris_to_create(encvoy: EncvoyServer) -> None:
    outcome = encvoy.run("encvoy_client", name="Sentry", domain="https://sentry.example.com")
    assert outcome.msg.startswith("redirect_uris: not given, and needed to create a client.")


@pytest.mark.parametrize(
    "name",
    [
        "Сентри 日本語 é😀",
        "😀" * 50,
        'quotes " and \\ back',
        "a_b%c",
        "trailing  ",
        "{{ not }} a template",
    ],
)
def test_any_name_is_found_again(encvoy: EncvoyServer, name: str) -> None:
    options: dict[str, Any] = {**SENTRY, "name": name}
    created = encvoy.run("encvoy_client", **options)
    assert created["client"]["name"] == name
    assert not encvoy.run("encvoy_client", **options)["changed"]


# --- Found ----------------------------------------------------------------------------------------


def test_two_requests_when_nothing_changes(encvoy: EncvoyServer) -> None:
    client = encvoy.client()
    for number in range(120):
        encvoy.client(name=f"other {number}")
    encvoy.run("encvoy_client", **SENTRY)
    assert encvoy.calls(CLIENTS) == [f"GET {CLIENTS}", f"GET {CLIENTS}/{client['client_id']}"]


def test_one_request_when_nothing_changes_and_the_id_is_given(encvoy: EncvoyServer) -> None:
    client = encvoy.client()
    encvoy.run("encvoy_client", client_id=client["client_id"], **SENTRY)
    assert encvoy.calls("/api") == [f"GET {CLIENTS}/{client['client_id']}"]


def test_several_matches_are_an_error_that_lists_them(encvoy: EncvoyServer) -> None:
    ids = {encvoy.client()["client_id"], encvoy.client()["client_id"]}
    outcome = encvoy.run("encvoy_client", **SENTRY)
    assert outcome.failed
    assert all(client_id in outcome.msg for client_id in ids)
    assert "client_id" in outcome.msg
    assert encvoy.writes() == []


@pytest.mark.parametrize(
    "difference",
    [
        {"name": "sentry"},
        {"name": "Sentry "},
        {"domain": "https://sentry.example.com/"},
        {"name": "Sentry EU"},
    ],
)
def test_a_partial_match_is_not_a_match_but_is_mentioned(
    encvoy: EncvoyServer, difference: dict[str, str]
) -> None:
    other = encvoy.client(**difference)
    outcome = encvoy.run("encvoy_client", **SENTRY)
    assert outcome["client_id"] != other["client_id"]
    assert any(other["client_id"] in warning for warning in outcome.warnings)


def test_a_renamed_client_is_adopted_by_its_id(encvoy: EncvoyServer) -> None:
    client = encvoy.client(name="Sentry EU")
    outcome = encvoy.run("encvoy_client", client_id=client["client_id"], **SENTRY)
    assert outcome["diff"] == {"before": {"name": "Sentry EU"}, "after": {"name": "Sentry"}}
    assert encvoy.stored(client["client_id"])["name"] == "Sentry"
    assert len(encvoy.sentries()) == 1


@pytest.mark.parametrize("change", [str.lower, lambda _id: "../users/me", lambda _id: "white-list"])
def test_an_id_that_does_not_exist_cannot_be_created(encvoy: EncvoyServer, change: Any) -> None:
    client_id = change(encvoy.client()["client_id"])
    outcome = encvoy.run("encvoy_client", client_id=client_id, **SENTRY)
    assert outcome.failed
    assert "client_id" in outcome.msg
    assert encvoy.writes() == []


def test_the_system_client_is_left_alone(encvoy: EncvoyServer) -> None:
    system = encvoy.server.settings.system_client_id
    for state in ("present", "absent"):
        outcome = encvoy.run("encvoy_client", client_id=system, description="x", state=state)
        assert "the server's own" in outcome.msg
    assert encvoy.writes() == []


# --- Changed --------------------------------------------------------------------------------------


def test_sends_only_what_differs_and_leaves_the_rest_alone(encvoy: EncvoyServer) -> None:
    client = encvoy.client(description="by hand", catalog=True)
    outcome = encvoy.run("encvoy_client", **SENTRY, subject_type="public", require_auth_time=True)
    assert outcome["diff"] == {
        "before": {"require_auth_time": False},
        "after": {"require_auth_time": True},
    }
    assert encvoy.stored(client["client_id"]) == {**client, "require_auth_time": True}


@pytest.mark.parametrize(
    ("stored", "options"),
    [
        ({"redirect_uris": SENTRY["redirect_uris"][::-1]}, {}),
        ({"redirect_uris": SENTRY["redirect_uris"] * 2}, {}),
        ({}, {"redirect_uris": SENTRY["redirect_uris"] * 2}),
        ({"grant_types": ["refresh_token", "authorization_code"]},
         {"grant_types": ["authorization_code", "refresh_token"]}),
        ({"description": None}, {"description": ""}),
        ({"type_id": None}, {"type_id": ""}),
        ({"widget_colors": {"font_color": "#FFF"}}, {"widget": {"colors": {"font_color": "#fff"}}}),
    ],
)  # fmt: skip
def test_the_same_in_other_words_is_no_change(
    encvoy: EncvoyServer, stored: dict[str, Any], options: dict[str, Any]
) -> None:
    encvoy.client(**stored)
    assert not encvoy.run("encvoy_client", **{**SENTRY, **options})["changed"]


def test_redirect_uris_are_exact_or_appended(encvoy: EncvoyServer) -> None:
    old, new = "https://sentry.example.com/old", "https://sentry.example.com/new"
    client_id = encvoy.client(redirect_uris=[old])["client_id"]
    options: dict[str, Any] = {**SENTRY, "redirect_uris": [new]}

    for _run in range(2):
        encvoy.run("encvoy_client", **options, redirect_uris_mode="append")
        assert encvoy.stored(client_id)["redirect_uris"] == [old, new]
    assert not encvoy.run("encvoy_client", **options, redirect_uris_mode="append")["changed"]

    encvoy.run("encvoy_client", **options)
    assert encvoy.stored(client_id)["redirect_uris"] == [new]


def test_an_unknown_type_is_never_sent(encvoy: EncvoyServer) -> None:
    encvoy.client()
    types = '[{"id": "t1", "name": "Internal"}]'
    encvoy.server.faults.add("GET", "/api/v1/settings/client_types", "wrong_shape", body=types)
    outcome = encvoy.run("encvoy_client", **SENTRY, type_id="nope")
    assert "type_id: 'nope' does not exist. The server has: t1 (Internal)." in outcome.msg
    assert encvoy.writes() == []


# --- The secret -----------------------------------------------------------------------------------


@pytest.mark.parametrize("check", [False, True])
def test_a_secret_that_is_not_new_is_returned_only_when_asked_for(
    encvoy: EncvoyServer, check: bool
) -> None:
    secret = encvoy.client()["client_secret"]
    for options in ({}, {"description": "x"}):
        outcome = encvoy.run("encvoy_client", check=check, **SENTRY, **options)
        assert outcome["client_secret"] is None
        assert secret not in outcome.text
    asked = encvoy.run("encvoy_client", check=check, **SENTRY, include_secret=True)
    assert asked["client_secret"] == secret


def test_rotates_the_secret_and_verifies_it(encvoy: EncvoyServer) -> None:
    client = encvoy.client()
    outcome = encvoy.run("encvoy_client", **SENTRY, rotate_secret=True)
    assert outcome["client_secret"] != client["client_secret"]
    assert len(outcome["client_secret"]) == 87
    assert encvoy.stored(client["client_id"])["client_secret"] == outcome["client_secret"]
    assert outcome["diff"]["before"] != outcome["diff"]["after"]
    assert outcome["client_secret"] not in str(outcome["diff"])
    # With the old one before, with the new one, and with the old one after.
    assert encvoy.calls("/oidc/token") == ["POST /oidc/token"] * 3


def test_rotation_in_check_mode_does_not_know_the_secret(encvoy: EncvoyServer) -> None:
    encvoy.client()
    outcome = encvoy.run("encvoy_client", check=True, **SENTRY, rotate_secret=True)
    assert outcome["changed"]
    assert outcome["client_secret"] is None
    assert encvoy.writes() == []


def test_a_new_client_is_not_rotated_as_well(encvoy: EncvoyServer) -> None:
    encvoy.run("encvoy_client", **SENTRY, rotate_secret=True)
    assert encvoy.writes() == [f"POST {CLIENTS}"]


def test_a_rotation_that_does_not_take_effect_is_an_error(encvoy: EncvoyServer) -> None:
    encvoy.client()
    accepted = '{"error": "invalid_grant"}'
    encvoy.server.faults.add("POST", "/oidc/token", "status", status=400, body=accepted, nth=3)
    outcome = encvoy.run("encvoy_client", **SENTRY, rotate_secret=True)
    assert outcome.failed
    assert outcome["changed"]
    assert "the token endpoint still accepts the old one" in outcome.msg


@pytest.mark.parametrize(
    "secret", ["x", "with space inside", "sym!#$%&*()+,/:;=?@[]~'\"\\{{ }}", "s" * 255]
)
def test_sets_a_given_secret_and_returns_it_in_clear(encvoy: EncvoyServer, secret: str) -> None:
    encvoy.client()
    outcome = encvoy.run("encvoy_client", **SENTRY, client_secret=secret)
    assert outcome["client_secret"] == secret
    assert outcome["changed"]
    assert not encvoy.run("encvoy_client", **SENTRY, client_secret=secret)["changed"]


def test_secret_and_rotation_exclude_each_other(encvoy: EncvoyServer) -> None:
    outcome = encvoy.run("encvoy_client", **SENTRY, client_secret="x", rotate_secret=True)
    assert "mutually exclusive" in outcome.msg


# --- Verified -------------------------------------------------------------------------------------


def test_a_client_that_the_oidc_side_rejects_is_reported_with_the_reason(
    encvoy: EncvoyServer,
) -> None:
    """The field that breaks it is not among the options, so only the probe can find it."""
    encvoy.client(grant_types=["bananas"])
    outcome = encvoy.run("encvoy_client", **SENTRY, description="new")
    assert outcome.failed
    assert outcome["changed"]
    assert (
        "a login with the redirect URI https://sentry.example.com/auth/sso/ is refused"
        in outcome.msg
    )
    assert "grant_types" in outcome.msg


def test_an_error_in_the_redirect_is_a_rejection_too(encvoy: EncvoyServer) -> None:
    """So does the OIDC side report what it finds only after it has accepted the redirect URI."""
    refused = {"location": "https://sentry.example.com/auth/sso/#error=unsupported_response_type"}
    encvoy.server.faults.add("GET", "/oidc/auth", "status", status=303, headers=refused, times=0)
    outcome = encvoy.run("encvoy_client", **SENTRY)
    assert "is refused (unsupported_response_type)" in outcome.msg


def test_a_client_that_does_not_work_fails_each_run_until_it_does(encvoy: EncvoyServer) -> None:
    """No state is kept: whoever runs it next is told, too."""
    client = encvoy.client(grant_types=["bananas"])
    for check in (False, True, False):
        outcome = encvoy.run("encvoy_client", check=check, **SENTRY)
        assert outcome.failed
        assert f"The client {client['client_id']} does not work: " in outcome.msg
        assert not outcome.result.get("changed")
    grants = ["authorization_code"]
    assert encvoy.run("encvoy_client", **SENTRY, grant_types=grants)["changed"]
    assert not encvoy.run("encvoy_client", **SENTRY, grant_types=grants)["changed"]


def test_one_probe_of_each_endpoint_without_a_change(encvoy: EncvoyServer) -> None:
    encvoy.client()
    encvoy.run("encvoy_client", **SENTRY)
    assert encvoy.calls("/oidc") == ["GET /oidc/auth", "POST /oidc/token"]


def test_a_change_that_breaks_a_working_client_is_taken_back(encvoy: EncvoyServer) -> None:
    client = encvoy.client(description=None)
    refused = {"location": "https://sentry.example.com/auth/sso/?error=unsupported_response_type"}
    # The first is the probe before the change.
    encvoy.server.faults.add("GET", "/oidc/auth", "status", status=303, headers=refused, nth=2)
    changes: dict[str, Any] = {
        "description": "x",
        "subject_type": "pairwise",
        "client_secret": SECRET,
    }
    outcome = encvoy.run("encvoy_client", **SENTRY, **changes)
    assert outcome.failed
    assert not outcome["changed"]
    assert "is refused (unsupported_response_type)" in outcome.msg
    assert outcome.msg.endswith("The change was taken back: the client is as before.")
    assert encvoy.stored(client["client_id"]) == client
    assert encvoy.writes() == [f"PUT {CLIENTS}/{client['client_id']}"] * 2


def test_a_change_that_cannot_be_taken_back_says_so(encvoy: EncvoyServer) -> None:
    client = encvoy.client()
    refused = {"location": "https://sentry.example.com/auth/sso/?error=unsupported_response_type"}
    encvoy.server.faults.add("GET", "/oidc/auth", "status", status=303, headers=refused, nth=2)
    body = '{"message": "no"}'
    encvoy.server.faults.add("PUT", f"{CLIENTS}/.*", "status", status=400, body=body, nth=2)
    outcome = encvoy.run("encvoy_client", **SENTRY, subject_type="pairwise")
    assert outcome["changed"]
    assert "The change could not be taken back: Could not change the client" in outcome.msg
    assert encvoy.stored(client["client_id"])["subject_type"] == "pairwise"


def test_a_change_of_a_client_that_did_not_work_before_stays(encvoy: EncvoyServer) -> None:
    """Else it could never be repaired step by step."""
    client = encvoy.client(grant_types=["bananas"])
    outcome = encvoy.run("encvoy_client", **SENTRY, description="new")
    assert outcome["changed"]
    assert encvoy.stored(client["client_id"])["description"] == "new"


@pytest.mark.parametrize(
    "uri", ["https://a.example:99999/x", "https://256.1.1.1/x", "https://xn--a/x"]
)
def test_a_uri_that_would_break_the_client_is_never_sent(encvoy: EncvoyServer, uri: str) -> None:
    uris = [*SENTRY["redirect_uris"], uri]
    for _existing in range(2):
        outcome = encvoy.run("encvoy_client", **{**SENTRY, "redirect_uris": uris})
        assert outcome.msg.startswith(
            f"redirect_uris: '{uri}' is not a URL that the server accepts"
        )
        assert encvoy.calls() == []
        encvoy.client()
        encvoy.server.requests.clear()


@pytest.mark.parametrize("exists", [False, True])
def test_a_probe_that_cannot_be_made_is_a_warning(encvoy: EncvoyServer, exists: bool) -> None:
    if exists:
        encvoy.client()
    encvoy.server.faults.add("GET", "/oidc/auth", "status", status=502, times=0)
    outcome = encvoy.run("encvoy_client", **SENTRY)
    assert not outcome.failed
    assert any("It could not be verified that" in warning for warning in outcome.warnings)


def test_a_client_without_secret_is_verified_without_one(encvoy: EncvoyServer) -> None:
    outcome = encvoy.run("encvoy_client", **SENTRY, token_endpoint_auth_method="none")
    assert not outcome.failed, outcome.msg
    assert encvoy.calls("/oidc/token") == []


# --- Deleted --------------------------------------------------------------------------------------


def test_absent_deletes_once_and_is_then_quiet(encvoy: EncvoyServer) -> None:
    client = encvoy.client()
    predicted = encvoy.run("encvoy_client", check=True, state="absent", **SENTRY)
    assert encvoy.writes() == []
    deleted = encvoy.run("encvoy_client", state="absent", **SENTRY)
    assert predicted["changed"] == deleted["changed"] is True
    assert predicted["diff"] == deleted["diff"]
    assert deleted["diff"]["before"]["client_id"] == client["client_id"]
    assert encvoy.stored(client["client_id"]) is None
    assert not encvoy.run("encvoy_client", state="absent", **SENTRY)["changed"]
    assert not encvoy.run("encvoy_client", state="absent", client_id=client["client_id"])["changed"]


@pytest.mark.parametrize("account", ["manager", "alice"])
@pytest.mark.parametrize("check", [False, True])
def test_absence_is_not_claimed_by_an_account_that_cannot_know(
    encvoy: EncvoyServer, account: str, check: bool
) -> None:
    encvoy.client()
    outcome = encvoy.run("encvoy_client", account, check=check, state="absent", **SENTRY)
    assert outcome.msg.startswith("Could not find out whether the client is absent: the account")
    assert outcome.msg.endswith("That takes the role owner or editor of the system.")


def test_a_record_without_a_secret_is_an_error(encvoy: EncvoyServer) -> None:
    client_id = encvoy.client()["client_id"]
    record = {**encvoy.stored(client_id), "client_secret": None}
    body = json.dumps(record)
    encvoy.server.faults.add("GET", f"{CLIENTS}/{client_id}", "wrong_shape", body=body, times=0)
    outcome = encvoy.run("encvoy_client", **SENTRY)
    assert outcome.msg.startswith(f"Could not read the client {client_id}: the server's answer has")


@pytest.mark.parametrize("body", ["{}", '{"error": "x"}', "[]", "null", '{"client_id": "y"}'])
@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_strange_answer_is_not_taken_for_a_missing_client(
    encvoy: EncvoyServer, state: str, body: str
) -> None:
    client_id = encvoy.client()["client_id"]
    path = f"{CLIENTS}/{client_id}"
    encvoy.server.faults.add("GET", path, "wrong_shape", body=body, times=0)
    outcome = encvoy.run("encvoy_client", client_id=client_id, state=state, **SENTRY)
    assert outcome.msg.startswith(f"Could not read the client {client_id}: ")
    assert encvoy.writes() == []


@pytest.mark.parametrize(
    ("options", "missing"),
    [
        ({"name": "Sentry"}, "domain: needed"),
        ({"client_id": ""}, "client_id: it is empty"),
        ({}, "one of"),
    ],
)
def test_asks_for_what_identifies_the_client(
    encvoy: EncvoyServer, options: dict[str, Any], missing: str
) -> None:
    outcome = encvoy.run("encvoy_client", state="absent", **options)
    assert missing in outcome.msg
    assert encvoy.calls() == []
