# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""creation: one client at the end, whatever becomes of requests and of other runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.clients import creation
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.errors import (
    EncvoyError,
    OutcomeUnknown,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.lock import serialized

URL = "https://id.example.com"
BODY = {"name": "Sentry", "domain": "https://sentry.example.com"}


@pytest.fixture(autouse=True)
def lock_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


class FakeClients:
    """Clients whose looks and creations come out as a test says.

    :param looks: what each look finds after the one before the creation, the last one from then on
    :param posts: what each creation gives: an id, or an error
    :param first: what the look before the creation finds
    """

    def __init__(
        self, looks: list[list[str]], posts: list[str | EncvoyError], first: tuple[str, ...] = ()
    ) -> None:
        self.session = SimpleNamespace(settings=SimpleNamespace(url=URL, timeout=0.01))
        self._looks = iter([list(first), *looks[:-1], *[looks[-1]] * 20])
        self._posts = iter(posts)
        self.calls: list[str] = []

    def find(self, _name: str, _domain: str) -> list[dict[str, Any]]:
        self.calls.append("find")
        return [{"client_id": client_id} for client_id in next(self._looks)]

    def post(self, _body: Mapping[str, Any]) -> str:
        self.calls.append("post")
        result = next(self._posts)
        if isinstance(result, EncvoyError):
            raise result
        return result

    def delete(self, client_id: str) -> None:
        self.calls.append(f"delete {client_id}")

    def must_read(self, client_id: str) -> dict[str, Any]:
        return {"client_id": client_id}


LOST = OutcomeUnknown("Lost.")
SILENT = OutcomeUnknown("Silence.", waited=True)


@pytest.mark.parametrize(
    ("looks", "posts", "client_id", "calls"),
    [
        ([["a"]], ["a"], "a", ["post", "find"]),
        # Somebody else was first: the own one goes.
        ([["b", "a"]], ["a"], "b", ["post", "find", "delete a"]),
        # Somebody else was later, and withdraws.
        ([["a", "b"], ["a"]], ["a"], "a", ["post", "find", "find"]),
        # The answer was lost, the client was not.
        ([["a"]], [LOST], "a", ["post", "find", "find"]),
        # Answer and client were lost.
        ([[], [], [], ["a"]], [LOST, "a"], "a", ["post", "find", "find", "find", "post", "find"]),
        # Twice the answer was lost, the second time the client was there.
        ([[], [], [], ["a"]], [LOST, LOST], "a", ["post", *["find"] * 3, "post", "find", "find"]),
        # Nobody can see it yet, so the own id counts.
        ([[]], ["a"], "a", ["post", "find"]),
    ],
)
def test_one_client_at_the_end(
    looks: list[list[str]], posts: list[str | EncvoyError], client_id: str, calls: list[str]
) -> None:
    clients = FakeClients(looks, posts)
    assert creation.create(clients, BODY) == {"client_id": client_id}
    assert clients.calls == ["find", *calls]


def test_what_another_run_of_this_machine_made_meanwhile_is_taken() -> None:
    clients = FakeClients([[]], [], first=("a",))
    assert creation.create(clients, BODY) == {"client_id": "a"}
    assert clients.calls == ["find"]


def test_two_that_others_made_meanwhile_are_waited_for_until_one_withdraws() -> None:
    clients = FakeClients([["a"]], [], first=("a", "b"))
    assert creation.create(clients, BODY) == {"client_id": "a"}
    assert clients.calls == ["find", "find"]


def test_runs_of_this_machine_wait_for_each_other() -> None:
    clients = FakeClients([["a"]], ["a"])
    busy = "other Ansible runs on this machine have been creating it for 0.2 seconds"
    with serialized(f"{URL} {BODY['name']} {BODY['domain']}", 0):
        with pytest.raises(EncvoyError, match=busy):
            creation.create(clients, BODY)
        assert clients.calls == []
        # Another client is none of their business.
        assert creation.create(clients, {**BODY, "name": "Other"}) == {"client_id": "a"}


@pytest.mark.parametrize(
    ("looks", "posts", "says"),
    [
        ([[]], [SILENT], "Silence. No client was created."),
        ([[]], [LOST, LOST], "Lost. No client was created."),
        ([["a", "b"]], ["a"], "Delete all but one, and run again."),
    ],
)
def test_what_cannot_be_settled_is_an_error(
    looks: list[list[str]], posts: list[str | EncvoyError], says: str
) -> None:
    with pytest.raises(EncvoyError) as caught:
        creation.create(FakeClients(looks, posts), BODY)
    assert str(caught.value).endswith(says)


def test_a_client_that_vanishes_is_an_error() -> None:
    with pytest.raises(EncvoyError, match="has just been deleted by something else"):
        creation.create(FakeClients([["a"], []], [LOST]), BODY)
