# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""encvoy_client_info: what is there, read to the end, and secrets only when asked for."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.support.encvoy_server import SENTRY, EncvoyServer

CLIENTS = "/api/v1/clients"


def ids(outcome: Any) -> list[str]:
    assert not outcome.failed, outcome.msg
    assert not outcome["changed"]
    return [client["client_id"] for client in outcome["clients"]]


@pytest.fixture
def three(encvoy: EncvoyServer) -> dict[str, str]:
    """The ids of three clients."""
    uris = ["https://other.example.com/cb"]
    return {
        "sentry": encvoy.client(description="Errors of all kinds")["client_id"],
        "twin": encvoy.client(domain="https://eu.example.com")["client_id"],
        "other": encvoy.client(
            name="Other", domain="https://other.example.com", redirect_uris=uris
        )["client_id"],
    }


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"name": "Sentry"}, ["sentry", "twin"]),
        ({"name": "sentry"}, []),
        ({"name": "Sentry", "domain": "https://eu.example.com"}, ["twin"]),
        ({"domain": "https://other.example.com"}, ["other"]),
        ({"redirect_uri": "https://sentry.example.com/auth/sso"}, ["sentry", "twin"]),
        ({"redirect_uri": "https://sentry.example.com/auth"}, []),
        ({"search": "SENTRY"}, ["sentry", "twin"]),
        ({"search": "kinds"}, ["sentry"]),
        ({"search": "example.com", "name": "Other"}, ["other"]),
    ],
)
@pytest.mark.parametrize("details", [True, False])
def test_finds(
    encvoy: EncvoyServer,
    three: dict[str, str],
    options: dict[str, Any],
    found: list[str],
    details: bool,
) -> None:
    outcome = encvoy.run("encvoy_client_info", **options, details=details)
    assert ids(outcome) == sorted(three[name] for name in found)
    assert all(("redirect_uris" in client) == details for client in outcome["clients"])
    assert encvoy.writes() == []


def test_by_id(encvoy: EncvoyServer, three: dict[str, str]) -> None:
    outcome = encvoy.run("encvoy_client_info", client_id=three["twin"])
    assert ids(outcome) == [three["twin"]]
    assert encvoy.calls() == [f"GET {CLIENTS}/{three['twin']}"]
    assert ids(encvoy.run("encvoy_client_info", client_id="doesnotexist")) == []


def test_reads_all_pages_without_the_system_client(encvoy: EncvoyServer) -> None:
    # Made in the same millisecond: sorted by age, the server would lose some between two pages.
    made = {
        encvoy.client(name=f"app {n}", created_at="2026-01-01T00:00:00.000Z")["client_id"]
        for n in range(250)
    }
    found = ids(encvoy.run("encvoy_client_info", details=False, search="app"))
    assert found == sorted(made)
    pages = [parse_qs(entry.query) for entry in encvoy.server.requests.entries(CLIENTS)]
    assert [page["offset"] for page in pages] == [["0"], ["100"], ["200"]]
    assert all(page["sortBy"] == ["client_id"] for page in pages)
    everything = ids(encvoy.run("encvoy_client_info", details=False))
    assert encvoy.server.settings.system_client_id not in everything
    assert made < set(everything)


def test_the_system_client_is_there_for_who_asks_for_it(encvoy: EncvoyServer) -> None:
    system = encvoy.server.settings.system_client_id
    assert ids(encvoy.run("encvoy_client_info", client_id=system)) == [system]


def test_secrets_only_when_asked_for(encvoy: EncvoyServer) -> None:
    secret = encvoy.client()["client_secret"]
    assert secret not in encvoy.run("encvoy_client_info", **name_and_domain()).text
    outcome = encvoy.run("encvoy_client_info", **name_and_domain(), include_secrets=True)
    assert outcome["clients"][0]["client_secret"] == secret


def name_and_domain() -> dict[str, Any]:
    return {name: SENTRY[name] for name in ("name", "domain")}


def test_an_id_excludes_other_conditions(encvoy: EncvoyServer) -> None:
    outcome = encvoy.run("encvoy_client_info", client_id="x", name="y")
    assert "mutually exclusive" in outcome.msg


def test_a_client_that_vanishes_while_reading_is_left_out(encvoy: EncvoyServer) -> None:
    client = encvoy.client()
    gone = '{"rules": []}'
    encvoy.server.faults.add("GET", f"{CLIENTS}/{client['client_id']}", "wrong_shape", body=gone)
    assert ids(encvoy.run("encvoy_client_info", name="Sentry")) == []
