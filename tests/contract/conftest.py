# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulator on a local port, with accounts of these tests' own."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from sandbox.encvoy_id import RunningServer, Settings, running_server
from tests.contract.login import code_of, obtain_code, redeem, system_login

PASSWORDS = {
    "root": "sandbox-Owner-1",
    "editor": "sandbox-Editor-1",
    "manager": "sandbox-Manager-1",
    "alice": "sandbox-Alice-1",
    "bob": "sandbox-Bob-1",
}
# Their ids are 1 to 5. The sandbox's accounts may become more without changing a count here.
SEED = {
    "users": [
        {"login": "root", "role": "OWNER", "nickname": "project owner", "claims": ""},
        {"login": "editor", "role": "EDITOR"},
        {"login": "manager", "role": "ADMIN"},
        {
            "login": "alice",
            "email": "alice@example.com",
            "given_name": "Alice",
            "family_name": "Archer",
        },
        {"login": "bob", "email": "bob@example.com", "given_name": "Bob", "family_name": "Baker"},
    ]
}
for _user in SEED["users"]:
    _user["password"] = PASSWORDS[_user["login"]]
HANG_SECONDS = 0.05
# Plain HTTP: loading the system's certificates for every client would take longer than the test.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
CALLBACK = "https://app.example/callback"
# What Sentry needs, and what comes with it.
PUBLIC = "picture nickname email given_name family_name email_verified"
# They pass the management API's rule for URLs, but Node.js takes none of them for a URL.
NO_URLS = [
    "https://app.example:65536/",
    "https://app.example:99999/",
    "https://256.1.1.1",
    "https://256.256.256.256/cb",
    "https://foo.123",
    "https://a.b.c.d.0x1",
    "https://xn--a",
]


class Simulator:
    """A running simulator and the commonest things to do with it."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self.http = self.browser()

    def __enter__(self) -> Simulator:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.http.close()

    def browser(self, **options: Any) -> httpx.Client:
        """An HTTP client with cookies of its own."""
        return httpx.Client(base_url=self.server.url, verify=NO_TLS, timeout=5, **options)

    def api(self, login: str) -> httpx.Client:
        """An HTTP client for the management API, logged in as this person."""
        with self.browser() as browser:
            system = self.server.settings.system_client_id
            domain = self.server.settings.domain
            tokens = system_login(browser, domain, system, login, PASSWORDS[login])
        headers = {"authorization": f"Bearer {tokens['access_token']}"}
        return self.browser(headers=headers)

    def application(self, **fields: Any) -> dict[str, Any]:
        """A registered application."""
        system = self.server.settings.system_client_id
        defaults = {"name": "App", "domain": "https://app.example", "parent_id": system}
        values = defaults | {"redirect_uris": [CALLBACK]} | fields
        return self.server.store.clients.add(values, owner=1)

    def release(self, login: str, claims: str) -> int:
        """Let applications learn these claims about a person; returns the person's id."""
        users = self.server.store.users
        user = users.find("login", login) or {}
        users.update(user["id"], {"public_profile_claims_oauth": f"id {claims}".strip()})
        return int(user["id"])

    def tokens(
        self, client: dict[str, Any], login: str, scope: str, **asked: str
    ) -> dict[str, Any]:
        """What an application gets when a person logs in to it."""
        query = {
            "client_id": client["client_id"],
            "response_type": "code",
            "redirect_uri": CALLBACK,
            "scope": scope,
            **asked,
        }
        with self.browser() as browser:
            code = code_of(obtain_code(browser, query, login, PASSWORDS[login]))
        form = {
            "code": code,
            "redirect_uri": CALLBACK,
            "client_id": client["client_id"],
            "client_secret": client["client_secret"],
        }
        return redeem(self.http, form)

    def claims(self, client: dict[str, Any], login: str, scope: str) -> dict[str, Any]:
        """What userinfo tells an application about a person."""
        tokens = self.tokens(client, login, scope)
        header = {"authorization": f"Bearer {tokens['access_token']}"}
        found: dict[str, Any] = self.http.get("/oidc/me", headers=header).json()
        return found


@pytest.fixture
def start() -> Iterator[Callable[..., Simulator]]:
    """Start simulators with settings of one's own."""
    with ExitStack() as stack:

        def start_one(**settings: Any) -> Simulator:
            defaults: dict[str, Any] = {"hang_seconds": HANG_SECONDS, "seed": SEED}
            server = stack.enter_context(running_server(Settings(**(defaults | settings))))
            return stack.enter_context(Simulator(server))

        yield start_one


@pytest.fixture(scope="session")
def shared_server() -> Iterator[RunningServer]:
    with running_server(Settings(hang_seconds=HANG_SECONDS, seed=SEED)) as server:
        yield server


@pytest.fixture
def simulator(shared_server: RunningServer) -> Iterator[Simulator]:
    """A simulator as it is at its first start."""
    shared_server.reset()
    with Simulator(shared_server) as one:
        yield one
