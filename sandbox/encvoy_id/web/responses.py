# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Successful answers of the management API, with the headers that its framework adds."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse


class CharsetJSONResponse(JSONResponse):
    """JSON with the charset spelled out, as Express writes it."""

    media_type = "application/json; charset=utf-8"


def weak_etag(body: bytes) -> str:
    """An entity tag made of length and digest."""
    digest = base64.b64encode(hashlib.sha1(body).digest()).decode().rstrip("=")
    return f'W/"{len(body):x}-{digest}"'


def json_response(
    request: Request,
    document: Any,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A JSON answer; 304 where a GET names the tag of what it already has."""
    response = CharsetJSONResponse(document, status, headers)
    etag = weak_etag(bytes(response.body))
    response.headers["etag"] = etag
    if request.method == "GET" and request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers={"etag": etag})
    return response


def empty_response(status: int = 200) -> Response:
    """An empty answer without type or length (sent chunked), as for handlers without a result."""
    return StreamingResponse(iter(()), status)
