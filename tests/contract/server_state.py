# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulator that knows what the real server knew when the exchanges were recorded."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import yaml

from sandbox.certificates import Certificates
from sandbox.encvoy_id import RunningServer, Settings, running_server
from sandbox.encvoy_id.settings import SYSTEM_CLIENT_SECRET
from tests.contract.templates import fill

FOLDER = Path(__file__).parent
PASSWORD = "contract-Password-1"
HANG_SECONDS = 0.05
ROOT = {
    "login": "root",
    "password": PASSWORD,
    "role": "OWNER",
    "nickname": "project owner",
    "given_name": "firstName",
    "family_name": "lastName",
    "claims": "",
}


def load(path: Path) -> dict[str, Any]:
    """A YAML file."""
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document


RECORDS = load(FOLDER / "records.yml")


@dataclass
class RecordedServer:
    """A running simulator, an HTTP client for it, and what the recordings say that it knows.

    :param variables: what the exchanges may name as ``${name}``.
    :param users: how many accounts there are.
    :param known: client id → in which fields the record differs from a new client's.
    """

    server: RunningServer
    http: httpx.Client
    variables: dict[str, Any]
    users: int
    known: dict[str, dict[str, Any]] = field(default_factory=dict)

    def record(self, client_id: str) -> dict[str, Any]:
        """A client's whole record."""
        new: dict[str, Any] = fill(RECORDS["new client"], self.variables)
        return new | {"client_id": client_id} | self.known.get(client_id, {})

    def parent(self, client_id: str | None) -> dict[str, Any] | None:
        """What a client shows of the one above it."""
        if client_id is None:
            return None
        record = self.record(client_id)
        return {"avatar": record["avatar"], "name": record["name"]}

    def list_item(self, client_id: str) -> dict[str, Any]:
        """A client as a list shows it."""
        record, form = self.record(client_id), RECORDS["list item"]
        users = self.users if client_id == self.variables["system"] else 1
        return {name: record[name] for name in form["shown"]} | {
            **form["added"],
            "parent": self.parent(record["parent_id"]),
            "_count": {"Role": users},
        }

    def seed(self, clients: Mapping[str, Mapping[str, Any]]) -> None:
        """Store clients, each a second younger than the one before; names become variables."""
        for name, fields in clients.items():
            values = fill(dict(fields), self.variables)
            start = values.pop("id", "S")
            # Only letters and digits, as in real ids.
            client_id = start + re.sub(r"[^a-z0-9]", "", name)
            self.add(name, {**values, "client_id": client_id})

    def add(self, name: str, values: dict[str, Any]) -> None:
        """Store one client."""
        moment = datetime.now(timezone.utc) + timedelta(seconds=len(self.known))
        values["created_at"] = moment.isoformat(timespec="milliseconds")[:-6] + "Z"
        values["parent_id"] = self.variables["system"]
        stored = self.server.store.clients.add(values, owner=1)
        self.known[stored["client_id"]] = values
        self.variables[name] = stored["client_id"]
        self.variables[f"{name}_secret"] = stored["client_secret"]

    def change(self, client_id: str, fields: Mapping[str, Any]) -> None:
        """Let a client that is there already have other values."""
        self.server.store.clients.update(client_id, fields)
        self.known[client_id] |= fields

    def switch_mode(self, mode: Any) -> None:
        """Let the server be in production or development from now on."""
        state = self.server.app.state
        state.settings = replace(state.settings, mode=mode)


@contextmanager
def recorded_server(
    scenario: Mapping[str, Any], certificates: Certificates
) -> Iterator[RecordedServer]:
    """The simulator for one file of exchanges."""
    blocks = [load(FOLDER / "server_state.yml")[name] for name in scenario["state"]]
    users = [ROOT]
    for block in blocks:
        users += [{"password": PASSWORD, **user} for user in block.get("users", [])]
    settings = Settings(
        seed={"users": users},
        mode=scenario.get("mode", "production"),
        hang_seconds=HANG_SECONDS,
        certificate=certificates.server,
        private_key=certificates.key,
    )
    context = ssl.create_default_context(cafile=str(certificates.ca))
    with (
        running_server(settings) as server,
        httpx.Client(base_url=server.url, verify=context, timeout=10) as http,
    ):
        recorded = RecordedServer(server, http, _variables(server), len(users))
        system = recorded.variables["system"]
        recorded.known[system] = fill(RECORDS["system client"], recorded.variables)
        for block in [*blocks, scenario]:
            _build(recorded, block)
        yield recorded


def _variables(server: RunningServer) -> dict[str, Any]:
    return {
        "domain": server.url,
        "domain_quoted": quote(server.url, safe=""),
        "system": server.settings.system_client_id,
        "system_secret": SYSTEM_CLIENT_SECRET,
        "password": PASSWORD,
        "state": "st4te",
        "nonce": "n0nce",
    }


def _build(recorded: RecordedServer, block: Mapping[str, Any]) -> None:
    """Let the server know what one building block says."""
    if "system" in block:
        recorded.change(recorded.variables["system"], block["system"])
    _build_clients(recorded, block)
    store = recorded.server.store
    for pair, scopes in block.get("consents", {}).items():
        login, client = pair.split()
        store.users.set_consent(_user_id(recorded, login), recorded.variables[client], scopes)
    for login, claims in block.get("claims", {}).items():
        values = {"public_profile_claims_oauth": claims}
        store.users.update(_user_id(recorded, login), values)
    for login, client_id in block.get("organizations", {}).items():
        user_id = _user_id(recorded, login)
        store.clients.set_role(user_id, recorded.variables["system"], "ADMIN")
        store.clients.add_organization(user_id, recorded.variables["domain"], client_id)
        recorded.variables[f"org{user_id}"] = client_id
        recorded.known[client_id] = fill(RECORDS["organization"], recorded.variables)


def _build_clients(recorded: RecordedServer, block: Mapping[str, Any]) -> None:
    defaults = block.get("client_defaults", {})
    for name, fields in block.get("clients", {}).items():
        if name in recorded.variables:
            recorded.change(recorded.variables[name], fields)
        else:
            recorded.seed({name: defaults | fields})
    with recorded.server.store.database.transaction():
        for number in range(block.get("more_clients", 0)):
            recorded.add(f"more {number}", {"name": f"more {number}", "client_id": f"Z{number}"})


def _user_id(recorded: RecordedServer, login: str) -> int:
    user = recorded.server.store.users.find("login", login)
    assert user is not None, login
    return int(user["id"])
