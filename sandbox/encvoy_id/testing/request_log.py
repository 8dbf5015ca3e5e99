# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which requests came and how they ended, for tests to read."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass
class Entry:
    """One request: ``status`` stays None where no answer was sent. Bodies are never kept.

    ``headers`` have names in lower case.
    """

    method: str
    path: str
    query: str
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)


class RequestLog:
    """All requests since the start or the last :meth:`clear`, in the order of their arrival."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._lock = threading.Lock()

    def open(self, entry: Entry) -> None:
        """Add a request that has just come."""
        with self._lock:
            self._entries.append(entry)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()

    def entries(self, prefix: str = "") -> list[Entry]:
        """The requests whose path starts with a prefix."""
        with self._lock:
            return [entry for entry in self._entries if entry.path.startswith(prefix)]

    def as_json(self) -> list[dict[str, Any]]:
        """All requests as plain objects."""
        return [asdict(entry) for entry in self.entries()]


class RequestLogMiddleware:
    """Fills a :class:`RequestLog`."""

    def __init__(self, app: ASGIApp, log: RequestLog) -> None:
        self.app = app
        self.log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/__"):
            await self.app(scope, receive, send)
            return
        entry = Entry(
            scope["method"],
            scope["path"],
            scope["query_string"].decode("latin-1"),
            headers={
                name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
            },
        )
        self.log.open(entry)

        async def note(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry.status = message["status"]
            await send(message)

        await self.app(scope, receive, note)
