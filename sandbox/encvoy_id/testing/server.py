# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator with faults and a log of requests, as a server in a thread of the tests."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware

from ..app import create_app, open_store
from ..settings import Settings
from ..storage import Store
from . import control
from .faults import Faults, FaultsMiddleware
from .request_log import RequestLog, RequestLogMiddleware

START_TIMEOUT = 10


def create_instrumented_app(settings: Settings) -> Starlette:
    """A simulator whose ``app.state`` has ``faults`` and ``requests``, too."""
    faults, log = Faults(), RequestLog()
    app = create_app(
        settings,
        middleware=[
            Middleware(RequestLogMiddleware, log=log),
            Middleware(FaultsMiddleware, faults=faults),
        ],
        routes=control.ROUTES if settings.control else (),
    )
    app.state.faults, app.state.requests = faults, log
    return app


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
        open_store(self.app, self.settings)


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
    app = create_instrumented_app(settings)
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
