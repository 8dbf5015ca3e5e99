# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on demand: the n-th request to a route fails in a named way.

Nothing fails unless a test asks for it, in-process through ``app.state.faults`` or, where the
setting ``control`` allows it, over HTTP at ``/__faults__``.
"""

from __future__ import annotations

import asyncio
import re
import socket
import struct
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..web.never_answered import client_waits, gateway_timeout

Kind = Literal[
    "status",  # this status, with headers and body
    "html",  # 200 with a page instead of JSON
    "wrong_shape",  # 200 with JSON that is nothing one expects
    "empty",  # 200 with nothing
    "reset",  # connection reset before answering
    "reset_body",  # connection reset in the middle of the body
    "hang",  # never answered
    "delay",  # answered as usual, after some seconds
    "lost_reset",  # done, then connection reset before answering
    "lost_504",  # done, then the reverse proxy's 504
    "lost_hang",  # done, then never answered
]
PAGE = "<!DOCTYPE html><html><body><h1>Welcome to the captive portal</h1></body></html>"


@dataclass
class Fault:
    """One planned fault.

    :param method: HTTP method, or ``*``.
    :param path: regular expression that has to match the whole path, without the query.
    :param kind: what happens, see :data:`Kind`.
    :param nth: the first matching request that fails, counted from 1.
    :param times: how many requests in a row fail; 0 means all from then on.
    :param status: the answer's status for ``status``; ``headers`` and ``body`` go with it.
    :param body: the answer's body for ``status`` and ``wrong_shape``.
    :param seconds: the pause for ``delay``; for ``hang`` and ``lost_hang`` the longest wait.
    """

    method: str
    path: str
    kind: Kind
    nth: int = 1
    times: int = 1
    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    seconds: float = 60.0
    seen: int = 0

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ValueError(f"unknown kind of fault: {self.kind}")
        re.compile(self.path)

    def hits(self, method: str, path: str) -> bool:
        """Count a request in, and tell whether it fails."""
        if self.method not in ("*", method) or not re.fullmatch(self.path, path):
            return False
        self.seen += 1
        last = self.nth + self.times - 1
        return self.seen >= self.nth and (self.times == 0 or self.seen <= last)


class Faults:
    """The faults that are planned; a request gets the first one that hits."""

    def __init__(self) -> None:
        self._planned: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, method: str, path: str, kind: Kind, **options: Any) -> Fault:
        """Plan a fault; see :class:`Fault` for the options. ValueError for an unknown kind."""
        fault = Fault(method, path, kind, **options)
        with self._lock:
            self._planned.append(fault)
        return fault

    def clear(self) -> None:
        """Forget all faults."""
        with self._lock:
            self._planned.clear()

    def planned(self) -> list[dict[str, Any]]:
        """All faults with the number of requests that each has seen."""
        with self._lock:
            return [asdict(fault) for fault in self._planned]

    def take(self, method: str, path: str) -> Fault | None:
        """The fault for a request, or None."""
        with self._lock:
            hit = [fault for fault in self._planned if fault.hits(method, path)]
        return hit[0] if hit else None


class FaultsMiddleware:
    """Carries out the planned faults."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self.app = app
        self.faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = None
        if scope["type"] == "http" and not scope["path"].startswith("/__"):
            fault = self.faults.take(scope["method"], scope["path"])
        if fault is None:
            await self.app(scope, receive, send)
            return
        if fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
            await self.app(scope, receive, send)
        elif fault.kind == "reset_body":
            await self.app(scope, receive, _cut_in_half(scope, send))
        elif fault.kind.startswith("lost_"):
            await self.app(scope, receive, _swallow)
            await _fail(fault.kind.removeprefix("lost_"), fault, scope, receive, send)
        else:
            await _read_all(receive)
            await _fail(fault.kind, fault, scope, receive, send)


async def _fail(kind: str, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
    if kind == "reset":
        _reset(scope)
        return
    if kind == "hang" and not await client_waits(receive, fault.seconds):
        return
    json_type = {"content-type": "application/json; charset=utf-8"}
    answers = {
        "status": Response(fault.body, fault.status, dict(fault.headers)),
        "html": Response(PAGE, media_type="text/html"),
        "wrong_shape": Response(fault.body or '["unexpected"]', headers=json_type),
        "empty": Response(""),
        "hang": gateway_timeout(),
        "504": gateway_timeout(),
    }
    await answers[kind](scope, receive, send)


async def _read_all(receive: Receive) -> None:
    """Take the request's body, so that only the answer is missing."""
    while (await receive()).get("more_body"):
        pass


async def _swallow(_message: Message) -> None:
    """Let an answer disappear."""


def _cut_in_half(scope: Scope, send: Send) -> Send:
    """Send the head and half of the first piece of the body, then reset the connection."""

    async def cut(message: Message) -> None:
        body = message.get("body", b"")
        if message["type"] == "http.response.start":
            await send(message)
        elif body:
            await send({**message, "body": body[: len(body) // 2], "more_body": True})
            _reset(scope)

    return cut


def _reset(scope: Scope) -> None:
    """Close the connection with a TCP reset; only under uvicorn is there one."""
    transport = scope["transport"]
    linger = struct.pack("ii", 1, 0)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()
