# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The users of a client and their roles in it; those of the system client are all users."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..web.never_answered import NeverAnswered
from ..web.requests import parse_body
from ..web.responses import json_response
from .authorization import ADMINISTRATORS, EVERYBODY, identify, require
from .errors import ApiError
from .listing import asked_page, page_answer
from .validation import Field, one_of, validate

# What a list of a client's users shows, and what the page of one of them adds.
BRIEF = ("family_name", "given_name", "nickname", "picture", "id", "blocked", "deleted")
DETAILS = (
    "id",
    "email",
    "birthdate",
    "family_name",
    "given_name",
    "nickname",
    "login",
    "phone_number",
    "picture",
    "public_profile_claims_oauth",
    "public_profile_claims_gravatar",
    "blocked",
    "deleted",
    "custom_fields",
    "password_updated_at",
)
ROLE = {"role": Field((one_of("OWNER", "ADMIN", "EDITOR", "USER", "NONE"),), optional=False)}


async def read_all(request: Request) -> Response:
    """GET the users of a client, by id unless asked otherwise."""
    require(await identify(request), *EVERYBODY)
    page = asked_page(request)
    if page.filter or (page.direction and page.sort_by not in (*BRIEF, "login", "email")):
        raise NeverAnswered("users are neither filtered nor sorted like this")
    store = request.app.state.store
    found = [
        (store.users.get(user_id), role)
        for user_id, role in store.clients.members(request.path_params["client_id"])
    ]
    found = [(user, role) for user, role in found if _matches(user, page.search)]
    if page.direction:
        found.sort(key=lambda pair: _sortable(pair[0][page.sort_by]))
        found = found[::-1] if page.direction == "desc" else found
    start = page.offset or 0
    shown = found[start : None if page.limit is None else start + page.limit]
    items = [{"user": {name: user[name] for name in BRIEF}, "role": role} for user, role in shown]
    return page_answer(request, page, items, len(found))


def _sortable(value: Any) -> tuple[bool, Any]:
    """Values that are set before those that are not, as the database sorts."""
    return value is None, 0 if value is None else value


def _matches(user: Mapping[str, Any], search: str) -> bool:
    names = ("family_name", "given_name", "nickname", "login", "email")
    texts = [str(user[name]).lower() for name in names if user[name]]
    return not search or search == str(user["id"]) or any(search.lower() in item for item in texts)


async def read_one(request: Request) -> Response:
    """GET one user of a client: whole for administrators of the system, else public claims only."""
    caller = await identify(request)
    require(caller, *EVERYBODY)
    store = request.app.state.store
    user_id = int(request.path_params["user_id"])
    role = store.clients.role(user_id, request.path_params["client_id"])
    if role is None:
        raise NeverAnswered("the user has no role in this client")
    user = store.users.get(user_id)
    shown = {name: user[name] for name in DETAILS}
    if store.users.system_role(caller.user_id) not in ADMINISTRATORS:
        public = user["public_profile_claims_oauth"].split()
        shown = {name: value for name, value in shown.items() if name in public}
    return json_response(request, {"user": shown, "role": role})


async def change_role(request: Request) -> Response:
    """PUT a user's role in a client: 204. ADMIN (of the system) gets an organization."""
    body = await parse_body(request)
    caller = await identify(request)
    require(caller, *ADMINISTRATORS)
    role = validate(body, ROLE)["role"]
    user_id, client_id = int(request.path_params["user_id"]), request.path_params["client_id"]
    store = request.app.state.store
    if store.clients.role(user_id, client_id) == "OWNER":
        raise ApiError(400, "T3E0009")
    if role == "OWNER":
        raise ApiError(400, "T3E0010")
    if role == "ADMIN":
        if client_id != request.app.state.settings.system_client_id:
            raise ApiError(400, "T3E0067")
        store.clients.add_organization(user_id, request.app.state.settings.domain)
    store.clients.set_role(user_id, client_id, role)
    return Response(status_code=204)


ROUTES = [
    Route("/clients/{client_id}/users", read_all, methods=["GET"]),
    Route("/clients/{client_id}/users/{user_id}", read_one, methods=["GET"]),
    Route("/clients/{client_id}/users/{user_id}/role", change_role, methods=["PUT"]),
]
