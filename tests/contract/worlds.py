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


@dataclass
class World:
    """A running simulator, an HTTP client for it, and the variables of its exchanges."""

    server: RunningServer
    http: httpx.Client
    variables: dict[str, Any]
    planted: dict[str, dict[str, Any]] = field(default_factory=dict)

    def plant(self, clients: Mapping[str, Mapping[str, Any]]) -> None:
        """Store clients, each a second younger than the one before; names become variables."""
        for name, fields in clients.items():
            values = fill(dict(fields), self.variables)
            start = values.pop("id", "S")
            # Only letters and digits, as in real ids.
            values["client_id"] = start + re.sub(r"[^a-z0-9]", "", name)
            moment = datetime.now(timezone.utc) + timedelta(seconds=len(self.planted))
            values["created_at"] = moment.isoformat(timespec="milliseconds")[:-6] + "Z"
            values["parent_id"] = self.variables["system"]
            stored = self.server.store.clients.add(values, owner=1)
            self.planted[stored["client_id"]] = values
            self.variables[name] = stored["client_id"]
            self.variables[f"{name}_secret"] = stored["client_secret"]

    def switch_mode(self, mode: Any) -> None:
        """Let the server be in production or development from now on."""
        state = self.server.app.state
        state.settings = replace(state.settings, mode=mode)


@contextmanager
def world(scenario: Mapping[str, Any], certificates: Certificates) -> Iterator[World]:
    """The simulator for one file of exchanges."""
    blocks = [load(FOLDER / "worlds.yml")[name] for name in scenario["world"]]
    people = [user for block in blocks for user in block.get("users", [])]
    settings = Settings(
        seed={"users": [ROOT, *[{"password": PASSWORD, **user} for user in people]]},
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
        built = World(server, http, _variables(server))
        for block in [*blocks, scenario]:
            _build(built, block)
        yield built


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


def _build(world: World, block: Mapping[str, Any]) -> None:
    store, system = world.server.store, world.variables["system"]
    if not world.planted:
        system_client = store.clients.get(system) or {}
        world.planted[system] = {**system_client, "created_at": "<time>"}
    if "system" in block:
        store.clients.update(system, block["system"])
        world.planted[system] |= block["system"]
    defaults = block.get("client_defaults", {})
    clients = block.get("clients", {})
    known = {name: fields for name, fields in clients.items() if name in world.variables}
    world.plant({name: defaults | clients[name] for name in clients if name not in known})
    for name, fields in known.items():
        store.clients.update(world.variables[name], fields)
        world.planted[world.variables[name]] |= fields
    with store.database.transaction():
        for number in range(block.get("more_clients", 0)):
            more = {"name": f"more {number}", "parent_id": system, "client_id": f"Z{number}"}
            store.clients.add(more)
    for pair, scopes in block.get("consents", {}).items():
        login, client = pair.split()
        user = store.users.find("login", login) or {}
        store.users.set_consent(user["id"], world.variables[client], scopes)
    for login, claims in block.get("claims", {}).items():
        user = store.users.find("login", login) or {}
        store.users.update(user["id"], {"public_profile_claims_oauth": claims})
    for login, client_id in block.get("organizations", {}).items():
        user = store.users.find("login", login) or {}
        store.clients.set_role(user["id"], system, "ADMIN")
        store.clients.add_organization(user["id"], world.variables["domain"], client_id)
        world.variables[f"org{user['id']}"] = client_id
