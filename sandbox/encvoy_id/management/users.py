# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""User accounts, and which of their claims are public: ``/api/v1/users``."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..web.requests import parse_body
from ..web.responses import empty_response, json_response
from .authorization import ADMINISTRATORS, EVERYBODY, identify, require, reread
from .errors import ApiError
from .validation import Field, one_of, text, validate

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
        raise ApiError(400, "T3E0095", "Email")
    user = store.users.add(
        {name: value for name, value in values.items() if name != "password"}
        | {"nickname": values.get("nickname") or _nickname(values)}
        | ({"email_verified": True} if values.get("email") else {}),
        values["password"],
        store.settings.get("default_public_profile_claims_oauth"),
    )
    return json_response(request, {"id": user["id"], "nickname": user["nickname"]}, 201)


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
    return json_response(
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
    return json_response(
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
    return empty_response()


def _set(claims: list[str], claim: str, present: bool) -> None:
    if present and claim not in claims:
        claims.append(claim)
    elif not present and claim in claims:
        claims.remove(claim)


ROUTES = [
    Route("/users", create, methods=["POST"]),
    Route("/users/me", me, methods=["GET"]),
    Route("/users/{user_id}", change, methods=["PUT"]),
    Route("/users/{user_id}/private_scopes", read_privacy, methods=["GET"]),
    Route("/users/{user_id}/private_scopes", change_privacy, methods=["PUT"]),
]
