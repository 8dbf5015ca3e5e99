# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Create, read, change, delete and list clients: ``/api/v1/clients``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..storage.filters import EVERYTHING, Condition, FilterError, all_of, column, like, where
from ..web.never_answered import NeverAnswered
from ..web.requests import parse_body
from ..web.responses import empty_response, json_response
from .authorization import ADMINISTRATORS, EVERYBODY, Caller, identify, require, reread
from .client_fields import CREATE, PROTECTED, UPDATE, storable
from .errors import ApiError
from .listing import Page, asked_page, client_order, page_answer
from .origins import origin
from .validation import validate

MAY_WRITE = ("OWNER", "EDITOR", "ADMIN")
SHORT = ("client_id", "name", "description", "domain", "avatar", "created_at")
CREDENTIALS_PROVIDER = {
    "id": 1,
    "type": "CREDENTIALS",
    "name": "Login/Password",
    "avatar": "public/default/credentials.svg",
}


async def create(request: Request) -> Response:
    """POST: 201 with the id and the secret, and nothing else."""
    body = await parse_body(request)
    caller = await identify(request)
    require(caller, *MAY_WRITE)
    if not isinstance(body, dict):
        raise NeverAnswered("the body is not an object")
    values = validate(body, CREATE)
    caller = await reread(request, caller)
    client = request.app.state.store.clients.add(
        _new_values(request, values, caller), owner=caller.user_id
    )
    # With shared identities a create may also be lost after it left its row.
    await reread(request, caller)
    return json_response(
        request,
        {"client_id": client["client_id"], "client_secret": client["client_secret"]},
        201,
    )


def _new_values(request: Request, values: dict[str, Any], caller: Caller) -> dict[str, Any]:
    """What a create stores: the values, the derived ones, and never mini_widget or a type."""
    if not isinstance(values["redirect_uris"], list):
        raise NeverAnswered("redirect_uris is not a list")
    origins = [origin(uri) for uri in values["redirect_uris"]]
    parent = request.app.state.store.clients.home(caller.user_id or 0)
    if parent is None:
        raise ApiError(500, "T3E0071")
    kept = {
        name: value
        for name, value in values.items()
        if name not in ("mini_widget", "type_id") and (name, value) != ("grant_types", None)
    }
    kept["post_logout_redirect_uris"] = values.get("post_logout_redirect_uris") or origins
    return storable(kept) | {"parent_id": parent}


async def read_all(request: Request) -> Response:
    """GET the list: everything for administrators, else the caller's own applications."""
    caller = await identify(request)
    require(caller, *EVERYBODY)
    page = asked_page(request)
    caller = await reread(request, caller)
    if (page.offset or 0) < 0:
        raise NeverAnswered("a negative offset")
    try:
        condition = _condition(request, caller, page)
    except FilterError as error:
        raise NeverAnswered(f"filter: {error}") from error
    clients = request.app.state.store.clients
    limit = None if page.limit is None else abs(page.limit)
    found = clients.select(condition, client_order(page), limit, page.offset)
    if (page.limit or 0) < 0:
        found.reverse()
    items = [_item(request, client) for client in found]
    return page_answer(request, page, items, clients.count(condition))


def _condition(request: Request, caller: Caller, page: Page) -> Condition:
    # The server puts its own search under OR and its own limit under Role, over the filter's.
    asked = {name: value for name, value in page.filter.items() if name not in ("OR", "Role")}
    pattern = f"%{page.search}%"
    fields = ("name", "description", "domain")
    found = (
        [like(field, pattern) for field in fields]
        if page.search
        else [Condition(f"{column(field)} IS NOT NULL") for field in fields]
    )
    mine = EVERYTHING
    if caller.role not in ADMINISTRATORS:
        mine = Condition(
            "client_id IN (SELECT client_id FROM roles WHERE user_id = ? AND client_id != ?"
            " AND role IN ('OWNER', 'EDITOR', 'ADMIN'))",
            (caller.user_id, request.app.state.settings.system_client_id),
        )
    return all_of([where(asked), mine, all_of(found, "OR")])


def _item(request: Request, client: Mapping[str, Any]) -> dict[str, Any]:
    """A client as the list shows it: neither redirect URIs nor the secret."""
    return {
        "client_id": client["client_id"],
        "name": client["name"],
        "catalog": client["catalog"],
        "description": client["description"],
        "domain": client["domain"],
        "avatar": client["avatar"],
        "created_at": client["created_at"],
        "type": None,
        "parent": _parent(request, client),
        "Provider_relations": [{"provider": CREDENTIALS_PROVIDER}],
        "_count": {"Role": request.app.state.store.clients.role_count(client["client_id"])},
    }


def _parent(request: Request, client: Mapping[str, Any]) -> dict[str, Any] | None:
    parent = request.app.state.store.clients.get(client["parent_id"] or "")
    return {"avatar": parent["avatar"], "name": parent["name"]} if parent else None


async def read_one(request: Request) -> Response:
    """GET one: whole (with the secret) for administrators, else short; a missing id is a 200."""
    caller = await reread(request, await identify(request))
    client = request.app.state.store.clients.get(request.path_params["client_id"])
    if caller.role in ADMINISTRATORS:
        if client is None:
            return json_response(request, {"rules": []})
        parent = _parent(request, client)
        return json_response(request, client | {"type": None, "parent": parent, "rules": []})
    if client is None:
        return empty_response()
    return json_response(request, {name: client[name] for name in SHORT} | {"type": None})


async def update(request: Request) -> Response:
    """PUT: changes only what is given; the answer is the record, never a missing id."""
    body = await parse_body(request)
    caller = await identify(request)
    require(caller, *MAY_WRITE)
    if not isinstance(body, dict):
        raise ApiError(400, "Validation failed (object is expected)")
    values = validate(body, UPDATE)
    await reread(request, caller)
    client_id = request.path_params["client_id"]
    if client_id == request.app.state.settings.system_client_id:
        for name in values:
            if name in PROTECTED:
                raise ApiError(400, "T3E0067", name)
    if values.pop("type_id", None):
        raise NeverAnswered("there is no such application type")
    stored = storable(values)
    if request.app.state.store.clients.get(client_id) is None:
        raise NeverAnswered("there is no such client")
    return json_response(request, request.app.state.store.clients.update(client_id, stored))


async def delete(request: Request) -> Response:
    """DELETE: empty 200, also for a missing id."""
    caller = await identify(request)
    require(caller, *MAY_WRITE)
    await reread(request, caller)
    client_id = request.path_params["client_id"]
    if client_id == request.app.state.settings.system_client_id:
        raise ApiError(400, "T3E0067")
    request.app.state.store.clients.delete(client_id)
    return empty_response()


async def white_list(request: Request) -> Response:
    """GET the origins of all applications; open to everybody."""
    domains = request.app.state.store.clients.domains()
    origins = ["/".join(domain.split("/")[:3]) for domain in domains]
    return json_response(request, {"origins": origins})


ROUTES = [
    Route("/clients/white-list", white_list),
    Route("/clients", create, methods=["POST"]),
    Route("/clients", read_all, methods=["GET"]),
    Route("/clients/{client_id}", read_one, methods=["GET"]),
    Route("/clients/{client_id}", update, methods=["PUT"]),
    Route("/clients/{client_id}", delete, methods=["DELETE"]),
]
