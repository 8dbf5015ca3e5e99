# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens of a grant: what the authorization and token endpoints give out."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from typing import Any

from authlib.oidc.core.util import create_half_hash
from starlette.requests import Request

from .claims import released
from .keys import sign

ID_TOKEN_TTL = 1800


def access_token(request: Request, granted: Mapping[str, Any]) -> dict[str, Any]:
    """A new access token with what is said beside it."""
    ttl = _client(request, granted)["access_token_ttl"] or 1800
    return {
        "access_token": store(request, "access_token", granted, ttl),
        "expires_in": ttl,
        "scope": granted["scope"],
        "token_type": "Bearer",
    }


def refresh_token(request: Request, granted: Mapping[str, Any]) -> str:
    """A new refresh token."""
    life = _client(request, granted)["refresh_token_ttl"] or 86400
    return store(request, "refresh_token", granted, life)


def store(request: Request, kind: str, granted: Mapping[str, Any], ttl: int) -> str:
    """Remember a new token of a grant for ``ttl`` seconds."""
    token = secrets.token_urlsafe(32)
    now = int(time.time())
    request.app.state.store.artifacts.put(
        kind,
        token,
        {**granted, "used": False, "issued": now, "expires": now + ttl},
        ttl,
        session=granted["session"],
        grant=granted["grant"],
    )
    return token


def id_token(request: Request, granted: Mapping[str, Any], **hashed: str | None) -> str:
    """A signed id_token.

    :param hashed: what it vouches for, by the first part of the claim: ``at`` and ``c``.
    """
    claims = claims_of(request, granted) | {
        "aud": granted["client_id"],
        "iss": request.app.state.settings.domain,
    }
    for name, value in hashed.items():
        if value:
            claims[f"{name}_hash"] = create_half_hash(value, "RS256").decode()
    if granted["nonce"]:
        claims["nonce"] = granted["nonce"]
    if _client(request, granted)["require_auth_time"]:
        claims["auth_time"] = granted["auth_time"]
    return sign(request.app.state.signing_key, claims, ID_TOKEN_TTL)


def claims_of(request: Request, granted: Mapping[str, Any]) -> dict[str, Any]:
    """What a grant lets its client know about the person."""
    settings = request.app.state.settings
    return released(
        request.app.state.store.users.get(granted["user_id"]),
        granted["scope"].split(),
        domain=settings.domain,
        everything=granted["client_id"] == settings.system_client_id,
    )


def _client(request: Request, granted: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = request.app.state.store.clients.get(granted["client_id"])
    return found
