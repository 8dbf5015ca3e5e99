# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests that the real server never answers.

Any exception inside it that is not an HTTP error leaves the request open; after a while the
reverse proxy in front answers 504 with HTML. Here that takes ``hang_seconds``.
"""

from __future__ import annotations

import asyncio

from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

GATEWAY_TIMEOUT = (
    "<html>\r\n<head><title>504 Gateway Time-out</title></head>\r\n<body>\r\n"
    "<center><h1>504 Gateway Time-out</h1></center>\r\n<hr><center>nginx</center>\r\n"
    "</body>\r\n</html>\r\n"
)


class NeverAnswered(Exception):
    """Raised where the real server throws inside; the argument says where, for a reader."""


def gateway_timeout() -> Response:
    """What the reverse proxy answers for a backend that does not."""
    return HTMLResponse(GATEWAY_TIMEOUT, 504)


async def client_waits(receive: Receive, seconds: float) -> bool:
    """Hold a request whose body has been read; False as soon as the client has gone."""

    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    try:
        await asyncio.wait_for(gone(), seconds)
    except asyncio.TimeoutError:
        return True
    return False


class NeverAnsweredMiddleware:
    """Holds every request that ends in :class:`NeverAnswered`."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self.app = app
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except NeverAnswered:
            if await client_waits(receive, self.seconds):
                await gateway_timeout()(scope, receive, send)
