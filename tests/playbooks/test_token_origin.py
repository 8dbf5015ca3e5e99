# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An access token is sent to nobody but the Encvoy ID that issued it.

Whatever the inventory, the strategy, the order and the failures: two servers listen, and every
header that each of them received is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.encvoy_id import RunningServer, Settings, running_server
from tests.playbooks.conftest import Playbooks

NOBODY = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 9}
PLAY = """
- hosts: sentry
  gather_facts: false
  {keywords}
  roles:
    - encvoy.sentry.sentry_sso
"""


@pytest.fixture
def other() -> Iterator[RunningServer]:
    """A second Encvoy ID, of other people."""
    with running_server(Settings()) as server:
        yield server


def received(server: RunningServer) -> dict[str, set[int | None]]:
    """The Authorization headers that came, each with the statuses that it was answered with."""
    found: dict[str, set[int | None]] = {}
    for entry in server.requests.entries():
        if "authorization" in entry.headers:
            found.setdefault(entry.headers["authorization"], set()).add(entry.status)
    return found


def names_of_clients(server: RunningServer) -> set[str]:
    rows = server.store.database.rows("SELECT client_id FROM clients")
    clients = [server.store.clients.get(row["client_id"]) for row in rows]
    return {client["name"] for client in clients if client}


def every_header(server: RunningServer) -> str:
    return "\n".join(str(entry.headers) for entry in server.requests.entries())


def hosts_of(
    playbooks: Playbooks, one: RunningServer, two: RunningServer
) -> dict[str, dict[str, Any]]:
    """Two accounts of one Encvoy ID and one of the other, in an order that mixes them."""
    return {
        "first": playbooks.host(one, sentry_sso_client_name="first"),
        "second": playbooks.host(two, sentry_sso_client_name="second"),
        "third": playbooks.host(one, login="editor", sentry_sso_client_name="third"),
    }


@pytest.mark.parametrize(
    ("keywords", "first", "arguments"),
    [
        ("", {}, ()),
        ("strategy: free", {}, ()),
        ("serial: 1", {}, ()),
        ("", {"sentry_sso_sentry_dir": "/nowhere"}, ()),
        ("", NOBODY, ()),
        ("", {}, ("--limit=second,third",)),
        ("", {"sentry_sso_encvoy_password": "wrong"}, ()),
    ],
    ids=["linear", "free", "serial", "first fails", "first unreachable", "first limited", "locked"],
)
def test_a_token_goes_to_the_server_that_issued_it(
    playbooks: Playbooks,
    encvoy_id: RunningServer,
    other: RunningServer,
    tmp_path: Path,
    keywords: str,
    first: dict[str, Any],
    arguments: tuple[str, ...],
) -> None:
    play = tmp_path / "play.yml"
    play.write_text(PLAY.format(keywords=keywords))
    hosts = hosts_of(playbooks, encvoy_id, other)
    hosts["first"].update(first)

    run = playbooks.run(str(play), hosts, *arguments, "--tags=sentry_sso_client")

    here, there = received(encvoy_id), received(other)
    assert here
    assert there
    for token in here:
        assert token.split()[1] not in every_header(other)
    for token in there:
        assert token.split()[1] not in every_header(encvoy_id)
    # One that a server does not know is answered 401.
    assert all(401 not in statuses for statuses in [*here.values(), *there.values()])
    made = names_of_clients(other)
    assert "second" in made, run.output
    assert not made & {"first", "third"}
