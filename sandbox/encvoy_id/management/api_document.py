# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages that describe the API: as much of them as tells product and version."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from ..settings import VERSION
from ..web.responses import json_response


async def document(request: Request) -> Response:
    """GET the head of the OpenAPI document: what tells product and version."""
    info = {"title": "Trusted", "description": "Trusted service", "version": f"v{VERSION}"}
    return json_response(request, {"openapi": "3.0.0", "info": info | {"contact": {}}, "paths": {}})


async def explorer(_request: Request) -> Response:
    """GET the page on which the real server explains its API."""
    return HTMLResponse("<!DOCTYPE html><title>Swagger UI</title><p>The document: /api-json")


ROUTES = [
    Route("/api", explorer),
    Route("/api-json", document),
]
