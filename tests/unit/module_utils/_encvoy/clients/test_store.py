# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""store: which client is meant, and what is asked for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.api import Api
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.clients.store import (
    SEES_ALL,
    Clients,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.credentials import Credentials
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.errors import EncvoyError
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.session import Session, Settings
from tests.support.encvoy_server import SENTRY, EncvoyServer

NAME, DOMAIN = SENTRY["name"], SENTRY["domain"]


@contextmanager
def clients_of(here: EncvoyServer, account: str = "root") -> Iterator[Clients]:
    with Session(Settings(here.url)) as session:
        yield Clients(Api(session, Credentials(session, access_token=here.tokens[account])))


def test_the_server_is_asked_for_exactly_these(encvoy: EncvoyServer) -> None:
    """However many clients there are, the answer has only those that match."""
    client = encvoy.client()
    with clients_of(encvoy) as clients:
        (row,) = clients.find(NAME, DOMAIN)
    assert row["client_id"] == client["client_id"]
    (entry,) = encvoy.server.requests.entries("/api/v1/clients")
    assert json.loads(parse_qs(entry.query)["filter"][0]) == {"name": NAME, "domain": DOMAIN}


def test_what_the_server_adds_is_left_out(encvoy: EncvoyServer) -> None:
    """A server that ignores the filter must not give us somebody else's client."""
    body = json.dumps([{"client_id": "x", "name": "sentry", "domain": DOMAIN}])
    encvoy.server.faults.add("GET", "/api/v1/clients", "wrong_shape", body=body)
    with clients_of(encvoy) as clients:
        assert clients.find(NAME, DOMAIN) == []


def test_the_oldest_is_the_first(encvoy: EncvoyServer) -> None:
    new = encvoy.client(created_at="2026-01-02T00:00:00.000Z")
    old = encvoy.client(created_at="2026-01-01T00:00:00.000Z")
    with clients_of(encvoy) as clients:
        found = [row["client_id"] for row in clients.find(NAME, DOMAIN)]
    assert found == [old["client_id"], new["client_id"]]


@pytest.mark.parametrize("client_id", ["", "../users/me", "a b", "a/b", "é", ".hidden", "a\n"])
def test_what_is_no_id_is_never_sent(encvoy: EncvoyServer, client_id: str) -> None:
    with (
        clients_of(encvoy) as clients,
        pytest.raises(EncvoyError, match="client_id: .* is not an id"),
    ):
        clients.read(client_id)
    assert encvoy.calls() == []


def test_a_missing_client_is_none(encvoy: EncvoyServer) -> None:
    with clients_of(encvoy) as clients:
        assert clients.read("missing") is None
        assert clients.locate(None, NAME, DOMAIN) is None
        with pytest.raises(EncvoyError, match="has just been deleted by something else"):
            clients.must_read("missing")


@pytest.mark.parametrize(
    ("account", "some", "every"),
    [
        ("root", True, True),
        ("editor", True, True),
        ("manager", True, False),
        ("alice", False, False),
    ],
)
def test_who_sees_clients(encvoy: EncvoyServer, account: str, some: bool, every: bool) -> None:
    with clients_of(encvoy, account) as clients:
        for sees, enough in ((None, some), (SEES_ALL, every)):
            arguments = () if sees is None else (sees,)
            if enough:
                clients.require_sight("look", *arguments)
            else:
                with pytest.raises(EncvoyError, match="Could not look: the account has the role"):
                    clients.require_sight("look", *arguments)


@pytest.mark.parametrize(
    ("record", "is_system"),
    [
        ({"client_id": "x", "parent_id": "y", "domain": "{url}"}, False),
        ({"client_id": "x", "parent": {"name": "y"}, "domain": "{url}"}, False),
        ({"client_id": "x", "domain": "{url}/"}, True),
        ({"client_id": "x", "domain": "https://other.example"}, False),
        ({"client_id": "{system}", "domain": None}, True),
    ],
)
def test_the_servers_own_client(
    encvoy: EncvoyServer, record: dict[str, str | None], is_system: bool
) -> None:
    values = {"{url}": encvoy.url, "{system}": encvoy.server.settings.system_client_id}
    filled = dict(record)
    for name, value in record.items():
        for placeholder, text in values.items():
            if isinstance(value, str) and placeholder in value:
                filled[name] = value.replace(placeholder, text)
    with clients_of(encvoy) as clients:
        assert clients.is_system(filled) == is_system
