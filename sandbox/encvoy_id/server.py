# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator as an application, and as a server for tests."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

from . import control, front, interaction, seed
from .api import clients, members, system, users
from .api.errors import ApiError, error_response, on_api_error
from .faults import Faults, FaultsMiddleware
from .hang import HangMiddleware
from .oidc import discovery, problems
from .oidc.keys import lasting_key, passing_key
from .oidc.routes import CONFIGURATION
from .oidc.routes import ROUTES as OIDC_ROUTES
from .request_log import RequestLog, RequestLogMiddleware
from .settings import Settings
from .storage import Store

START_TIMEOUT = 10


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


def create_app(settings: Settings) -> Starlette:
    """A simulator; ``app.state`` has ``settings``, ``store``, ``faults`` and ``requests``."""
    faults, log = Faults(), RequestLog()
    app = Simulator(
        routes=_routes(settings),
        middleware=[
            Middleware(RequestLogMiddleware, log=log),
            Middleware(FaultsMiddleware, faults=faults),
            Middleware(HangMiddleware, seconds=settings.hang_seconds),
        ],
        exception_handlers={
            ApiError: on_api_error,
            problems.OidcError: problems.on_oidc_error,
            problems.PageError: problems.on_page_error,
            HTTPException: _on_http_error,
        },
    )
    app.router.redirect_slashes = False
    app.state.faults, app.state.requests = faults, log
    _begin(app, settings)
    return app


def _begin(app: Starlette, settings: Settings) -> None:
    """Open what the simulator remembers, with the seed where that is nothing."""
    store = Store(settings.data, settings.system_client_id)
    seed.plant(store, settings)
    key = lasting_key(store) if settings.data else passing_key()
    app.state.settings, app.state.store = settings, store
    app.state.signing_key = key
    app.state.cookie_secret = key.thumbprint()
    app.state.identity_slots = {}


def _routes(settings: Settings) -> list[BaseRoute]:
    api = [*clients.ROUTES, *members.ROUTES, *users.ROUTES, *system.ROUTES]
    routes: list[BaseRoute] = [
        Mount("/api/v1", routes=api),
        Mount("/api/interaction", routes=interaction.ROUTES),
        Route("/api", system.explorer),
        Route("/api-json", system.document),
        Mount("/oidc", routes=OIDC_ROUTES),
        Route(CONFIGURATION, discovery.configuration),
        Route("/config.js", front.configuration),
        *[Route(path, front.dashboard) for path in ("/", "/code", "/login")],
    ]
    if settings.route_api_oidc:
        routes.insert(0, Mount("/api/oidc", routes=OIDC_ROUTES))
    if settings.control:
        routes.extend(control.ROUTES)
    return routes


async def _on_http_error(request: Request, error: Exception) -> Response:
    """What nothing serves: the API says so as JSON, the web server in front as a page."""
    if request.url.path.startswith("/api/") and not request.url.path.startswith("/api/oidc"):
        text = f"Cannot {request.method} {request.scope['original_path']}"
        return error_response(request, ApiError(404, text))
    return await front.not_found(request)


@dataclass
class RunningServer:
    """A simulator that answers on a local port."""

    url: str
    app: Starlette
    settings: Settings

    @property
    def store(self) -> Store:
        """What it remembers; may be read and changed while it runs."""
        found: Store = self.app.state.store
        return found

    @property
    def faults(self) -> Faults:
        """Where faults are planned."""
        found: Faults = self.app.state.faults
        return found

    @property
    def requests(self) -> RequestLog:
        """Which requests came."""
        found: RequestLog = self.app.state.requests
        return found

    def reset(self) -> None:
        """Forget everything since the start (for one in memory): much quicker than a new server."""
        self.store.database.close()
        self.faults.clear()
        self.requests.clear()
        _begin(self.app, self.settings)


@contextmanager
def running_server(settings: Settings | None = None) -> Iterator[RunningServer]:
    """Serve a simulator on a free port of 127.0.0.1, in a thread, for the ``with`` block.

    Where the settings name no domain, it is the server's own URL.
    """
    # The protocol has to be named: asyncio sends small packets at once only where it is TCP.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    settings = settings or Settings()
    url = f"{settings.scheme}://127.0.0.1:{listener.getsockname()[1]}"
    settings = replace(settings, domain=settings.domain or url)
    app = create_app(settings)
    server = uvicorn.Server(configuration(app, settings, log_level="critical"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        _wait_until_started(server, thread)
        yield RunningServer(url, app, settings)
    finally:
        server.should_exit = server.force_exit = True
        thread.join(START_TIMEOUT)
        listener.close()
        app.state.store.database.close()


def configuration(app: Starlette, settings: Settings, **options: object) -> uvicorn.Config:
    """How uvicorn serves a simulator."""
    return uvicorn.Config(
        app,
        ssl_certfile=settings.certificate,
        ssl_keyfile=settings.private_key,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=1,
        **options,  # type: ignore[arg-type]  # uvicorn's options are many and of many types
    )


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError("the simulator did not start")
        time.sleep(0.005)
