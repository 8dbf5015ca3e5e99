# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is asking, and what that person may do: run before every route of the management API."""

from __future__ import annotations

import asyncio
import base64
import random
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from ..web.never_answered import NeverAnswered
from .errors import ApiError, forbidden_resource

ADMINISTRATORS = ("OWNER", "EDITOR")
EVERYBODY = ("OWNER", "EDITOR", "ADMIN", "USER")
# The longest pause, in seconds, between the steps of a request when identities are shared.
JITTER = 0.02


@dataclass(frozen=True)
class Caller:
    """The person behind a request: NONE and no id for a request without credentials."""

    user_id: int | None = None
    role: str = "NONE"


ANONYMOUS = Caller()


async def identify(request: Request, *, basic_always: bool = False) -> Caller:
    """The caller with the role that counts for this route.

    With ``shared_identity`` the result goes through a slot of the route, which another request
    may overwrite in between, as on the real server.
    """
    if not request.app.state.settings.shared_identity:
        return _caller(request, basic_always)
    slots: dict[Any, Caller] = request.app.state.identity_slots
    slots[request.scope["endpoint"]] = ANONYMOUS
    await asyncio.sleep(random.uniform(0, JITTER))
    slots[request.scope["endpoint"]] = _caller(request, basic_always)
    return slots[request.scope["endpoint"]]


async def reread(request: Request, caller: Caller) -> Caller:
    """The identity that the handler sees, which may be somebody else's when it is shared."""
    if not request.app.state.settings.shared_identity:
        return caller
    await asyncio.sleep(random.uniform(0, JITTER))
    found: Caller = request.app.state.identity_slots[request.scope["endpoint"]]
    if caller.user_id is not None and found.user_id is None:
        raise NeverAnswered("no user id left in the route's slot")
    return found


def require(caller: Caller, *roles: str) -> None:
    """403 "Forbidden resource" unless the caller has one of the roles."""
    if caller.role not in roles:
        raise forbidden_resource()


def _caller(request: Request, basic_always: bool) -> Caller:
    user_id = _authenticated(request, basic_always)
    if user_id is None:
        return ANONYMOUS
    users = request.app.state.store.users
    user, role = users.get(user_id), users.system_role(user_id)
    if user is None or role is None:
        raise ApiError(400, "T3E0059")
    target = _target(request)
    if role == "OWNER":
        return Caller(user_id, role)
    if user["blocked"]:
        raise ApiError(403, "T3E0024")
    if role == "EDITOR":
        return Caller(user_id, role)
    return _limited(request, user_id, role, target)


def _authenticated(request: Request, basic_always: bool) -> int | None:
    """The user id in the Authorization header; None without (usable) credentials."""
    header = request.headers.get("authorization", "")
    if not header:
        return None
    if "Bearer" in header:
        token = header.replace("Bearer ", "", 1)
        return None if not token or "undefined" in token else _bearer(request, token)
    if "Basic" in header:
        if request.app.state.settings.mode == "production" and not basic_always:
            raise ApiError(403, "T3E0077")
        return _basic(request, header.replace("Basic ", "", 1))
    raise ApiError(400, "T3E0061")


def _bearer(request: Request, token: str) -> int:
    found = request.app.state.store.artifacts.get("access_token", token)
    if found is None or found["client_id"] != request.app.state.settings.system_client_id:
        raise ApiError(401, "T3E0068")
    return int(found["user_id"])


def _basic(request: Request, credentials: str) -> int:
    store = request.app.state.store
    # Cut at every colon: a password that has one in it loses the rest.
    login, password = [*_decoded(credentials).split(":"), "", ""][:2]
    if not login or not password:
        raise ApiError(400, "T3E0060")
    kind = "id" if login.isdigit() and len(login) < 8 else "email" if "@" in login else "login"
    if kind not in store.settings.get("allowed_login_fields").split(" "):
        raise ApiError(403, "T3E0073")
    user = store.users.find(kind, login)
    if user is None:
        raise ApiError(403, "T3E0003")
    if not store.users.password_is(user, password):
        raise ApiError(403, "T3E0072")
    return int(user["id"])


def _decoded(credentials: str) -> str:
    """Base64 as Node decodes it: anything that is not base64 is skipped."""
    kept = "".join(char for char in credentials if char.isalnum() or char in "+/")
    kept = kept[: len(kept) - 1] if len(kept) % 4 == 1 else kept
    return base64.b64decode(kept + "=" * (-len(kept) % 4)).decode("utf-8", "replace")


def _target(request: Request) -> int | None:
    """The id of the user whom the path names; 400 when there is no such user."""
    if "user_id" not in request.path_params:
        return None
    try:
        target = int(request.path_params["user_id"])
    except ValueError as error:
        raise NeverAnswered("user id is not a number") from error
    if request.app.state.store.users.system_role(target) is None:
        raise ApiError(400, "T3E0059")
    return target


def _limited(request: Request, user_id: int, role: str, target: int | None) -> Caller:
    """The caller below EDITOR: the role in the client that the path names counts."""
    store = request.app.state.store
    if store.settings.get("authorize_only_admins"):
        raise ApiError(403, "T3E0026")
    client_id = request.path_params.get("client_id")
    if client_id:
        role = store.clients.role(user_id, client_id)
        if role is None:
            raise ApiError(403, "T3E0026")
        client = store.clients.get(client_id)
        if client is None:
            raise ApiError(403, "T3E0071")
        if client["authorize_only_admins"] and role not in ADMINISTRATORS:
            raise ApiError(403, "T3E0026")
    caller = Caller(user_id, role)
    if target is None or target == user_id:
        return caller
    if store.users.system_role(target) == "OWNER":
        raise ApiError(403, "T3E0026")
    if not client_id:
        raise forbidden_resource()
    if store.clients.role(target, client_id) is None:
        raise ApiError(403, "T3E0003")
    if role not in ADMINISTRATORS:
        raise ApiError(403, "T3E0026")
    return caller
