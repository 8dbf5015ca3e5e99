# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""User accounts, and which of their claims are public: ``/api/v1/users``, a client's users."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..hang import NeverAnswered
from .answers import answer, nothing
from .bodies import parse_body
from .errors import ApiError, forbidden_resource
from .guard import ADMINISTRATORS, identify, require, reread
from .listing import asked_page, page_answer
from .validation import Field, one_of, text, validate

EVERYBODY = ("OWNER", "EDITOR", "ADMIN", "USER")
PROFILE = (
    "id",
    "email",
    "email_public",
    "email_verified",
    "phone_number",
    "phone_number_verified",
    "nickname",
    "login",
    "family_name",
    "given_name",
    "birthdate",
    "password_updated_at",
    "password_change_required",
    "picture",
    "custom_fields",
    "public_profile_claims_oauth",
    "public_profile_claims_gravatar",
    "profile_privacy",
    "deleted",
)
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
NEW_USER = {
    "nickname": Field((text,)),
    "password": Field((text,), optional=False),
    "birthdate": Field((text,)),
    "picture": Field((text,)),
    "login": Field((text,), optional=False),
    "given_name": Field((text,)),
    "family_name": Field((text,)),
    "email": Field((text,), convert=lambda value: _email(value)),
}
CHANGED_USER = {
    name: Field(field.checks, convert=field.convert)
    for name, field in NEW_USER.items()
    if name not in ("password", "picture")
}
PRIVACY = {
    "claim_privacy": Field((one_of("publicOauth", "publicGravatar", "private"),), optional=False),
    "field": Field((text,)),
}
ADJECTIVES = ("Brave", "Bubbly", "Clever", "Gentle", "Lucky", "Quiet", "Sunny", "Swift")
NOUNS = ("Canyon", "Comet", "Forest", "Gem", "Harbor", "Meadow", "River", "Star")


def _email(value: Any) -> Any:
    return (value.strip().lower() or None) if isinstance(value, str) else value


def _nickname(values: Mapping[str, Any]) -> str:
    start = values.get("given_name") or random.choice(ADJECTIVES) + random.choice(NOUNS)
    return f"{start}{random.randint(1000, 9999)}"


async def create(request: Request) -> Response:
    """POST: by an administrator, or by anybody who registers (then without e-mail)."""
    body = await parse_body(request)
    caller = await identify(request, basic_always=True)
    values = validate(body, NEW_USER)
    store = request.app.state.store
    by_administrator = caller.role in ADMINISTRATORS
    if store.settings.get("registration_policy") != "allowed" and not by_administrator:
        raise ApiError(403, "T3E0026")
    if values.get("email") and not by_administrator:
        raise ApiError(400, "T3E0067", "email, phone_number")
    if store.users.find("login", values["login"]):
        raise ApiError(400, "T3E0095", "Login")
    if values.get("email") and store.users.find("email", values["email"]):
        raise ApiError(400, "T3E0095", "E-mail")
    user = store.users.add(
        {name: value for name, value in values.items() if name != "password"}
        | {"nickname": values.get("nickname") or _nickname(values)}
        | ({"email_verified": True} if values.get("email") else {}),
        values["password"],
        store.settings.get("default_public_profile_claims_oauth"),
    )
    return answer(request, {"id": user["id"], "nickname": user["nickname"]}, 201)


async def me(request: Request) -> Response:
    """GET the caller's own profile with the role in the system."""
    caller = await identify(request)
    require(caller, *EVERYBODY)
    caller = await reread(request, caller)
    store = request.app.state.store
    user = store.users.get(caller.user_id)
    accounts = [_email_account(user)] if user["email"] else []
    role = {
        "role": store.users.system_role(user["id"]),
        "client_id": request.app.state.settings.system_client_id,
    }
    profile = {name: user[name] for name in PROFILE}
    return answer(
        request, profile | {"ExternalAccount": accounts, "Role": [role], "locale": user["locale"]}
    )


def _email_account(user: Mapping[str, Any]) -> dict[str, Any]:
    """The e-mail address as the server also keeps it: an external account of type EMAIL."""
    unset = dict.fromkeys(("label", "rest_info", "issuer", "avatar", "profile_link"))
    return {"id": user["id"], "sub": user["email"], "type": "EMAIL", "public": 0} | unset


async def change(request: Request) -> Response:
    """PUT a profile: 204. An empty e-mail address removes it."""
    body = await parse_body(request)
    caller = await identify(request)
    require(caller, *EVERYBODY)
    values = validate(body, CHANGED_USER)
    if values.get("email") and caller.role not in ADMINISTRATORS:
        raise ApiError(400, "T3E0067", "email")
    if "email" in values:
        values["email_verified"] = bool(values["email"])
    request.app.state.store.users.update(int(request.path_params["user_id"]), values)
    return Response(status_code=204)


async def read_privacy(request: Request) -> Response:
    """GET the claims of a user that are public."""
    require(await identify(request), *EVERYBODY)
    user = request.app.state.store.users.get(int(request.path_params["user_id"]))
    return answer(
        request,
        {
            "public_profile_claims_oauth": user["public_profile_claims_oauth"],
            "public_profile_claims_gravatar": user["public_profile_claims_gravatar"],
            "scopes": "",
        },
    )


async def change_privacy(request: Request) -> Response:
    """PUT some claims (separated by spaces) to public or private: empty 200."""
    body = await parse_body(request)
    require(await identify(request), *EVERYBODY)
    values = validate(body, PRIVACY)
    users = request.app.state.store.users
    user = users.get(int(request.path_params["user_id"]))
    oauth = user["public_profile_claims_oauth"].split()
    gravatar = user["public_profile_claims_gravatar"].split()
    for claim in (values.get("field") or "").split():
        _set(oauth, claim, values["claim_privacy"] != "private")
        _set(gravatar, claim, values["claim_privacy"] == "publicGravatar")
    users.update(
        user["id"],
        {
            "public_profile_claims_oauth": " ".join(oauth),
            "public_profile_claims_gravatar": " ".join(gravatar),
        },
    )
    return nothing()


def _set(claims: list[str], claim: str, present: bool) -> None:
    if present and claim not in claims:
        claims.append(claim)
    elif not present and claim in claims:
        claims.remove(claim)


async def of_client(request: Request) -> Response:
    """GET the users of a client; of the system client these are all users."""
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
        found.sort(key=lambda pair: str(pair[0][page.sort_by]), reverse=page.direction == "desc")
    start = page.offset or 0
    shown = found[start : None if page.limit is None else start + page.limit]
    items = [{"user": {name: user[name] for name in BRIEF}, "role": role} for user, role in shown]
    return page_answer(request, page, items, len(found))


def _matches(user: Mapping[str, Any], search: str) -> bool:
    names = ("family_name", "given_name", "nickname", "login", "email")
    texts = [str(user[name]).lower() for name in names if user[name]]
    return not search or search == str(user["id"]) or any(search.lower() in item for item in texts)


async def one_of_client(request: Request) -> Response:
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
    return answer(request, {"user": shown, "role": role})


async def change_role(request: Request) -> Response:
    """PUT a user's role in a client: 204. ADMIN (of the system) gets an organization."""
    body = await parse_body(request)
    caller = await identify(request)
    if caller.role not in ADMINISTRATORS:
        raise forbidden_resource()
    roles = ("OWNER", "ADMIN", "EDITOR", "USER", "NONE")
    values = validate(body, {"role": Field((one_of(*roles),), optional=False)})
    user_id, client_id = int(request.path_params["user_id"]), request.path_params["client_id"]
    store = request.app.state.store
    if "OWNER" in (values["role"], store.clients.role(user_id, client_id)):
        raise ApiError(400, "T3E0009")
    if values["role"] == "ADMIN":
        if client_id != request.app.state.settings.system_client_id:
            raise ApiError(400, "T3E0067")
        store.clients.add_organization(user_id, request.app.state.settings.domain)
    store.clients.set_role(user_id, client_id, values["role"])
    return Response(status_code=204)


ROUTES = [
    Route("/users", create, methods=["POST"]),
    Route("/users/me", me, methods=["GET"]),
    Route("/users/{user_id}", change, methods=["PUT"]),
    Route("/users/{user_id}/private_scopes", read_privacy, methods=["GET"]),
    Route("/users/{user_id}/private_scopes", change_privacy, methods=["PUT"]),
    Route("/clients/{client_id}/users", of_client, methods=["GET"]),
    Route("/clients/{client_id}/users/{user_id}", one_of_client, methods=["GET"]),
    Route("/clients/{client_id}/users/{user_id}/role", change_role, methods=["PUT"]),
]
