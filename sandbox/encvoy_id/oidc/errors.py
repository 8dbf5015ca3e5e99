# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of the OIDC side: HTML for a browser, JSON for a machine."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ..web.pages import render
from ..web.responses import CharsetJSONResponse
from .metadata import listed

NO_STORE = {"cache-control": "no-store"}
MACHINE = NO_STORE | {"access-control-allow-origin": "*"}


class OidcError(Exception):
    """An error of a machine endpoint (token, userinfo and so on), answered as JSON."""

    def __init__(self, status: int, error: str, description: str, challenge: str = "") -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.description = description
        self.challenge = challenge


class PageError(Exception):
    """An error that a person meets in the browser, answered as an HTML page with status 400."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self.error = error
        self.description = description


def invalid_request(description: str) -> OidcError:
    """A request that lacks something or has too much."""
    return OidcError(400, "invalid_request", description)


def invalid_client(challenge: str = "") -> OidcError:
    """Wrong or missing client credentials."""
    return OidcError(401, "invalid_client", "client authentication failed", challenge)


def missing(*names: str) -> str:
    """The description of a request that lacks parameters."""
    words = "parameter" if len(names) == 1 else "parameters"
    return f"missing required {words} {listed(names, 'and')}"


def invalid_grant() -> OidcError:
    """A code or refresh token that does not count (any more)."""
    return OidcError(400, "invalid_grant", "grant request is invalid")


async def on_oidc_error(_request: Request, problem: Exception) -> Response:
    """Starlette's exception handler for :class:`OidcError`."""
    assert isinstance(problem, OidcError)
    body = {"error": problem.error, "error_description": problem.description}
    headers = dict(MACHINE)
    if problem.challenge:
        headers["www-authenticate"] = (
            f'{problem.challenge}, error="{problem.error}", '
            f'error_description="{problem.description}"'
        )
    return CharsetJSONResponse(body, problem.status, headers)


async def on_page_error(_request: Request, problem: Exception) -> Response:
    """Starlette's exception handler for :class:`PageError`."""
    assert isinstance(problem, PageError)
    page = render("oidc_error.html", error=problem.error, error_description=problem.description)
    return Response(page, 400, NO_STORE, "text/html")


async def unknown_route(request: Request) -> Response:
    """404 for whatever the OIDC side does not serve."""
    path = request.url.path.removeprefix("/oidc")
    description = f"unrecognized route or not allowed method ({request.method} on {path})"
    body = {"error": "invalid_request", "error_description": description}
    return CharsetJSONResponse(body, 404)
