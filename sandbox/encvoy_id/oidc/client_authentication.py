# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a client authenticates at the token, introspection and revocation endpoints."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

from starlette.requests import Request

from ..web.requests import read_form
from .errors import OidcError, invalid_client, invalid_request
from .metadata import VISIBLE_ASCII, InvalidMetadata, check

SECRET_METHODS = ("client_secret_basic", "client_secret_post")
BAD_HEADER = "invalid authorization header value format"


@dataclass(frozen=True)
class Credentials:
    """Who a request says it comes from; no secret where none was sent."""

    client_id: str
    secret: str | None


async def authenticated_client(request: Request) -> tuple[dict[str, Any], dict[str, str]]:
    """The client behind a request, and the request's form.

    ``token_endpoint_auth_method`` counts at every endpoint. Basic and form credentials are
    interchangeable, whichever is registered.
    """
    form = await read_form(request)
    header = request.headers.get("authorization")
    credentials = _form(form) if header is None else _basic(header, form)
    challenge = f'Basic realm="{request.app.state.settings.domain}"' if header else ""
    client: dict[str, Any] | None = request.app.state.store.clients.get(credentials.client_id)
    if client is None:
        raise invalid_client(challenge)
    try:
        check(client)
    except InvalidMetadata as problem:
        raise OidcError(400, problem.error, str(problem)) from problem
    if not _fits(client, credentials):
        raise invalid_client(challenge)
    return client, form


def _fits(client: dict[str, Any], credentials: Credentials) -> bool:
    """Whether the method is the registered one, and the secret the client's."""
    method = client["token_endpoint_auth_method"]
    if credentials.secret is None:
        return bool(method == "none")
    same = hmac.compare_digest(credentials.secret.encode(), client["client_secret"].encode())
    return method in SECRET_METHODS and same


def _basic(header: str, form: dict[str, str]) -> Credentials:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic" or " " in encoded:
        raise invalid_request(BAD_HEADER)
    client_id, colon, secret = _decoded(encoded).partition(":")
    if not colon:
        raise invalid_request(BAD_HEADER)
    credentials = Credentials(_unquoted(client_id), _unquoted(secret))
    if form.get("client_id", credentials.client_id) != credentials.client_id:
        raise invalid_request("mismatch in body and authorization client ids")
    if not credentials.secret:
        raise invalid_request("client_secret must be provided in the Authorization header")
    if "client_secret" in form:
        raise invalid_request("client authentication must only be provided using one mechanism")
    return credentials


def _decoded(encoded: str) -> str:
    try:
        return base64.b64decode(encoded).decode("utf-8", "replace")
    except binascii.Error as error:
        raise invalid_request(BAD_HEADER) from error


def _unquoted(value: str) -> str:
    """A form-encoded id or secret (RFC 6749, 2.3.1)."""
    try:
        plain = unquote_to_bytes(value.replace("+", " ")).decode()
    except UnicodeDecodeError:
        plain = "\0"
    if re.search("%(?![0-9A-Fa-f]{2})", value) or (value and not VISIBLE_ASCII.fullmatch(plain)):
        raise invalid_request(
            "client_id and client_secret in the authorization header are not properly encoded"
        )
    return plain


def _form(form: dict[str, str]) -> Credentials:
    if not form.get("client_id"):
        raise invalid_request("no client authentication mechanism provided")
    return Credentials(form["client_id"], form.get("client_secret") or None)
