# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tests of the Encvoy ID modules need: one simulator for all of them, put back before each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.session import Session
from sandbox.encvoy_id import RunningServer, Settings, running_server
from tests.support.module_runner import Outcome, run_module

PASSWORDS = {
    "root": "sandbox-Owner-1",
    "editor": "sandbox-Editor-1",
    "manager": "sandbox-Manager-1",
    "alice": "sandbox-Alice-1",
}
SENTRY: dict[str, Any] = {
    "name": "Sentry",
    "domain": "https://sentry.example.com",
    "redirect_uris": [
        "https://sentry.example.com/auth/sso/",
        "https://sentry.example.com/auth/sso",
    ],
}
# Seconds. Longer than any answer, on a busy machine too, and shorter than the simulator's patience.
TIMEOUT = 8.0
# Seconds that a request waits in vain that the simulator does not answer.
_MOMENT = 1.0
_TABLES = ("clients", "users", "roles", "consents", "settings", "artifacts")


@dataclass
class EncvoyServer:
    """A running simulator, a token for each account, and the ways in which tests use them."""

    server: RunningServer
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.server.url

    def run(
        self, module: str, /, account: str = "root", check: bool = False, **options: Any
    ) -> Outcome:
        """Run a module with an account's token; options win."""
        defaults = {"url": self.url, "access_token": self.tokens[account], "timeout": TIMEOUT}
        return run_module(module, check=check, **{**defaults, **options})

    def login_options(self, account: str = "root") -> dict[str, Any]:
        return {
            "url": self.url,
            "login": account,
            "password": PASSWORDS[account],
            "timeout": TIMEOUT,
        }

    def client(self, **values: Any) -> dict[str, Any]:
        """A client that is there already, as the server would have made it."""
        system = self.server.settings.system_client_id
        return self.server.store.clients.add({**SENTRY, "parent_id": system, **values})

    def stored(self, client_id: str) -> Any:
        """The record of a client; None when there is none."""
        return self.server.store.clients.get(client_id)

    def sentries(self) -> list[dict[str, Any]]:
        """All clients with the name Sentry."""
        rows = self.server.store.database.rows("SELECT client_id FROM clients")
        clients = [self.stored(row["client_id"]) for row in rows]
        return [client for client in clients if client and client["name"] == "Sentry"]

    def calls(self, prefix: str = "") -> list[str]:
        """The requests since the test began, as ``GET /path``."""
        return [f"{entry.method} {entry.path}" for entry in self.server.requests.entries(prefix)]

    def writes(self) -> list[str]:
        """The requests that could have changed something in the management API."""
        return [call for call in self.calls("/api/v1") if not call.startswith("GET ")]


@contextmanager
def encvoy_server(
    settings: Settings, accounts: Mapping[str, str] = PASSWORDS
) -> Iterator[EncvoyServer]:
    """A simulator with these accounts logged in; by default somebody of each role."""
    with running_server(settings) as server:
        here = EncvoyServer(server)
        for login, password in accounts.items():
            options: dict[str, Any] = {"url": here.url, "login": login, "password": password}
            here.tokens[login] = run_module("encvoy_login", **options)["access_token"]
        server.requests.clear()
        yield here


def impatient(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """Let the requests whose purpose begins with these words wait a moment only.

    They are not answered anyway. All others have time, so that no test depends on how busy the
    machine is.
    """
    once = Session._once

    def once_impatiently(self: Session, purpose: str, request: Any) -> Any:
        if purpose.startswith(what):
            limits = dict.fromkeys(("connect", "read", "write", "pool"), _MOMENT)
            request.extensions = {**request.extensions, "timeout": limits}
        return once(self, purpose, request)

    monkeypatch.setattr(Session, "_once", once_impatiently)


class Snapshot:
    """What a simulator remembers at one moment, and how to return to it."""

    def __init__(self, here: EncvoyServer) -> None:
        self._world = here
        self._database = here.server.store.database
        self._rows = {
            table: [tuple(row) for row in self._database.rows(f"SELECT * FROM {table}")]
            for table in _TABLES
        }

    def restore(self) -> None:
        with self._database.transaction():
            for table, rows in self._rows.items():
                self._database.run(f"DELETE FROM {table}")
                for row in rows:
                    places = ", ".join("?" * len(row))
                    self._database.run(f"INSERT INTO {table} VALUES ({places})", row)
        self._world.server.faults.clear()
        self._world.server.requests.clear()
