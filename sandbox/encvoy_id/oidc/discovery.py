# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The discovery document and the public keys."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ..web.responses import CharsetJSONResponse
from .claims import CLAIMS_OF_SCOPES, SCOPES
from .metadata import AUTH_METHODS, GRANT_TYPES, RESPONSE_TYPES

ENDPOINTS = {
    "authorization_endpoint": "/oidc/auth",
    "end_session_endpoint": "/oidc/session/end",
    "introspection_endpoint": "/oidc/token/introspection",
    "jwks_uri": "/oidc/jwks",
    "pushed_authorization_request_endpoint": "/oidc/request",
    "revocation_endpoint": "/oidc/token/revocation",
    "token_endpoint": "/oidc/token",
    "userinfo_endpoint": "/oidc/me",
}
OPEN = {"access-control-allow-origin": "*"}


async def configuration(request: Request) -> Response:
    """GET the discovery document: the issuer is fixed, the endpoints follow the request's host."""
    settings = request.app.state.settings
    scheme = "http" if settings.http_endpoints else request.url.scheme
    base = f"{scheme}://{request.url.netloc}"
    document = {name: base + path for name, path in ENDPOINTS.items()} | {
        "issuer": settings.domain,
        "claims_parameter_supported": False,
        "claims_supported": [claim for names in CLAIMS_OF_SCOPES.values() for claim in names],
        "code_challenge_methods_supported": ["S256"],
        "grant_types_supported": list(GRANT_TYPES),
        "authorization_response_iss_parameter_supported": True,
        "response_modes_supported": ["form_post", "fragment", "query"],
        "response_types_supported": list(RESPONSE_TYPES),
        "scopes_supported": list(SCOPES),
        "subject_types_supported": ["public", "pairwise"],
        "token_endpoint_auth_methods_supported": list(AUTH_METHODS),
        "introspection_endpoint_auth_methods_supported": list(AUTH_METHODS),
        "revocation_endpoint_auth_methods_supported": list(AUTH_METHODS),
        "id_token_signing_alg_values_supported": ["RS256"],
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "claim_types_supported": ["normal"],
    }
    return CharsetJSONResponse(dict(sorted(document.items())), headers=OPEN)


async def jwks(request: Request) -> Response:
    """GET the public half of the signing key."""
    key = request.app.state.signing_key.as_dict(private=False)
    headers = OPEN | {"content-type": "application/jwk-set+json"}
    return CharsetJSONResponse({"keys": [key]}, headers=headers)
