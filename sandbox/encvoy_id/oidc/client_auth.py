# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a client proves who it is at the token, introspection and revocation endpoints."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import Any
from urllib.parse import unquote_plus

from starlette.requests import Request

from .forms import read_form
from .metadata import InvalidMetadata, check
from .problems import OidcError, invalid_client


async def authenticated_client(
    request: Request, endpoint: str = "token"
) -> tuple[dict[str, Any], dict[str, str]]:
    """The client behind a request, and the request's form.

    ``endpoint`` names the auth method field: ``token``, ``introspection`` or ``revocation``. Basic
    and form credentials are interchangeable, whatever is registered; both at once are an error.
    """
    form = await read_form(request)
    basic = request.headers.get("authorization", "").startswith("Basic ")
    if basic and "client_secret" in form:
        raise OidcError(
            400,
            "invalid_request",
            "client authentication must only be provided using one mechanism",
        )
    challenge = f'Basic realm="{request.app.state.settings.domain}"' if basic else ""
    client_id, secret = _basic(request) if basic else _form(form)
    client: dict[str, Any] | None = request.app.state.store.clients.get(client_id)
    if client is None:
        raise invalid_client(challenge)
    try:
        check(client)
    except InvalidMetadata as problem:
        raise OidcError(400, problem.error, str(problem)) from problem
    public = client[f"{endpoint}_endpoint_auth_method"] == "none"
    if not public and not hmac.compare_digest(secret.encode(), client["client_secret"].encode()):
        raise invalid_client(challenge)
    return client, form


def _basic(request: Request) -> tuple[str, str]:
    encoded = request.headers["authorization"].removeprefix("Basic ")
    try:
        client_id, _, secret = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise OidcError(400, "invalid_request", "invalid authorization header value") from error
    return unquote_plus(client_id), unquote_plus(secret)


def _form(form: dict[str, str]) -> tuple[str, str]:
    if "client_id" not in form:
        raise OidcError(400, "invalid_request", "no client authentication mechanism provided")
    return form["client_id"], form.get("client_secret", "")
