# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator as an application."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

from . import dashboard, seed
from .login import interaction
from .management import api_document, clients, members, users
from .management import settings as system_settings
from .management.errors import ApiError, error_response, on_api_error, on_unreadable_body
from .oidc import discovery
from .oidc.errors import OidcError, PageError, on_oidc_error, on_page_error
from .oidc.keys import lasting_key, passing_key
from .oidc.routes import CONFIGURATION
from .oidc.routes import ROUTES as OIDC_ROUTES
from .settings import Settings
from .storage import Store
from .web.never_answered import NeverAnsweredMiddleware
from .web.requests import UnreadableBody


class Simulator(Starlette):
    """The application; it notes what its parts need to know about the raw request."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            query = scope["query_string"].decode("latin-1")
            scope["original_path"] = scope["path"] + (f"?{query}" if query else "")
            if scope["path"].startswith("/api/"):
                scope["path"] = scope["path"].rstrip("/")
            # ASGI has no word for the connection: uvicorn's send is a method of what has it.
            scope["transport"] = getattr(getattr(send, "__self__", None), "transport", None)
        await super().__call__(scope, receive, send)


def create_app(
    settings: Settings,
    middleware: Sequence[Middleware] = (),
    routes: Sequence[BaseRoute] = (),
) -> Starlette:
    """A simulator; ``app.state`` has its ``settings`` and its ``store``.

    :param middleware: what sees a request first, outermost first.
    :param routes: further routes.
    """
    app = Simulator(
        routes=[*_routes(settings), *routes],
        middleware=[*middleware, Middleware(NeverAnsweredMiddleware, settings.hang_seconds)],
        exception_handlers={
            ApiError: on_api_error,
            UnreadableBody: on_unreadable_body,
            OidcError: on_oidc_error,
            PageError: on_page_error,
            HTTPException: _on_http_error,
        },
    )
    app.router.redirect_slashes = False
    open_store(app, settings)
    return app


def open_store(app: Starlette, settings: Settings) -> None:
    """Open what the simulator remembers, with the seed where that is nothing."""
    store = Store(settings.data, settings.system_client_id)
    seed.fill(store, settings)
    key = lasting_key(store) if settings.data else passing_key()
    app.state.settings, app.state.store = settings, store
    app.state.signing_key = key
    app.state.cookie_secret = key.thumbprint()
    app.state.identity_slots = {}


def _routes(settings: Settings) -> list[BaseRoute]:
    api = [*clients.ROUTES, *members.ROUTES, *users.ROUTES, *system_settings.ROUTES]
    routes: list[BaseRoute] = [
        Mount("/api/v1", routes=api),
        Mount("/api/interaction", routes=interaction.ROUTES),
        *api_document.ROUTES,
        Mount("/oidc", routes=OIDC_ROUTES),
        Route(CONFIGURATION, discovery.configuration),
        *dashboard.ROUTES,
    ]
    if settings.route_api_oidc:
        routes.insert(0, Mount("/api/oidc", routes=OIDC_ROUTES))
    return routes


async def _on_http_error(request: Request, error: Exception) -> Response:
    """What nothing serves: the API says so as JSON, the web server in front as a page."""
    if request.url.path.startswith("/api/") and not request.url.path.startswith("/api/oidc"):
        text = f"Cannot {request.method} {request.scope['original_path']}"
        return error_response(request, ApiError(404, text))
    return await dashboard.not_found(request)
