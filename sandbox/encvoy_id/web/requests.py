# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Request bodies as the frameworks parse them, before any check of credentials."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request


class UnreadableBody(Exception):
    """A body that is not the JSON that it says it is."""


async def read_form(request: Request) -> dict[str, str]:
    """The fields of an urlencoded body without empty ones; the last one of several."""
    body = await request.body()
    return dict(parse_qsl(body.decode("utf-8", "replace")))


async def parse_body(request: Request) -> Any:
    """The body as an object or list; ``{}`` when there is none, or one of an unknown type.

    :raises UnreadableBody: for JSON with a mistake in it.
    """
    raw = await request.body()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not raw:
        return {}
    if kind == "application/json":
        return _parse_json(raw.decode("utf-8", "replace"))
    if kind == "application/x-www-form-urlencoded":
        return dict(parse_qsl(raw.decode(), keep_blank_values=True))
    return {}


def _parse_json(text: str) -> Any:
    if text.lstrip()[:1] not in ("{", "["):
        raise UnreadableBody(_unexpected(text))
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise UnreadableBody(_complaint(text, error)) from error


def _complaint(text: str, error: json.JSONDecodeError) -> str:
    """The JavaScript engine's words for the commonest mistakes."""
    if error.pos >= len(text.rstrip()):
        return "Unexpected end of JSON input"
    if error.msg.startswith("Expecting property name"):
        return f"Expected property name or '}}' in JSON at position {error.pos}"
    return _unexpected(text[error.pos :])


def _unexpected(text: str) -> str:
    return f"Unexpected token '{text.strip()[:1]}', \"{text.strip()[:10]}\" is not valid JSON"
