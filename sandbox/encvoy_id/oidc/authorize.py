# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The authorization endpoint: from a client's request, over login and consent, to a code."""

from __future__ import annotations

import html
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from ..storage.artifacts import new_uid
from . import cookies
from .claims import SCOPES
from .forms import read_form
from .metadata import InvalidMetadata, check, same_uri
from .problems import NO_STORE, PageError

DAY = 24 * 3600
CODE_TTL = 60


async def start(request: Request) -> Response:
    """GET or POST /oidc/auth: every valid request starts with a login, whoever is logged in."""
    posted = request.method == "POST"
    params = await read_form(request) if posted else dict(request.query_params)
    client = _client(request, params)
    params["redirect_uri"] = _redirect_uri(client, params)
    refusal = _refusal(client, params)
    if refusal:
        error, description = refusal
        return _back(request, params, {"error": error, "error_description": description})
    return _interact(request, {"prompt": "login", "params": params})


def _client(request: Request, params: Mapping[str, str]) -> dict[str, Any]:
    if not params.get("client_id"):
        raise PageError("invalid_request", "missing required parameter 'client_id'")
    client: dict[str, Any] | None = request.app.state.store.clients.get(params["client_id"])
    if client is None:
        raise PageError("invalid_client", "client is invalid")
    try:
        check(client)
    except InvalidMetadata as problem:
        raise PageError(problem.error, str(problem)) from problem
    return client


def _redirect_uri(client: Mapping[str, Any], params: Mapping[str, str]) -> str:
    """The redirect URI of the request: exactly a registered one, or the only one."""
    registered = client["redirect_uris"]
    if "redirect_uri" not in params:
        if len(registered) == 1:
            return str(registered[0])
        raise PageError("invalid_request", "missing required parameter 'redirect_uri'")
    if not any(same_uri(params["redirect_uri"], uri) for uri in registered):
        raise PageError(
            "invalid_redirect_uri",
            "redirect_uri did not match any of the client's registered redirect_uris",
        )
    return params["redirect_uri"]


def _refusal(client: Mapping[str, Any], params: Mapping[str, str]) -> tuple[str, str] | None:
    """Error and description for a request that is sent back to the client at once."""
    if "response_type" not in params:
        return "invalid_request", "missing required parameter 'response_type'"
    if params["response_type"] != "code":
        return "unsupported_response_type", "unsupported response_type requested"
    if "code" not in client["response_types"]:
        return "unauthorized_client", "requested response_type is not allowed for this client"
    method = params.get("code_challenge_method", "plain")
    if "code_challenge" in params and method != "S256":
        return "invalid_request", "not supported value of code_challenge_method"
    if "none" in params.get("prompt", "").split():
        return "interaction_required", "End-User authentication is required"
    return None


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
    answer["iss"] = request.app.state.settings.domain
    tokens = {"token", "id_token"} & set(params.get("response_type", "").split())
    uri = params["redirect_uri"]
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
        response = _back(
            request, interaction["params"], {"code": _code(request, interaction)}, response
        )
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


def _code(request: Request, interaction: Mapping[str, Any]) -> str:
    """Store what was granted and return the code for it."""
    code, grant = new_uid() + new_uid(), new_uid()
    params = interaction["params"]
    request.app.state.store.artifacts.put(
        "code",
        code,
        {
            "client_id": params["client_id"],
            "user_id": interaction["user_id"],
            "redirect_uri": params["redirect_uri"],
            "scope": interaction["scope"],
            "nonce": params.get("nonce"),
            "code_challenge": params.get("code_challenge"),
            "auth_time": int(time.time()),
            "session": interaction["session"],
            "grant": grant,
            "used": False,
        },
        CODE_TTL,
        session=interaction["session"],
        grant=grant,
    )
    return code
