# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The system's settings, profile fields and types of application: ``/api/v1/settings``."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..web.never_answered import NeverAnswered
from ..web.requests import parse_body
from ..web.responses import empty_response, json_response
from .authorization import ADMINISTRATORS, identify, require
from .errors import ApiError
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
    return json_response(request, settings.all(private=caller.role in ADMINISTRATORS))


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
    return empty_response()


async def read_profile_fields(request: Request) -> Response:
    """GET the fields of a person's profile; open to everybody."""
    await identify(request)
    return json_response(request, described(request.app.state.store.settings.all(private=True)))


async def read_client_types(request: Request) -> Response:
    """GET the types that an application may have; open to everybody. Here there are none."""
    await identify(request)
    return json_response(request, [])


def _check_login_fields(value: Any) -> None:
    if value is None:
        return
    if not value.strip():
        raise ApiError(400, "T3E0027")
    if not set(value.split()) <= {"login", "email", "phone_number"}:
        raise ApiError(400, "T3E0028")


ROUTES = [
    Route("/settings", read, methods=["GET"]),
    Route("/settings", change, methods=["PUT"]),
    Route("/settings/profile_fields", read_profile_fields, methods=["GET"]),
    Route("/settings/client_types", read_client_types, methods=["GET"]),
]
