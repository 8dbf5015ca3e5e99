"""encvoy_client: one client's life, read from top to bottom."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.encvoy_server import SENTRY, World

CLIENTS = "/api/v1/clients"


# --- Created --------------------------------------------------------------------------------------


def test_creates_and_then_changes_nothing(encvoy: World) -> None:
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


def test_check_mode_says_what_a_run_would_do(encvoy: World) -> None:
    predicted = encvoy.run("encvoy_client", check=True, **SENTRY, access_token_ttl=600)
    assert encvoy.writes() == []
    assert (predicted["client_id"], predicted["client_secret"]) == (None, None)
    assert predicted["client"]["redirect_uris"] == SENTRY["redirect_uris"]

    real = encvoy.run("encvoy_client", **SENTRY, access_token_ttl=600)
    assert predicted["diff"] == real["diff"]
    assert predicted["changed"] == real["changed"] is True


def test_fields_that_only_put_accepts_follow_the_creation(encvoy: World) -> None:
    options: dict[str, Any] = {
        "access_token_ttl": 600,
        "refresh_token_ttl": 7200,
        "client_secret": "correct horse battery staple",
        "mini_widget": True,
        "widget_title": "Welcome",
        "widget_colors": {"button_color": "#123456"},
        "cover_mode": "REPLACE",
        "required_providers_ids": ["1"],
        "hide_widget_footer": True,
    }
    created = encvoy.run("encvoy_client", **SENTRY, **options)
    stored = encvoy.stored(created["client_id"])
    assert {name: stored[name] for name in options} == {
        **options,
        "widget_colors": {"font_color": "#fff", "link_color": "#000", "button_color": "#123456"},
    }
    assert created["client_secret"] == "correct horse battery staple"
    assert not encvoy.run("encvoy_client", **SENTRY, **options)["changed"]


def test_an_interruption_after_the_creation_is_finished_by_the_next_run(encvoy: World) -> None:
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


def test_a_native_application_with_its_own_scheme_works(encvoy: World) -> None:
    """Its default logout URI would be the text "null", which breaks the client."""
    options = {**SENTRY, "redirect_uris": ["com.example.app://cb"], "application_type": "native"}
    created = encvoy.run("encvoy_client", **options)
    assert not created.failed, created.msg
    assert encvoy.stored(created["client_id"])["post_logout_redirect_uris"] == []
    assert not encvoy.run("encvoy_client", **options)["changed"]


def test_needs_redirect_uris_to_create(encvoy: World) -> None:
    outcome = encvoy.run("encvoy_client", name="Sentry", domain="https://sentry.example.com")
    assert outcome.msg == "redirect_uris: needed to create a client, and not given."


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
def test_any_name_is_found_again(encvoy: World, name: str) -> None:
    options = {**SENTRY, "name": name}
    created = encvoy.run("encvoy_client", **options)
    assert created["client"]["name"] == name
    assert not encvoy.run("encvoy_client", **options)["changed"]


# --- Found ----------------------------------------------------------------------------------------


def test_two_requests_when_nothing_changes(encvoy: World) -> None:
    client = encvoy.client()
    for number in range(120):
        encvoy.client(name=f"other {number}")
    encvoy.run("encvoy_client", **SENTRY)
    assert encvoy.calls(CLIENTS) == [f"GET {CLIENTS}", f"GET {CLIENTS}/{client['client_id']}"]


def test_one_request_when_nothing_changes_and_the_id_is_given(encvoy: World) -> None:
    client = encvoy.client()
    encvoy.run("encvoy_client", client_id=client["client_id"], **SENTRY)
    assert encvoy.calls() == [f"GET {CLIENTS}/{client['client_id']}"]


def test_several_matches_are_an_error_that_lists_them(encvoy: World) -> None:
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
    encvoy: World, difference: dict[str, str]
) -> None:
    other = encvoy.client(**difference)
    outcome = encvoy.run("encvoy_client", **SENTRY)
    assert outcome["client_id"] != other["client_id"]
    assert any(other["client_id"] in warning for warning in outcome.warnings)


def test_a_renamed_client_is_adopted_by_its_id(encvoy: World) -> None:
    client = encvoy.client(name="Sentry EU")
    outcome = encvoy.run("encvoy_client", client_id=client["client_id"], **SENTRY)
    assert outcome["diff"] == {"before": {"name": "Sentry EU"}, "after": {"name": "Sentry"}}
    assert encvoy.stored(client["client_id"])["name"] == "Sentry"
    assert len(encvoy.sentries()) == 1


@pytest.mark.parametrize("change", [str.lower, lambda _id: "../users/me", lambda _id: "white-list"])
def test_an_id_that_does_not_exist_cannot_be_created(encvoy: World, change: Any) -> None:
    client_id = change(encvoy.client()["client_id"])
    outcome = encvoy.run("encvoy_client", client_id=client_id, **SENTRY)
    assert outcome.failed
    assert "client_id" in outcome.msg
    assert encvoy.writes() == []


def test_the_system_client_is_left_alone(encvoy: World) -> None:
    system = encvoy.server.settings.system_client_id
    for state in ("present", "absent"):
        outcome = encvoy.run("encvoy_client", client_id=system, description="x", state=state)
        assert "the server's own" in outcome.msg
    assert encvoy.writes() == []


# --- Changed --------------------------------------------------------------------------------------


def test_sends_only_what_differs_and_leaves_the_rest_alone(encvoy: World) -> None:
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
        ({"widget_colors": {"font_color": "#FFF"}}, {"widget_colors": {"font_color": "#fff"}}),
    ],
)  # fmt: skip
def test_the_same_in_other_words_is_no_change(
    encvoy: World, stored: dict[str, Any], options: dict[str, Any]
) -> None:
    encvoy.client(**stored)
    assert not encvoy.run("encvoy_client", **{**SENTRY, **options})["changed"]


def test_redirect_uris_are_exact_or_appended(encvoy: World) -> None:
    old, new = "https://sentry.example.com/old", "https://sentry.example.com/new"
    client_id = encvoy.client(redirect_uris=[old])["client_id"]
    options = {**SENTRY, "redirect_uris": [new]}

    for _run in range(2):
        encvoy.run("encvoy_client", **options, redirect_uris_mode="append")
        assert encvoy.stored(client_id)["redirect_uris"] == [old, new]
    assert not encvoy.run("encvoy_client", **options, redirect_uris_mode="append")["changed"]

    encvoy.run("encvoy_client", **options)
    assert encvoy.stored(client_id)["redirect_uris"] == [new]


def test_an_unknown_type_is_never_sent(encvoy: World) -> None:
    encvoy.client()
    types = '[{"id": "t1", "name": "Internal"}]'
    encvoy.server.faults.add("GET", "/api/v1/settings/client_types", "wrong_shape", body=types)
    outcome = encvoy.run("encvoy_client", **SENTRY, type_id="nope")
    assert "type_id: 'nope' does not exist. The server has: t1 (Internal)." in outcome.msg
    assert encvoy.writes() == []


# --- The secret -----------------------------------------------------------------------------------


@pytest.mark.parametrize("check", [False, True])
def test_a_secret_that_is_not_new_is_returned_only_when_asked_for(
    encvoy: World, check: bool
) -> None:
    secret = encvoy.client()["client_secret"]
    for options in ({}, {"description": "x"}):
        outcome = encvoy.run("encvoy_client", check=check, **SENTRY, **options)
        assert outcome["client_secret"] is None
        assert secret not in outcome.text
    asked = encvoy.run("encvoy_client", check=check, **SENTRY, include_secret=True)
    assert asked["client_secret"] == secret


def test_rotates_the_secret_and_proves_it(encvoy: World) -> None:
    client = encvoy.client()
    outcome = encvoy.run("encvoy_client", **SENTRY, rotate_secret=True)
    assert outcome["client_secret"] != client["client_secret"]
    assert len(outcome["client_secret"]) == 87
    assert encvoy.stored(client["client_id"])["client_secret"] == outcome["client_secret"]
    assert outcome["diff"]["before"] != outcome["diff"]["after"]
    assert outcome["client_secret"] not in str(outcome["diff"])
    # With the new one and with the old one.
    assert encvoy.calls("/oidc/token") == ["POST /oidc/token"] * 2


def test_rotation_in_check_mode_does_not_know_the_secret(encvoy: World) -> None:
    encvoy.client()
    outcome = encvoy.run("encvoy_client", check=True, **SENTRY, rotate_secret=True)
    assert outcome["changed"]
    assert outcome["client_secret"] is None
    assert encvoy.writes() == []


def test_a_new_client_is_not_rotated_as_well(encvoy: World) -> None:
    encvoy.run("encvoy_client", **SENTRY, rotate_secret=True)
    assert encvoy.writes() == [f"POST {CLIENTS}"]


def test_a_rotation_that_does_not_take_effect_is_an_error(encvoy: World) -> None:
    encvoy.client()
    accepted = '{"error": "invalid_grant"}'
    encvoy.server.faults.add("POST", "/oidc/token", "status", status=400, body=accepted, nth=2)
    outcome = encvoy.run("encvoy_client", **SENTRY, rotate_secret=True)
    assert outcome.failed
    assert "still accepts the old secret" in outcome.msg


@pytest.mark.parametrize(
    "secret", ["x", "with space inside", "sym!#$%&*()+,/:;=?@[]~'\"\\{{ }}", "s" * 255]
)
def test_sets_a_given_secret_and_returns_it_in_clear(encvoy: World, secret: str) -> None:
    encvoy.client()
    outcome = encvoy.run("encvoy_client", **SENTRY, client_secret=secret)
    assert outcome["client_secret"] == secret
    assert outcome["changed"]
    assert not encvoy.run("encvoy_client", **SENTRY, client_secret=secret)["changed"]


def test_secret_and_rotation_exclude_each_other(encvoy: World) -> None:
    outcome = encvoy.run("encvoy_client", **SENTRY, client_secret="x", rotate_secret=True)
    assert "mutually exclusive" in outcome.msg


# --- Proved ---------------------------------------------------------------------------------------


def test_a_client_that_the_oidc_side_rejects_is_reported_with_the_reason(encvoy: World) -> None:
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


def test_an_error_in_the_redirect_is_a_rejection_too(encvoy: World) -> None:
    """So does the OIDC side report what it finds only after it has accepted the redirect URI."""
    refused = {"location": "https://sentry.example.com/auth/sso/#error=unsupported_response_type"}
    encvoy.server.faults.add("GET", "/oidc/auth", "status", status=303, headers=refused, times=0)
    outcome = encvoy.run("encvoy_client", **SENTRY)
    assert "is refused (unsupported_response_type)" in outcome.msg


def test_no_probe_without_a_change(encvoy: World) -> None:
    encvoy.client()
    encvoy.run("encvoy_client", **SENTRY)
    assert encvoy.calls("/oidc") == []


def test_a_probe_that_cannot_be_made_is_a_warning(encvoy: World) -> None:
    encvoy.server.faults.add("GET", "/oidc/auth", "status", status=502, times=0)
    outcome = encvoy.run("encvoy_client", **SENTRY)
    assert not outcome.failed
    assert any("could not be proved" in warning for warning in outcome.warnings)


def test_a_client_without_secret_is_proved_without_one(encvoy: World) -> None:
    outcome = encvoy.run("encvoy_client", **SENTRY, token_endpoint_auth_method="none")
    assert not outcome.failed, outcome.msg
    assert encvoy.calls("/oidc/token") == []


# --- Deleted --------------------------------------------------------------------------------------


def test_absent_deletes_once_and_is_then_quiet(encvoy: World) -> None:
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
    encvoy: World, account: str, check: bool
) -> None:
    encvoy.client()
    outcome = encvoy.run("encvoy_client", account, check=check, state="absent", **SENTRY)
    assert outcome.msg.startswith("Could not find out whether the client is absent: the account")
    assert outcome.msg.endswith("That takes owner or editor of the system.")


@pytest.mark.parametrize("body", ["{}", '{"error": "x"}', "[]", "null", '{"client_id": "y"}'])
@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_strange_answer_is_not_taken_for_a_missing_client(
    encvoy: World, state: str, body: str
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
    encvoy: World, options: dict[str, str], missing: str
) -> None:
    outcome = encvoy.run("encvoy_client", state="absent", **options)
    assert missing in outcome.msg
    assert encvoy.calls() == []
