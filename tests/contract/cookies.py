# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which cookies an answer sets, by the name that the files of exchanges give to the set."""

from __future__ import annotations

from http.cookies import CookieError
from typing import Any

import httpx

from tests.contract.server_state import RecordedServer
from tests.contract.templates import differences

SECURE = {"samesite=lax", "secure", "httponly"}
INSECURE = {"samesite=lax", "httponly"}


def _interaction(attributes: set[str]) -> list[tuple[str, str, set[str]]]:
    """The cookies that belong to a login or consent page and to the way back from it."""
    page = ("_interaction", "/api/interaction/<uid>", {*attributes, "expires"})
    resume = ("_interaction_resume", "/oidc/auth/<uid>", {*attributes, "expires"})
    return [page, resume]


CLEARED = [("_interaction_resume", "/oidc/auth/<uid>", {*SECURE, "expired"})]
SESSION = [
    ("_session", "/", {"samesite=none", "secure", "httponly"}),
    ("_session.legacy", "/", {"secure", "httponly"}),
]
SIGNED = {
    "ask": _interaction(SECURE),
    "ask_insecure": _interaction(INSECURE),
    "resume": CLEARED + SESSION,
    "resume_and_ask": CLEARED + _interaction(SECURE) + SESSION,
    "logout": [(name, path, {*attributes, "expires"}) for name, path, attributes in SESSION],
}
UNSIGNED = {
    "signed_in": [("_sess", "/", {"httponly"})],
    "page": [("required_accounts_info_uid", "/", {"expired"})],
}


def cookie_problems(
    expected: str, response: httpx.Response, _recorded: RecordedServer
) -> list[str]:
    """How the cookies that are set differ from the set of this name; order counts."""
    wanted = UNSIGNED.get(expected) or [
        (name + suffix, path, attributes)
        for name, path, attributes in SIGNED[expected]
        for suffix in ("", ".sig")
    ]
    found = [_parsed(header) for header in response.headers.get_list("set-cookie")]
    return differences([_plain(cookie) for cookie in wanted], found, "cookies")


def _plain(cookie: tuple[str, str, set[str]]) -> dict[str, Any]:
    name, path, attributes = cookie
    return {"name": name, "path": path, "attributes": sorted(attributes)}


def _parsed(header: str) -> dict[str, Any]:
    pair, *attributes = [part.strip() for part in header.split(";")]
    name, equals, _value = pair.partition("=")
    if not equals:
        raise CookieError(header)
    lower = [attribute.lower() for attribute in attributes]
    path = next(item.partition("=")[2] for item in attributes if item.lower().startswith("path="))
    kept = [item for item in lower if not item.startswith(("path=", "expires="))]
    for item in lower:
        if item.startswith("expires="):
            kept.append("expired" if "1970" in item else "expires")
    return {"name": name, "path": path, "attributes": sorted(kept)}
