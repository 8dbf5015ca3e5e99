# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Login and consent: what happens between the authorization endpoint and the code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ..management.errors import ApiError
from ..management.validation import Field, text, validate
from ..oidc import cookies
from ..storage.artifacts import new_uid
from ..web.requests import parse_body
from .widget import consent_page, error_page, login_page, other_page

LOGIN = {
    "identifier": Field((text,), optional=False),
    "password": Field((text,), optional=False),
    "prompt": Field((text,), optional=False),
    "provider_id": Field((text,)),
}


def _interaction(request: Request) -> dict[str, Any]:
    """The interaction that the browser's cookie names."""
    uid = cookies.read(request, "_interaction")
    found: dict[str, Any] | None = (
        request.app.state.store.artifacts.get("interaction", uid) if uid else None
    )
    if found is None:
        raise ApiError(500, "T3E0078", "Interaction details failed: 500")
    return found


def _client(request: Request, interaction: Mapping[str, Any]) -> dict[str, Any]:
    client: dict[str, Any] | None = request.app.state.store.clients.get(
        interaction["params"]["client_id"]
    )
    if client is None:
        raise ApiError(400, "T3E0071")
    return client


def _finished(request: Request, interaction: Mapping[str, Any], result: dict[str, Any]) -> Response:
    """Remember the outcome and send the browser back to the authorization endpoint."""
    uid = interaction["uid"]
    request.app.state.store.artifacts.change("interaction", uid, result)
    target = f"/oidc/auth/{uid}"
    return PlainTextResponse(f"Found. Redirecting to {target}", 302, {"location": target})


async def show(request: Request) -> Response:
    """GET the page. The system client's consent needs no person: it goes straight on."""
    try:
        interaction = _interaction(request)
        client = _client(request, interaction)
    except ApiError as error:
        return error_page(request, error, 200)
    if interaction["prompt"] == "login":
        response: Response = login_page(request, client, interaction["uid"])
    elif client["client_id"] == request.app.state.settings.system_client_id:
        response = _finished(request, interaction, {"confirmed": True})
    else:
        response = consent_page(request, client, interaction)
    response.headers.append(
        "set-cookie", "required_accounts_info_uid=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT"
    )
    return response


async def log_in(request: Request) -> Response:
    """POST login and password; a failure is a page too, with status 201."""
    client: dict[str, Any] | None = None
    uid = identifier = ""
    try:
        interaction = _interaction(request)
        uid = interaction["uid"]
        client = _client(request, interaction)
        body = await parse_body(request)
        identifier = str(body.get("identifier", "")) if isinstance(body, dict) else ""
        user = _verified_user(request, client, body)
    except ApiError as error:
        return error_page(request, error, 201, client, uid, identifier)
    system = client["client_id"] == request.app.state.settings.system_client_id
    if user["requires_step"]:
        return other_page(request, client, uid, user["requires_step"], 201)
    response = _finished(request, interaction, {"user_id": user["id"]})
    if not (system and user["id"] == 1):
        response.headers.append("set-cookie", f"_sess={new_uid()}; Path=/; HttpOnly")
    return response


def _verified_user(request: Request, client: Mapping[str, Any], body: Any) -> dict[str, Any]:
    if request.query_params.get("type") not in ("CREDENTIALS", "login"):
        raise ApiError(400, "T3E0030")
    values = validate(body if isinstance(body, dict) else {}, LOGIN)
    user = _find(request, values["identifier"].strip())
    if user is None:
        raise ApiError(400, "T3E0003")
    if not request.app.state.store.users.password_is(user, values["password"]):
        raise ApiError(403, "T3E0001")
    _check_access(request, client, user)
    return user


def _find(request: Request, identifier: str) -> dict[str, Any] | None:
    """An account by id (up to seven digits), e-mail address or login."""
    users = request.app.state.store.users
    if identifier.isdigit() and len(identifier) < 8:
        found = users.get(int(identifier))
    elif "@" in identifier:
        found = users.find("email", identifier.lower())
    else:
        found = users.find("login", identifier)
    return dict(found) if found else None


def _check_access(request: Request, client: Mapping[str, Any], user: Mapping[str, Any]) -> None:
    """403 for people whom the system or the client does not let in; the root account always is."""
    store = request.app.state.store
    if user["id"] == 1:
        return
    if user["blocked"]:
        raise ApiError(400, "T3E0024")
    administrators = ("OWNER", "EDITOR")
    only_admins = store.settings.get("authorize_only_admins")
    role = store.clients.role(user["id"], client["client_id"])
    if only_admins and store.users.system_role(user["id"]) not in administrators:
        raise ApiError(400, "T3E0026")
    if client["authorize_only_admins"] and role not in administrators:
        raise ApiError(400, "T3E0026")
    if client["authorize_only_employees"] and role is None:
        raise ApiError(403, "T3E0026")


async def confirm(request: Request) -> Response:
    """POST (no body): the person allows the client what it asked for, once and for all."""
    try:
        interaction = _interaction(request)
        client = _client(request, interaction)
        if "user_id" not in interaction:
            raise ApiError(500, "T3E0078")
    except ApiError as error:
        return error_page(request, error, 201)
    store = request.app.state.store
    user_id, client_id = interaction["user_id"], client["client_id"]
    granted = store.users.consent(user_id, client_id).split()
    asked = interaction["params"].get("scope", "").split()
    added = [scope for scope in asked if scope not in ("openid", "offline_access", *granted)]
    store.users.set_consent(user_id, client_id, " ".join([*granted, *added]))
    if store.clients.role(user_id, client_id) is None:
        store.clients.set_role(user_id, client_id, "USER")
    return _finished(request, interaction, {"confirmed": True})


ROUTES = [
    Route("/{uid}", show, methods=["GET"]),
    Route("/{uid}/auth", log_in, methods=["POST"]),
    Route("/{uid}/confirm", confirm, methods=["POST"]),
]
