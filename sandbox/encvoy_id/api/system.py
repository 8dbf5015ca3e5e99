# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The system's settings (``/api/v1/settings``) and the pages that describe the API."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from ..hang import NeverAnswered
from ..settings import VERSION
from .answers import answer, nothing
from .bodies import parse_body
from .errors import ApiError
from .guard import ADMINISTRATORS, identify, require
from .profile_fields import described
from .validation import Field, any_url, boolean, one_of, text, validate

SETTINGS = {
    "authorize_only_admins": Field((boolean,)),
    "ignore_required_fields_for_clients": Field((boolean,)),
    "auto_merge_users": Field((boolean,)),
    "registration_policy": Field((one_of("allowed", "allowed_autoregistration_only", "disabled"),)),
    "default_public_profile_claims_oauth": Field((text,)),
    "default_public_profile_claims_gravatar": Field((text,)),
    "allowed_login_fields": Field((text,)),
    "data_processing_agreement": Field((any_url,)),
    "prohibit_identifier_binding": Field((boolean,)),
    "two_factor_authentication": Field(),
    "i18n": Field(),
}


async def read(request: Request) -> Response:
    """GET: everything for administrators, the public settings for everybody else."""
    caller = await identify(request)
    settings = request.app.state.store.settings
    return answer(request, settings.all(private=caller.role in ADMINISTRATORS))


async def change(request: Request) -> Response:
    """PUT some settings: empty 200."""
    body = await parse_body(request)
    require(await identify(request), *ADMINISTRATORS)
    values = validate(body, SETTINGS)
    _check_login_fields(values.get("allowed_login_fields"))
    try:
        request.app.state.store.settings.update(values)
    except KeyError as error:
        raise NeverAnswered(f"no setting {error}") from error
    return nothing()


async def read_profile_fields(request: Request) -> Response:
    """GET the fields of a person's profile; open to everybody."""
    await identify(request)
    return answer(request, described(request.app.state.store.settings.all(private=True)))


async def read_client_types(request: Request) -> Response:
    """GET the types that an application may have; open to everybody. Here there are none."""
    await identify(request)
    return answer(request, [])


def _check_login_fields(value: Any) -> None:
    if value is None:
        return
    if not value.strip():
        raise ApiError(400, "T3E0027")
    if not set(value.split()) <= {"login", "email", "phone_number"}:
        raise ApiError(400, "T3E0028")


async def document(request: Request) -> Response:
    """GET the head of the OpenAPI document: what tells product and version."""
    info = {"title": "Trusted", "description": "Trusted service", "version": f"v{VERSION}"}
    return answer(request, {"openapi": "3.0.0", "info": info | {"contact": {}}, "paths": {}})


async def explorer(_request: Request) -> Response:
    """GET the page on which the real server explains its API."""
    return HTMLResponse("<!DOCTYPE html><title>Swagger UI</title><p>The document: /api-json")


ROUTES = [
    Route("/settings", read, methods=["GET"]),
    Route("/settings", change, methods=["PUT"]),
    Route("/settings/profile_fields", read_profile_fields, methods=["GET"]),
    Route("/settings/client_types", read_client_types, methods=["GET"]),
]
