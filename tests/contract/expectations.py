# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an answer has to be: status, type, headers, shape and values."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import httpx
from authlib.oidc.core.util import create_half_hash
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.contract.cookies import cookie_problems
from tests.contract.login_pages import widget_problems
from tests.contract.server_state import HANG_SECONDS, RecordedServer
from tests.contract.templates import differences, fill

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
# What an exchange says of the request, not of the answer.
SENT = ("request", "query", "json", "form", "text", "headers", "basic", "bearer", "save", "title")
PAGE_HEADERS = ("x-total-count", "x-per-page", "x-current-offset", "x-next-offset")


def problems_of(
    exchange: Mapping[str, Any], response: httpx.Response, seconds: float, recorded: RecordedServer
) -> list[str]:
    """Everything in which the answer is not the one of the exchange."""
    expected = fill({k: v for k, v in exchange.items() if k not in SENT}, recorded.variables)
    if expected["answer"] == "none":
        return _unanswered(response, seconds)
    if response.status_code != expected["answer"]:
        shown = response.text[:300]
        return [f"status {response.status_code} instead of {expected['answer']}: {shown}"]
    problems = _machine_headers(response)
    for name, check in CHECKS.items():
        if name in expected:
            problems += check(expected[name], response, recorded)
    return problems


def _type(response: httpx.Response, expected: str | None) -> list[str]:
    found = response.headers.get("content-type")
    return [] if found == expected else [f"type {found} instead of {expected}"]


def _unanswered(response: httpx.Response, seconds: float) -> list[str]:
    """The reverse proxy's answer after the time for which a request is held."""
    problems = _type(response, HTML)
    if response.status_code != 504:
        problems.append(f"answered with {response.status_code}: {response.text[:300]}")
    if seconds < HANG_SECONDS:
        problems.append(f"answered after {seconds:.3f} s")
    return problems


def _machine_headers(response: httpx.Response) -> list[str]:
    path = response.request.url.path
    if path in ("/oidc/token", "/oidc/me"):
        wanted = {"access-control-allow-origin": "*", "cache-control": "no-store"}
    elif path.startswith("/oidc/auth"):
        wanted = {"cache-control": "no-store"}
    else:
        return []
    found = {name: response.headers.get(name) for name in wanted}
    return differences(wanted, found, "headers")


def _body(expected: Any, response: httpx.Response, recorded: RecordedServer) -> list[str]:
    found = response.json()
    problems = _type(response, JSON) + differences(expected, found)
    if isinstance(found, dict) and "id_token" in found:
        problems += _id_token(found, recorded)
    return problems


def _id_token(tokens: Mapping[str, Any], recorded: RecordedServer) -> list[str]:
    """The id_token verifies with the published key, and says the same as userinfo."""
    http, variables = recorded.http, recorded.variables
    keys = KeySet.import_key_set(http.get("/oidc/jwks").json())
    token = jwt.decode(tokens["id_token"], keys, algorithms=["RS256"])
    header = {"authorization": f"Bearer {tokens['access_token']}"}
    expected = http.get("/oidc/me", headers=header).json() | {
        "iss": variables["domain"],
        "aud": token.claims["aud"],
        "iat": token.claims["iat"],
        "exp": token.claims["iat"] + 1800,
        "at_hash": create_half_hash(tokens["access_token"], "RS256").decode(),
    }
    if "nonce" in token.claims:
        expected["nonce"] = variables["nonce"]
    known = token.claims["aud"] in recorded.known
    problems = [] if known else [f"id_token for {token.claims['aud']}"]
    return problems + differences(expected, token.claims, "id_token")


def _error(
    expected: Mapping[str, Any], response: httpx.Response, _recorded: RecordedServer
) -> list[str]:
    code = expected.get("code")
    body = {
        "statusCode": response.status_code,
        "timestamp": "<time>",
        "path": response.request.url.raw_path.decode(),
        "message": expected["message"],
        "errorCode": f"translation.errors.{code}" if code else None,
    } | ({"details": expected["details"]} if "details" in expected else {})
    found = response.json()
    return _type(response, JSON) + differences(body, found)


def _oidc_error(
    expected: list[str], response: httpx.Response, _recorded: RecordedServer
) -> list[str]:
    body = {"error": expected[0], "error_description": expected[1]}
    return _type(response, JSON) + differences(body, response.json())


def _challenge(expected: str, response: httpx.Response, _recorded: RecordedServer) -> list[str]:
    return differences(expected, response.headers.get("www-authenticate"), "www-authenticate")


def _client(
    expected: Mapping[str, Any], response: httpx.Response, recorded: RecordedServer
) -> list[str]:
    """A record as PUT answers it: the recorded one, and what the exchange says."""
    record = {**_record_of(response, recorded), **expected}
    return _type(response, JSON) + differences(record, response.json())


def _whole_client(
    expected: Mapping[str, Any], response: httpx.Response, recorded: RecordedServer
) -> list[str]:
    """A record as GET answers it: with three members more."""
    record = {**_record_of(response, recorded), **expected}
    parent = recorded.parent(record["parent_id"])
    whole = {"type": None, "parent": parent, "rules": [], **record}
    return _type(response, JSON) + differences(whole, response.json())


def _record_of(response: httpx.Response, recorded: RecordedServer) -> dict[str, Any]:
    return recorded.record(response.request.url.path.rstrip("/").rpartition("/")[2])


def _page(expected: list[int], response: httpx.Response, _recorded: RecordedServer) -> list[str]:
    found = [int(response.headers[name]) for name in PAGE_HEADERS]
    return differences(expected, found, "page")


def _items(expected: Any, response: httpx.Response, recorded: RecordedServer) -> list[str]:
    """A list: whose applications (``all``: as many as there are), and each item's shape."""
    found = response.json()
    problems = _type(response, JSON)
    for item in found:
        expected_item = recorded.list_item(item["client_id"])
        problems += differences(expected_item, item, f"item {item['name']}")
    names = [item["name"] for item in found]
    if expected == "all":
        offset, total = (int(response.headers[PAGE_HEADERS[at]]) for at in (2, 0))
        return problems + differences(total - offset, len(found), "number of items")
    if not {"limit", "offset", "sortBy"} & set(response.request.url.params):
        # The real server does not sort what nobody asked it to sort.
        expected, names = sorted(expected), sorted(names)
    return problems + differences(expected, names, "names")


def _location(expected: str, response: httpx.Response, _recorded: RecordedServer) -> list[str]:
    """A redirect, with the sentence that two different libraries write for it."""
    location = response.headers.get("location", "")
    if response.status_code == 303:
        sentence, kind = f"Redirecting to {html.escape(location)}.", HTML
    else:
        sentence, kind = f"Found. Redirecting to {location}", TEXT
    return (
        _type(response, kind)
        + differences(expected, location, "location")
        + differences(sentence, response.text)
    )


def _html(_expected: bool, response: httpx.Response, _recorded: RecordedServer) -> list[str]:
    start = response.text[:15]
    return _type(response, HTML) + differences("<!DOCTYPE html>", start, "start of the page")


def _empty(expected: Any, response: httpx.Response, _recorded: RecordedServer) -> list[str]:
    problems = _type(response, TEXT if expected == "text" else None)
    if expected is True and response.status_code == 200:
        chunked = response.headers.get("transfer-encoding")
        problems += differences("chunked", chunked, "transfer-encoding")
    return problems + differences("", response.text)


def _discovery(expected: str, response: httpx.Response, recorded: RecordedServer) -> list[str]:
    """The document: endpoints of the scheme of the request, the issuer always the domain."""
    found = response.json()
    base = re.sub(r"^https?", expected, recorded.variables["domain"])
    wanted = {
        "issuer": recorded.variables["domain"],
        "authorization_endpoint": f"{base}/oidc/auth",
        "token_endpoint": f"{base}/oidc/token",
        "userinfo_endpoint": f"{base}/oidc/me",
        "jwks_uri": f"{base}/oidc/jwks",
        "claims_parameter_supported": False,
    }
    start = ["sub", "email", "email_public", "email_verified", "phone_number"]
    return (
        _type(response, JSON)
        + differences(wanted, {name: found.get(name) for name in wanted})
        + differences(start, found["claims_supported"][:5], "claims_supported")
        + differences(json.dumps(sorted(found)), json.dumps(list(found)), "order of members")
    )


CHECKS: dict[str, Callable[[Any, httpx.Response, RecordedServer], list[str]]] = {
    "body": _body,
    "error": _error,
    "oidc_error": _oidc_error,
    "challenge": _challenge,
    "client": _client,
    "whole_client": _whole_client,
    "page": _page,
    "items": _items,
    "location": _location,
    "html": _html,
    "empty": _empty,
    "discovery": _discovery,
    "cookies": cookie_problems,
    "widget": widget_problems,
}
