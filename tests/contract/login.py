# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A person's way through the login and consent pages, as a browser goes it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import httpx


class LoginFailed(Exception):
    """The page that came instead of the way back to the application."""


def obtain_code(
    http: httpx.Client, query: Mapping[str, str], login: str, password: str
) -> httpx.Response:
    """Log in (and consent where asked) by the pages' own forms.

    Returns the answer that sends the browser back to the application with a code.
    """
    page = http.get("/oidc/auth", params=dict(query))
    form = {"identifier": login, "password": password, "prompt": "login"}
    while True:
        where = page.headers["location"]
        if "/api/interaction/" not in where:
            return page
        shown = http.get(where)
        answer = shown if shown.status_code == 302 else http.post(_action(shown), data=form)
        if answer.status_code != 302:
            raise LoginFailed(answer.text)
        form = {}
        page = http.get(answer.headers["location"])


def _action(page: httpx.Response) -> str:
    """Where the page's form is sent."""
    found = re.search(r'<form method="post" action="([^"]+)"', page.text)
    if page.status_code != 200 or found is None:
        raise LoginFailed(page.text)
    return found.group(1)


def code_of(answer: httpx.Response) -> str:
    """The code in a redirect back to an application."""
    return httpx.URL(answer.headers["location"]).params["code"]


def redeem(http: httpx.Client, form: Mapping[str, str]) -> dict[str, Any]:
    """The token endpoint's answer for a code."""
    answer = http.post("/oidc/token", data={"grant_type": "authorization_code", **form})
    answer.raise_for_status()
    tokens: dict[str, Any] = answer.json()
    return tokens


def system_login(
    http: httpx.Client, domain: str, system: str, login: str, password: str, scope: str = "openid"
) -> dict[str, Any]:
    """Tokens for the management API."""
    query = {
        "client_id": system,
        "response_type": "code",
        "redirect_uri": f"{domain}/code",
        "scope": scope,
    } | ({"prompt": "consent"} if "offline_access" in scope else {})
    code = code_of(obtain_code(http, query, login, password))
    return redeem(http, {"code": code, "redirect_uri": f"{domain}/code", "client_id": system})
