# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""encvoy_client when answers get lost and when two runs create the same client at the same time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.clients.store import Clients
from tests.conftest import ROOT
from tests.support.encvoy_server import SENTRY, EncvoyServer, impatient

CLIENTS = "/api/v1/clients"


@pytest.mark.parametrize("kind", ["lost_reset", "lost_504", "lost_hang"])
def test_a_create_that_was_done_but_not_answered_is_found(
    encvoy: EncvoyServer, monkeypatch: pytest.MonkeyPatch, kind: Any
) -> None:
    impatient(monkeypatch, "create the client")
    encvoy.server.faults.add("POST", CLIENTS, kind)
    outcome = encvoy.run("encvoy_client", **SENTRY)
    assert not outcome.failed, outcome.msg
    assert [client["client_id"] for client in encvoy.sentries()] == [outcome["client_id"]]
    assert encvoy.writes() == [f"POST {CLIENTS}"]


@pytest.mark.parametrize("kind", ["reset", "empty", "html", "wrong_shape"])
def test_a_create_that_was_not_done_is_sent_again_only_after_a_look(
    encvoy: EncvoyServer, kind: Any
) -> None:
    encvoy.server.faults.add("POST", CLIENTS, kind)
    outcome = encvoy.run("encvoy_client", **SENTRY)
    assert not outcome.failed, outcome.msg
    assert len(encvoy.sentries()) == 1
    calls = encvoy.calls(CLIENTS)
    first, second = (n for n, call in enumerate(calls) if call == f"POST {CLIENTS}")
    assert calls[first + 1 : second] == [f"GET {CLIENTS}"] * 3


def test_a_create_that_is_never_answered_is_not_sent_again(
    encvoy: EncvoyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient(monkeypatch, "create the client")
    encvoy.server.faults.add("POST", CLIENTS, "hang")
    outcome = encvoy.run("encvoy_client", **SENTRY)
    assert "Could not create the client 'Sentry': no answer" in outcome.msg
    assert "No client was created." in outcome.msg
    assert encvoy.writes() == [f"POST {CLIENTS}"]
    assert not encvoy.run("encvoy_client", **SENTRY).failed


def test_a_create_that_fails_twice_leaves_nothing(encvoy: EncvoyServer) -> None:
    encvoy.server.faults.add("POST", CLIENTS, "reset", times=0)
    outcome = encvoy.run("encvoy_client", **SENTRY)
    assert "No client was created." in outcome.msg
    assert encvoy.sentries() == []
    assert encvoy.writes() == [f"POST {CLIENTS}"] * 2


def test_a_row_that_appears_late_is_not_doubled(
    encvoy: EncvoyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first create takes effect only after its connection broke and the second was sent."""
    post = Clients.post

    def post_twice(self: Clients, body: dict[str, Any]) -> Any:
        encvoy.client(created_at="2020-01-01T00:00:00.000Z")
        return post(self, body)

    monkeypatch.setattr(Clients, "post", post_twice)
    outcome = encvoy.run("encvoy_client", **SENTRY)
    assert [client["client_id"] for client in encvoy.sentries()] == [outcome["client_id"]]
    assert encvoy.sentries()[0]["created_at"] == "2020-01-01T00:00:00.000Z"


# --- Two controllers ------------------------------------------------------------------------------


def at_the_next_look(
    monkeypatch: pytest.MonkeyPatch, act: Callable[[], object], nth: int = 1
) -> None:
    """Do something between the creation and the look that follows it (or the one after that)."""
    find, seen = Clients.find, {"created": False, "looks": 0}
    post = Clients.post

    def watched_post(self: Clients, body: dict[str, Any]) -> Any:
        client_id = post(self, body)
        seen["created"] = True
        return client_id

    def watched_find(self: Clients, name: str, domain: str) -> Any:
        if seen["created"]:
            seen["looks"] += 1
            if seen["looks"] == nth:
                act()
        return find(self, name, domain)

    monkeypatch.setattr(Clients, "post", watched_post)
    monkeypatch.setattr(Clients, "find", watched_find)


def test_who_was_later_withdraws_and_takes_the_other_client(
    encvoy: EncvoyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    other: list[dict[str, Any]] = []
    at_the_next_look(
        monkeypatch,
        lambda: other.append(encvoy.client(created_at="2020-01-01T00:00:00.000Z")),
    )
    outcome = encvoy.run("encvoy_client", **SENTRY)
    assert outcome["client_id"] == other[0]["client_id"]
    assert outcome["client_secret"] == other[0]["client_secret"]
    assert [client["client_id"] for client in encvoy.sentries()] == [other[0]["client_id"]]


def test_who_was_first_waits_for_the_other_to_withdraw(
    encvoy: EncvoyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = "2099-01-01T00:00:00.000Z"
    at_the_next_look(monkeypatch, lambda: encvoy.client(client_id="zzz", created_at=later))
    find = Clients.find

    def find_until_withdrawn(self: Clients, name: str, domain: str) -> Any:
        rows = find(self, name, domain)
        if len(rows) == 2:
            encvoy.server.store.database.run("DELETE FROM clients WHERE client_id = 'zzz'")
        return rows

    monkeypatch.setattr(Clients, "find", find_until_withdrawn)
    outcome = encvoy.run("encvoy_client", **SENTRY)
    assert not outcome.failed, outcome.msg
    assert [client["client_id"] for client in encvoy.sentries()] == [outcome["client_id"]]


def test_two_that_stay_are_an_error_that_names_both(
    encvoy: EncvoyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_the_next_look(
        monkeypatch, lambda: encvoy.client(client_id="zzz", created_at="2099-01-01T00:00:00.000Z")
    )
    outcome = encvoy.run("encvoy_client", **SENTRY)
    assert outcome.failed
    for client in encvoy.sentries():
        assert client["client_id"] in outcome.msg
    assert "Delete all but one" in outcome.msg


def test_the_same_moment_is_decided_by_the_id(
    encvoy: EncvoyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever looks sees the same order, so exactly one of two withdraws."""

    def double() -> None:
        (mine,) = encvoy.sentries()
        encvoy.client(client_id="0000", created_at=mine["created_at"])

    at_the_next_look(monkeypatch, double)
    assert encvoy.run("encvoy_client", **SENTRY)["client_id"] == "0000"


# A run that creates the client only when the other one has looked for it in vain, too.
# Its third argument says what of Clients waits for the other: ``post``, which is the creation, or
# ``require_sight``, which comes after the first look.
RUN = """
import json, pathlib, sys, time
import tests.conftest
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.clients import creation
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.clients.store import Clients
from tests.support.module_runner import run_module

creation.LOOKS = (0.1,) * 600
mine, other = (pathlib.Path(path) for path in sys.argv[1:3])
step = getattr(Clients, sys.argv[3])

def when_both_have_looked(self, *arguments):
    mine.touch()
    while not other.exists():
        time.sleep(0.01)
    return step(self, *arguments)

setattr(Clients, sys.argv[3], when_both_have_looked)
print(run_module("encvoy_client", **json.load(sys.stdin))["client_id"])
"""


def two_runs(encvoy: EncvoyServer, tmp_path: Path, waits: str, caches: list[str]) -> set[str]:
    """Let two real processes create the same client at once; return the ids that they end with.

    :param caches: the folder of each one's locks
    """
    options: dict[str, Any] = {"url": encvoy.url, "access_token": encvoy.tokens["root"], **SENTRY}
    ready = [str(tmp_path / f"ready-{number}") for number in range(2)]
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", RUN, mine, other, waits],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / cache)},
        )
        for mine, other, cache in zip(ready, ready[::-1], caches)
    ]
    with ThreadPoolExecutor(2) as pool:
        outputs = pool.map(lambda one: one.communicate(json.dumps(options), 120)[0], runs)
        answers = {output.strip() for output in outputs}
    assert [run.returncode for run in runs] == [0, 0]
    return answers


def test_two_controllers_at_once_end_with_one_client(encvoy: EncvoyServer, tmp_path: Path) -> None:
    answers = two_runs(encvoy, tmp_path, waits="post", caches=["one", "other"])
    assert encvoy.writes().count(f"POST {CLIENTS}") == 2
    assert {client["client_id"] for client in encvoy.sentries()} == answers
    assert len(answers) == 1


def test_two_hosts_of_one_run_create_one_client_once(encvoy: EncvoyServer, tmp_path: Path) -> None:
    answers = two_runs(encvoy, tmp_path, waits="require_sight", caches=["same", "same"])
    assert encvoy.writes().count(f"POST {CLIENTS}") == 1
    assert {client["client_id"] for client in encvoy.sentries()} == answers
    assert len(answers) == 1


# --- Changes and deletions ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["lost_reset", "lost_504", "lost_hang", "html", "reset_body"])
def test_a_lost_answer_to_a_change_is_settled_by_reading(
    encvoy: EncvoyServer, monkeypatch: pytest.MonkeyPatch, kind: Any
) -> None:
    impatient(monkeypatch, "change the client")
    client_id = encvoy.client()["client_id"]
    encvoy.server.faults.add("PUT", f"{CLIENTS}/.*", kind)
    outcome = encvoy.run("encvoy_client", **SENTRY, access_token_ttl=600)
    if kind == "html":
        # Nothing was done, and nobody says so: only the client itself does.
        assert "The client was not changed" in outcome.msg
    else:
        assert not outcome.failed, outcome.msg
        assert encvoy.stored(client_id)["access_token_ttl"] == 600


@pytest.mark.parametrize("kind", ["lost_reset", "lost_504", "lost_hang"])
def test_a_lost_answer_to_a_deletion_is_settled_by_reading(
    encvoy: EncvoyServer, monkeypatch: pytest.MonkeyPatch, kind: Any
) -> None:
    impatient(monkeypatch, "delete the client")
    encvoy.client()
    encvoy.server.faults.add("DELETE", f"{CLIENTS}/.*", kind)
    outcome = encvoy.run("encvoy_client", **SENTRY, state="absent")
    assert not outcome.failed, outcome.msg
    assert encvoy.sentries() == []


def test_a_client_that_vanishes_before_its_change_is_an_error(
    encvoy: EncvoyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    client_id = encvoy.client()["client_id"]
    update = Clients.update

    def vanish_first(self: Clients, *arguments: Any) -> Any:
        encvoy.server.store.database.run("DELETE FROM clients WHERE client_id = ?", (client_id,))
        return update(self, *arguments)

    monkeypatch.setattr(Clients, "update", vanish_first)
    impatient(monkeypatch, "change the client")
    outcome = encvoy.run("encvoy_client", **SENTRY, access_token_ttl=600)
    assert "deleted by something else" in outcome.msg
