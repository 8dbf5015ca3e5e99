# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends the requests of a file of exchanges and notes how each answer differs."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.contract.expectations import problems_of
from tests.contract.login import system_login
from tests.contract.server_state import RecordedServer
from tests.contract.templates import fill


@dataclass
class Replayed:
    """One recorded title, and everything in which an answer to it was different."""

    title: str
    problems: list[str] = field(default_factory=list)


class Replay:
    """One run through a scenario; variables that it meets on the way stay for later requests."""

    def __init__(self, recorded: RecordedServer) -> None:
        self.recorded = recorded
        self._tokens: dict[str, str] = {}

    def run(self, steps: list[dict[str, Any]]) -> list[Replayed]:
        """Carry out all steps, also after one that went wrong."""
        results = []
        for step in steps:
            replayed = Replayed(step.get("title", "(in between)"))
            try:
                self._step(step, replayed)
            except (httpx.HTTPError, KeyError, ValueError) as error:
                replayed.problems.append(f"{type(error).__name__}: {error}")
            if "title" in step or replayed.problems:
                results.append(replayed)
        return results

    def _step(self, step: Mapping[str, Any], replayed: Replayed) -> None:
        self.recorded.http.cookies.clear()
        self._fresh_verifier()
        if "mode" in step:
            self.recorded.switch_mode(step["mode"])
        elif "seed" in step:
            self.recorded.seed(step["seed"])
        elif "log_in" in step:
            self.log_in(step["log_in"], step.get("scope", "openid"))
            if step.get("then") == "log out":
                self._log_out()
        elif step.get("after") == "login page":
            self._open_login()
        for exchange in step.get("exchanges", [step] if "request" in step else []):
            replayed.problems += self._exchange(exchange)

    def _fresh_verifier(self) -> None:
        verifier = secrets.token_urlsafe(48)
        digest = hashlib.sha256(verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        self.recorded.variables |= {"verifier": verifier, "challenge": challenge}

    def _exchange(self, exchange: Mapping[str, Any]) -> list[str]:
        response, seconds = self._send(exchange)
        problems = problems_of(exchange, response, seconds, self.recorded)
        self._learn(exchange, response)
        method, path = exchange["request"].split(" ", 1)
        return [f"{method} {path}: {problem}" for problem in problems]

    def _send(self, exchange: Mapping[str, Any]) -> tuple[httpx.Response, float]:
        asked = fill(dict(exchange), self.recorded.variables)
        method, path = asked["request"].split(" ", 1)
        if asked.get("cookies_sent") is False:
            self.recorded.http.cookies.clear()
        headers = self._headers(asked, path)
        started = time.monotonic()
        response = self.recorded.http.request(
            method,
            path,
            params=asked.get("query"),
            headers=headers,
            json=asked.get("json"),
            data=asked.get("form"),
            content=asked.get("text"),
        )
        return response, time.monotonic() - started

    def _headers(self, asked: Mapping[str, Any], path: str) -> dict[str, str]:
        headers: dict[str, str] = dict(asked.get("headers", {}))
        if "type_sent" in asked:
            headers["content-type"] = asked["type_sent"]
        if "basic" in asked:
            pair = ":".join(asked["basic"])
            headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        if "authorization" in headers or asked.get("as") == "nobody":
            return headers
        if "bearer" in asked:
            headers["authorization"] = f"Bearer {asked['bearer']}"
        elif path.startswith("/api/v1/"):
            headers["authorization"] = f"Bearer {self._token(asked.get('as', 'root'))}"
        elif path == "/oidc/me":
            headers["authorization"] = f"Bearer {self.recorded.variables['access_token']}"
        return headers

    def _token(self, login: str) -> str:
        """A token for the management API, from one login per person."""
        if login not in self._tokens:
            kept = dict(self.recorded.variables)
            self._tokens[login] = self.log_in(login)
            self.recorded.variables.update(kept)
            self.recorded.http.cookies.clear()
        return self._tokens[login]

    def _learn(self, exchange: Mapping[str, Any], response: httpx.Response) -> None:
        """Keep what later requests need: ids from redirects, tokens, the entity tag."""
        variables = self.recorded.variables
        location = response.headers.get("location", "")
        for name, pattern in (("uid", r"/interaction/([\w-]+)"), ("code", r"[?&]code=([\w-]+)")):
            found = re.search(pattern, location)
            if found:
                variables[name] = found.group(1)
        if "etag" in response.headers:
            variables["etag"] = response.headers["etag"]
        json_answer = response.headers.get("content-type", "").startswith("application/json")
        body = response.json() if json_answer else None
        if isinstance(body, dict) and "access_token" in body:
            variables.update(body)
        for name, member in exchange.get("save", {}).items():
            variables[name] = body if member == "$" else (body or {})[member]

    def _open_login(self) -> None:
        """Start a login at the system client, up to the login page."""
        domain, system = self.recorded.variables["domain"], self.recorded.variables["system"]
        self.recorded.http.cookies.clear()
        query = {
            "client_id": system,
            "response_type": "code",
            "redirect_uri": f"{domain}/code",
            "scope": "openid",
        }
        response = self.recorded.http.get("/oidc/auth", params=query)
        self._learn({}, response)

    def log_in(self, login: str, scope: str = "openid") -> str:
        """Log in at the system client and return the access token."""
        variables = self.recorded.variables
        where = (variables["domain"], variables["system"])
        tokens = system_login(self.recorded.http, *where, login, variables["password"], scope)
        variables.update(tokens)
        return str(tokens["access_token"])

    def _log_out(self) -> None:
        """End the browser session of the login before."""
        page = self.recorded.http.get("/oidc/session/end").text
        xsrf = re.search(r'name="xsrf" value="([^"]+)"', page)
        form = {"xsrf": xsrf.group(1) if xsrf else "", "logout": "yes"}
        self.recorded.http.post("/oidc/session/end/confirm", data=form)
