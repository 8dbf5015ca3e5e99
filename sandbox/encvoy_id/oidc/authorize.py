# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The authorization endpoint: from a client's request, over login and consent, to its answer."""

from __future__ import annotations

import html
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from ..storage.artifacts import new_uid
from ..web.requests import read_form
from . import cookies, issuing
from .claims import SCOPES
from .errors import NO_STORE, PageError, missing
from .metadata import InvalidMetadata, allows_redirect, check
from .refusals import find_refusal

DAY = 24 * 3600
CODE_TTL = 60


async def start(request: Request) -> Response:
    """GET or POST /oidc/auth: every valid request starts with a login, whoever is logged in."""
    posted = request.method == "POST"
    params = await read_form(request) if posted else _query(request)
    client = _client(request, params)
    _choose_redirect_uri(client, params)
    refusal = find_refusal(client, params)
    if refusal is None:
        return _interact(request, {"prompt": "login", "params": params})
    if "redirect_uri" not in params:
        raise PageError(refusal.error, refusal.description)
    answer = {"error": refusal.error, "error_description": refusal.description}
    return _back(request, params, answer)


def _query(request: Request) -> dict[str, str]:
    """The parameters of a GET, without empty ones."""
    return {name: value for name, value in request.query_params.items() if value}


def _client(request: Request, params: Mapping[str, str]) -> dict[str, Any]:
    if "client_id" not in params:
        raise PageError("invalid_request", missing("client_id"))
    client: dict[str, Any] | None = request.app.state.store.clients.get(params["client_id"])
    if client is None:
        raise PageError("invalid_client", "client is invalid")
    try:
        check(client)
    except InvalidMetadata as problem:
        raise PageError(problem.error, str(problem)) from problem
    return client


def _choose_redirect_uri(client: Mapping[str, Any], params: dict[str, str]) -> None:
    """Take a client's only redirect URI where the request names none."""
    uris = client["redirect_uris"]
    if "redirect_uri" not in params:
        params.update({"redirect_uri": uris[0]} if len(uris) == 1 else {})
    elif not allows_redirect(client, params["redirect_uri"]):
        raise PageError(
            "invalid_redirect_uri",
            "redirect_uri did not match any of the client's registered redirect_uris",
        )


def _interact(
    request: Request, interaction: dict[str, Any], response: Response | None = None
) -> Response:
    """Send the browser to the login or consent page, with the cookies that belong to it."""
    uid = new_uid()
    request.app.state.store.artifacts.put("interaction", uid, interaction | {"uid": uid}, DAY)
    page, resume = f"/api/interaction/{uid}", f"/oidc/auth/{uid}"
    response = response or Response()
    cookies.write(request, response, "_interaction", uid, path=page, ttl=DAY)
    cookies.write(request, response, "_interaction_resume", uid, path=resume, ttl=DAY)
    return _redirected(response, request.app.state.settings.domain + page)


def _redirected(response: Response, location: str) -> Response:
    """303 with the text that the OIDC library writes."""
    body = f"Redirecting to {html.escape(location)}.".encode()
    response.status_code = 303
    response.body = body
    response.headers["content-length"] = str(len(body))
    response.headers["content-type"] = "text/html; charset=utf-8"
    response.headers["location"] = location
    response.headers.update(NO_STORE)
    return response


def _back(
    request: Request,
    params: Mapping[str, str],
    answer: dict[str, str],
    response: Response | None = None,
) -> Response:
    """Send the browser back to the client; in the fragment where a token was asked for."""
    if "state" in params:
        answer["state"] = params["state"]
    if "id_token" not in answer:
        answer["iss"] = request.app.state.settings.domain
    uri = params["redirect_uri"]
    tokens = "token" in params.get("response_type", "")
    separator = "#" if tokens else "&" if "?" in uri else "?"
    return _redirected(response or Response(), uri + separator + urlencode(answer))


async def resume(request: Request) -> Response:
    """GET /oidc/auth/<uid>: go on after the login or consent page."""
    uid = cookies.read(request, "_interaction_resume")
    artifacts = request.app.state.store.artifacts
    interaction = artifacts.get("interaction", uid) if uid else None
    if interaction is None or uid != request.path_params["uid"]:
        raise PageError("invalid_request", "interaction session id cookie not found")
    artifacts.delete("interaction", uid)
    response = Response()
    cookies.write(request, response, "_interaction_resume", "", path=f"/oidc/auth/{uid}")
    if "user_id" not in interaction:
        return _interact(request, interaction, response)
    interaction["session"] = _session(request, interaction)
    _plan_scopes(request, interaction)
    if _needs_consent(request, interaction):
        step = interaction | {"prompt": "consent", "confirmed": False}
        response = _interact(request, step, response)
    else:
        response = _back(request, interaction["params"], _granted(request, interaction), response)
    _write_session(request, response, interaction["session"])
    return response


def _session(request: Request, interaction: Mapping[str, Any]) -> str:
    """The browser's session, with the person who just logged in."""
    if interaction.get("session"):
        return str(interaction["session"])
    artifacts = request.app.state.store.artifacts
    session = cookies.read(request, "_session")
    known = artifacts.get("session", session) if session else None
    if session is None or known is None or known.get("user_id") != interaction["user_id"]:
        session = new_uid()
    artifacts.put("session", session, {"user_id": interaction["user_id"]}, DAY)
    return session


def _write_session(request: Request, response: Response, session: str) -> None:
    cookies.write(request, response, "_session", session, path="/", same_site="none")
    cookies.write(request, response, "_session.legacy", session, path="/", same_site=None)


def _plan_scopes(request: Request, interaction: dict[str, Any]) -> None:
    """Fix what will be granted, in the server's order: remembered scopes before new ones.

    offline_access counts only with ``prompt=consent``; unknown scopes are left out.
    """
    if "missing" in interaction:
        return
    params = interaction["params"]
    asked = params.get("scope", "").split()
    if "consent" not in params.get("prompt", "").split():
        asked = [scope for scope in asked if scope != "offline_access"]
    asked = [scope for scope in dict.fromkeys(asked) if scope in SCOPES]
    remembered = request.app.state.store.users.consent(
        interaction["user_id"], params["client_id"]
    ).split()
    system = params["client_id"] == request.app.state.settings.system_client_id
    special = ("openid", "offline_access")
    missing = [scope for scope in asked if scope not in remembered and scope not in special]
    interaction["missing"] = [] if system else missing
    if not missing:
        asked = [scope for scope in dict.fromkeys([*remembered, *asked]) if scope in asked]
    interaction["scope"] = " ".join(asked)


def _needs_consent(request: Request, interaction: Mapping[str, Any]) -> bool:
    if interaction.get("confirmed"):
        return False
    return "consent" in interaction["params"].get("prompt", "") or bool(interaction["missing"])


def _granted(request: Request, interaction: Mapping[str, Any]) -> dict[str, str]:
    """What the response type asks for: a code, an access token, an id_token, or nothing of them."""
    params = interaction["params"]
    grant = {
        "client_id": params["client_id"],
        "user_id": interaction["user_id"],
        "redirect_uri": params["redirect_uri"],
        "scope": interaction["scope"],
        "nonce": params.get("nonce"),
        "code_challenge": params.get("code_challenge"),
        "auth_time": int(time.time()),
        "session": interaction["session"],
        "grant": new_uid(),
        "used": False,
    }
    asked = params["response_type"].split()
    answer = {"code": _code(request, grant)} if "code" in asked else {}
    if "token" in asked:
        answer |= issuing.access_token(request, grant)
    if "id_token" in asked:
        hashed = {"at": answer.get("access_token"), "c": answer.get("code")}
        answer["id_token"] = issuing.id_token(request, grant, **hashed)
    return answer


def _code(request: Request, grant: Mapping[str, Any]) -> str:
    """Store what was granted and return the code for it."""
    code = new_uid() + new_uid()
    request.app.state.store.artifacts.put(
        "code", code, dict(grant), CODE_TTL, session=grant["session"], grant=grant["grant"]
    )
    return code
