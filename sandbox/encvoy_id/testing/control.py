# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults and the request log over HTTP, outside the product's own paths."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


async def faults(request: Request) -> Response:
    """GET lists the planned faults, POST plans one (see :class:`.faults.Fault`), DELETE clears."""
    plan = request.app.state.faults
    if request.method == "POST":
        try:
            plan.add(**await request.json())
        except (TypeError, ValueError) as error:
            return JSONResponse({"error": str(error)}, 400)
    elif request.method == "DELETE":
        plan.clear()
    return JSONResponse(plan.planned())


async def requests(request: Request) -> Response:
    """GET lists the requests so far, DELETE forgets them."""
    log = request.app.state.requests
    if request.method == "DELETE":
        log.clear()
    return JSONResponse(log.as_json())


ROUTES = [
    Route("/__faults__", faults, methods=["GET", "POST", "DELETE"]),
    Route("/__requests__", requests, methods=["GET", "DELETE"]),
]
