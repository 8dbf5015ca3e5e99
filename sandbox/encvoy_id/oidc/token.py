# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The token endpoint, and what else is done with tokens: introspection, revocation, userinfo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from starlette.requests import Request
from starlette.responses import Response

from ..web.responses import CharsetJSONResponse
from . import issuing
from .client_authentication import authenticated_client
from .errors import MACHINE, OidcError, invalid_grant, invalid_request, missing
from .refusals import pkce_fault


async def issue(request: Request) -> Response:
    """POST /oidc/token: for a code or a refresh token."""
    client, form = await authenticated_client(request)
    grant_type = form.get("grant_type")
    if not grant_type:
        raise invalid_request(missing("grant_type"))
    if grant_type not in ("authorization_code", "refresh_token"):
        raise OidcError(400, "unsupported_grant_type", "unsupported grant_type requested")
    if grant_type not in client["grant_types"]:
        raise invalid_request("requested grant type is not allowed for this client")
    redeem = _redeem_code if grant_type == "authorization_code" else _redeem_refresh_token
    tokens = _tokens(request, client, redeem(request, client, form))
    return CharsetJSONResponse(tokens, headers=MACHINE)


def _redeem_code(
    request: Request, client: Mapping[str, Any], form: Mapping[str, str]
) -> dict[str, Any]:
    uris = client["redirect_uris"]
    form = {**({"redirect_uri": uris[0]} if len(uris) == 1 else {}), **form}
    _require(form, "code", "redirect_uri")
    artifacts = request.app.state.store.artifacts
    granted: dict[str, Any] | None = artifacts.get("code", form["code"])
    if granted is None or granted["client_id"] != client["client_id"]:
        raise invalid_grant()
    _check_pkce(granted["code_challenge"], form.get("code_verifier"))
    if form["redirect_uri"] != granted["redirect_uri"]:
        raise invalid_grant()
    if granted["used"]:
        # A code that comes twice was stolen: what the first use brought does not count any more.
        artifacts.end_grant(granted["grant"])
        raise invalid_grant()
    artifacts.change("code", form["code"], {"used": True})
    return granted


def _require(form: Mapping[str, str], *names: str) -> None:
    absent = [name for name in names if name not in form]
    if absent:
        raise invalid_request(missing(*absent))


def _check_pkce(challenge: str | None, verifier: str | None) -> None:
    fault = pkce_fault("code_verifier", verifier) if verifier else None
    if fault:
        raise invalid_request(fault)
    if challenge is None and verifier is None:
        return
    if not challenge or not verifier or create_s256_code_challenge(verifier) != challenge:
        raise invalid_grant()


def _redeem_refresh_token(
    request: Request, client: Mapping[str, Any], form: Mapping[str, str]
) -> dict[str, Any]:
    _require(form, "refresh_token")
    artifacts = request.app.state.store.artifacts
    token = form["refresh_token"]
    granted: dict[str, Any] | None = artifacts.get("refresh_token", token)
    if granted is None or granted["client_id"] != client["client_id"]:
        raise invalid_grant()
    if granted["used"]:
        artifacts.end_grant(granted["grant"])
        raise invalid_grant()
    artifacts.change("refresh_token", token, {"used": True})
    return granted


def _tokens(
    request: Request, client: Mapping[str, Any], granted: Mapping[str, Any]
) -> dict[str, Any]:
    """New tokens of a grant, as the token endpoint answers them."""
    scopes = granted["scope"].split()
    answer = issuing.access_token(request, granted)
    if "openid" in scopes:
        answer["id_token"] = issuing.id_token(request, granted, at=answer["access_token"])
    if "offline_access" in scopes and "refresh_token" in client["grant_types"]:
        answer["refresh_token"] = issuing.refresh_token(request, granted)
    return dict(sorted(answer.items()))


async def userinfo(request: Request) -> Response:
    """GET or POST /oidc/me: the claims that the access token's scopes cover."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    store = request.app.state.store
    realm = f'Bearer realm="{request.app.state.settings.domain}"'
    if scheme != "Bearer" or not token:
        raise OidcError(400, "invalid_request", "no access token provided", realm)
    granted = store.artifacts.get("access_token", token)
    if granted is None:
        raise OidcError(401, "invalid_token", "invalid token provided", realm)
    if "openid" not in granted["scope"].split():
        raise OidcError(403, "insufficient_scope", "access token missing openid scope", realm)
    return CharsetJSONResponse(issuing.claims_of(request, granted), headers=MACHINE)


async def introspect(request: Request) -> Response:
    """POST /oidc/token/introspection: only about the asking client's own tokens."""
    client, form = await authenticated_client(request)
    _require(form, "token")
    artifacts = request.app.state.store.artifacts
    for kind, token_type in (("access_token", "Bearer"), ("refresh_token", None)):
        found = artifacts.get(kind, form.get("token", ""))
        if found and found["client_id"] == client["client_id"]:
            document = {
                "active": True,
                "sub": str(found["user_id"]),
                "client_id": found["client_id"],
                "exp": found["expires"],
                "iat": found["issued"],
                "iss": request.app.state.settings.domain,
                "scope": found["scope"],
            } | ({"token_type": token_type} if token_type else {})
            return CharsetJSONResponse(document, headers=MACHINE)
    return CharsetJSONResponse({"active": False}, headers=MACHINE)


async def revoke(request: Request) -> Response:
    """POST /oidc/token/revocation: empty 200 whether or not the token was known."""
    client, form = await authenticated_client(request)
    _require(form, "token")
    artifacts = request.app.state.store.artifacts
    for kind in ("access_token", "refresh_token"):
        found = artifacts.get(kind, form.get("token", ""))
        if found and found["client_id"] == client["client_id"]:
            artifacts.delete(kind, form["token"])
            if kind == "refresh_token":
                artifacts.end_grant(found["grant"])
    headers = {"access-control-allow-origin": "*"}
    return Response("", headers=headers, media_type="text/plain; charset=utf-8")
