# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with an authorization request, in the order and words of the OIDC library."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import missing
from .metadata import RESPONSE_TYPES, response_type


@dataclass(frozen=True)
class Refusal:
    """Why a request is sent back to the client at once."""

    description: str
    error: str = "invalid_request"


def find_refusal(client: Mapping[str, Any], params: dict[str, str]) -> Refusal | None:
    """The first fault of a request; its response type is put into the usual order on the way."""
    if "response_type" not in params:
        return Refusal(missing("response_type"))
    params["response_type"] = response_type(params["response_type"])
    return next(_refusals(client, params), None)


def _refusals(client: Mapping[str, Any], params: Mapping[str, str]) -> Iterator[Refusal]:
    kind = params["response_type"]
    # The library sorts the types that it is configured with, too.
    if kind not in [response_type(known) for known in RESPONSE_TYPES]:
        yield Refusal("unsupported response_type requested", "unsupported_response_type")
    if kind not in [response_type(known) for known in client["response_types"]]:
        yield Refusal("requested response_type is not allowed for this client")
    needed = ("redirect_uri", "nonce") if "id_token" in kind else ("redirect_uri",)
    absent = [name for name in needed if name not in params]
    if absent:
        yield Refusal(missing(*absent))
    yield from _about_prompt(params.get("prompt", "").split())
    if "openid" not in params.get("scope", "").split():
        yield from _without_openid(client, params)
    yield from _about_pkce(params)
    if "none" in params.get("prompt", "").split():
        yield Refusal("End-User authentication is required", "interaction_required")


def _about_prompt(prompts: list[str]) -> Iterator[Refusal]:
    if not set(prompts) <= {"none", "login", "consent"}:
        yield Refusal("unsupported prompt value requested")
    if "none" in prompts and len(set(prompts)) > 1:
        yield Refusal("prompt none must only be used alone")


def _without_openid(client: Mapping[str, Any], params: Mapping[str, str]) -> Iterator[Refusal]:
    start = "openid scope must be requested"
    if "id_token" in params["response_type"]:
        yield Refusal(f"{start} for this response_type")
    if client["require_auth_time"]:
        yield Refusal(f"{start} for clients with require_auth_time")
    for name in ("acr_values", "claims", "claims_locales", "id_token_hint", "max_age", "nonce"):
        if name in params:
            yield Refusal(f"{start} when using the {name} parameter")


def _about_pkce(params: Mapping[str, str]) -> Iterator[Refusal]:
    challenge, method = params.get("code_challenge"), params.get("code_challenge_method")
    if challenge and not method:
        yield Refusal(
            "plain code_challenge_method fallback disabled, code_challenge_method must be provided"
        )
    if method and method != "S256":
        yield Refusal("not supported value of code_challenge_method")
    if method and not challenge:
        yield Refusal("code_challenge must be provided with code_challenge_method")
    if challenge:
        fault = pkce_fault("code_challenge", challenge)
        if fault:
            yield Refusal(fault)


def pkce_fault(name: str, value: str) -> str | None:
    """What is wrong with the form of a PKCE value (RFC 7636, 4.1), or None."""
    if len(value) < 43:
        return f"{name} must be a string with a minimum length of 43 characters"
    if len(value) > 128:
        return f"{name} must be a string with a maximum length of 128 characters"
    if not re.fullmatch(r"[A-Za-z0-9_.~-]+", value):
        return f"{name} contains invalid characters"
    return None
