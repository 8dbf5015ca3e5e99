# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the management API accepts of a client, beyond the recorded exchanges."""

from __future__ import annotations

import json

import pytest

from sandbox.encvoy_id.management.origins import origin
from sandbox.encvoy_id.management.validation import URL
from sandbox.encvoy_id.web.never_answered import NeverAnswered
from tests.contract.conftest import CALLBACK, NO_URLS, Simulator

LISTED = "/api/v1/clients"


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example",
        "https://localhost",
        "https://localhost:3000/x",
        "https://127.0.0.1:8443",
        "https://intranet",
        "https://user:secret@a.example/",
        "https://a.example?x=1",
        "https://a.example/#part",
        "https://ünï.example/cb",
        "com.example.app://cb",
        "https://a-b.example.",
    ],
)
def test_urls_that_are_accepted(url: str) -> None:
    assert URL.fullmatch(url)


@pytest.mark.parametrize(
    "url",
    [
        "a.example",
        "HTTPS://a.example",
        "https://A.example",
        "https://a_b.example",
        "https://[::1]/",
        "https://a.example:1",
        "https://a.example:123456",
        "https://a.example/a b",
        "myapp:/x",
        "https://*.example",
        "https://-a.example",
        "https://",
    ],
)
def test_urls_that_are_refused(url: str) -> None:
    assert not URL.fullmatch(url)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example/x?y#z", "https://a.example"),
        ("https://a.example:443/", "https://a.example"),
        ("http://a.example:443/", "http://a.example:443"),
        ("https://user@a.example/", "https://a.example"),
        ("com.example.app://cb", "null"),
    ],
)
def test_origins(url: str, expected: str) -> None:
    assert origin(url) == expected


@pytest.mark.parametrize("url", ["", "nothing", "https://", "https://a.example:99999/"])
def test_what_is_no_url_has_no_origin(url: str) -> None:
    with pytest.raises(NeverAnswered):
        origin(url)


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({"name": "One"}, ["One"]),
        ({"name": {"contains": "ne"}}, ["One"]),
        ({"name": {"startsWith": "tw", "mode": "insensitive"}}, ["Two"]),
        ({"name": {"not": "One"}}, ["Three", "Two"]),
        ({"name": {"notIn": ["One", "Two"]}}, ["Three"]),
        ({"name": "One", "domain": "https://two.example"}, []),
        ({"NOT": {"name": "One"}}, ["Three", "Two"]),
        ({"AND": [{"name": {"in": ["One", "Two"]}}, {"catalog": True}]}, ["Two"]),
        ({"redirect_uris": {"isEmpty": True}}, ["Three"]),
        ({"redirect_uris": {"hasSome": ["https://one.example/b", "x"]}}, ["One"]),
        ({"redirect_uris": {"hasEvery": ["https://one.example/b", "x"]}}, []),
        ({"redirect_uris": ["https://one.example/a", "https://one.example/b"]}, ["One"]),
        ({"redirect_uris": ["https://one.example/b", "https://one.example/a"]}, []),
        ({"access_token_ttl": {"gt": 1800}}, ["Two"]),
    ],
)
def test_filters(simulator: Simulator, where: dict[str, object], found: list[str]) -> None:
    _three_clients(simulator)
    asked = {"AND": [where, {"name": {"in": ["One", "Two", "Three"]}}]}
    with simulator.api("root") as api:
        answer = api.get(LISTED, params={"filter": json.dumps(asked)})
    assert sorted(item["name"] for item in answer.json()) == found


@pytest.mark.parametrize(
    "where",
    [
        {"name": 5},
        {"client_id": None},
        {"name": {"like": "x"}},
        {"redirect_uris": {"has": 1}},
        {"catalog": "true"},
        {"AND": ["x"]},
    ],
)
def test_filters_that_the_database_refuses_are_never_answered(
    simulator: Simulator, where: dict[str, object]
) -> None:
    with simulator.api("root") as api:
        assert api.get(LISTED, params={"filter": json.dumps(where)}).status_code == 504


def test_equal_rows_come_in_another_order_every_time(simulator: Simulator) -> None:
    for number in range(20):
        simulator.application(name="same", domain=f"https://{number}.example")
    asked = {"sortBy": "name", "sortDirection": "asc", "search": "same"}
    with simulator.api("root") as api:
        orders = {
            tuple(item["domain"] for item in api.get(LISTED, params=asked).json())
            for _ in range(10)
        }
    assert len(orders) > 1


def test_a_client_below_an_organization_goes_with_it(simulator: Simulator) -> None:
    with simulator.api("manager") as manager:
        body = {"name": "theirs", "domain": "https://t.example", "redirect_uris": []}
        created = manager.post(LISTED, json=body).json()["client_id"]
        organization = manager.get(f"{LISTED}/{created}").json()["parent_id"]
    with simulator.api("root") as api:
        api.delete(f"{LISTED}/{organization}")
        assert api.get(f"{LISTED}/{created}").json() == {"rules": []}


@pytest.mark.parametrize("uri", [*NO_URLS, "https://app.example/\0"])
def test_what_is_no_url_is_never_answered_in_a_new_client(simulator: Simulator, uri: str) -> None:
    body = {"name": "n", "domain": "https://n.example", "redirect_uris": [CALLBACK, uri]}
    with simulator.api("root") as api:
        assert api.post(LISTED, json=body).status_code == 504
        assert api.get(LISTED, params={"search": "n.example"}).json() == []


@pytest.mark.parametrize("uri", NO_URLS)
def test_what_is_no_url_is_stored_in_a_changed_client(simulator: Simulator, uri: str) -> None:
    client_id = simulator.application()["client_id"]
    with simulator.api("root") as api:
        for field in ("redirect_uris", "post_logout_redirect_uris"):
            answer = api.put(f"{LISTED}/{client_id}", json={field: [CALLBACK, uri]})
            assert (answer.status_code, answer.json()[field]) == (200, [CALLBACK, uri])


@pytest.mark.parametrize(
    "change",
    [
        {"redirect_uris": ["https://app.example/\0"]},
        {"description": "a\0b"},
        {"widget_colors": {"button_color": "\0"}},
    ],
)
def test_the_database_takes_no_zero_byte(simulator: Simulator, change: dict[str, object]) -> None:
    client = simulator.application()
    with simulator.api("root") as api:
        assert api.put(f"{LISTED}/{client['client_id']}", json=change).status_code == 504
    assert simulator.server.store.clients.get(client["client_id"]) == client


def test_a_host_label_may_be_longer_than_the_domain_name_system_allows(
    simulator: Simulator,
) -> None:
    uri = f"https://{'a' * 64}.example/cb"
    body = {"name": "n", "domain": "https://n.example", "redirect_uris": [uri]}
    with simulator.api("root") as api:
        created = api.post(LISTED, json=body).json()["client_id"]
        whole = api.get(f"{LISTED}/{created}").json()
    assert whole["post_logout_redirect_uris"] == [f"https://{'a' * 64}.example"]


@pytest.mark.parametrize(
    ("name", "status"),
    [("\ufeffx", 400), ("\u3000x", 400), ("\x1cx", 201), ("\x85x", 201), ("\u200bx", 201)],
)
def test_white_space_is_what_javascript_calls_so(
    simulator: Simulator, name: str, status: int
) -> None:
    body = {"name": name, "domain": "https://n.example", "redirect_uris": []}
    with simulator.api("root") as api:
        assert api.post(LISTED, json=body).status_code == status


def test_colors_may_be_null(simulator: Simulator) -> None:
    client_id = simulator.application()["client_id"]
    with simulator.api("root") as api:
        answer = api.put(f"{LISTED}/{client_id}", json={"widget_colors": None})
        assert (answer.status_code, answer.json()["widget_colors"]) == (200, None)
    query = {"client_id": client_id, "response_type": "code", "scope": "openid"}
    assert simulator.http.get("/oidc/auth", params=query, follow_redirects=True).status_code == 200


@pytest.mark.parametrize(
    ("asked", "status"),
    [({"sortBy": "zzz"}, 200), ({"sortBy": "zzz", "sortDirection": "asc"}, 504)],
)
def test_an_unknown_sort_field_matters_only_with_a_direction(
    simulator: Simulator, asked: dict[str, str], status: int
) -> None:
    with simulator.api("root") as api:
        assert api.get(LISTED, params=asked).status_code == status


def test_null_in_a_new_client_means_the_default_only_for_grant_types(simulator: Simulator) -> None:
    body = {"name": "n", "domain": "https://n.example", "redirect_uris": []}
    with simulator.api("root") as api:
        created = api.post(LISTED, json=body | {"grant_types": None}).json()["client_id"]
        whole = api.get(f"{LISTED}/{created}").json()
        assert whole["grant_types"] == ["authorization_code", "refresh_token"]
        assert api.post(LISTED, json=body | {"catalog": None}).status_code == 504


def _three_clients(simulator: Simulator) -> None:
    uris = ["https://one.example/a", "https://one.example/b"]
    simulator.application(name="One", domain="https://one.example", redirect_uris=uris)
    simulator.application(
        name="Two", domain="https://two.example", catalog=True, access_token_ttl=7200
    )
    simulator.application(name="Three", domain=None, redirect_uris=[])
