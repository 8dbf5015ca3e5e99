# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the OIDC side is served."""

from __future__ import annotations

from starlette.routing import Route

from . import authorize, discovery, errors, logout, token

CONFIGURATION = "/.well-known/openid-configuration"
ROUTES = [
    Route(CONFIGURATION, discovery.configuration, methods=["GET"]),
    Route("/jwks", discovery.jwks, methods=["GET"]),
    Route("/auth", authorize.start, methods=["GET", "POST"]),
    Route("/auth/{uid}", authorize.resume, methods=["GET"]),
    Route("/token", token.issue, methods=["POST"]),
    Route("/token/introspection", token.introspect, methods=["POST"]),
    Route("/token/revocation", token.revoke, methods=["POST"]),
    Route("/me", token.userinfo, methods=["GET", "POST"]),
    Route("/session/end", logout.ask, methods=["GET"]),
    Route("/session/end/confirm", logout.confirm, methods=["POST"]),
    Route("/session/end/success", logout.done, methods=["GET"]),
    Route(
        "/{rest:path}",
        errors.unknown_route,
        methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
    ),
]
