# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cookies as the OIDC library writes and reads them: each comes with a signature of its own."""

from __future__ import annotations

import base64
import hashlib
import hmac
from email.utils import formatdate
from time import time

from starlette.requests import Request
from starlette.responses import Response

PAST = "Thu, 01 Jan 1970 00:00:00 GMT"


def _signature(secret: str, name: str, value: str) -> str:
    digest = hmac.new(secret.encode(), f"{name}={value}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def read(request: Request, name: str) -> str | None:
    """The value of a signed cookie; None when it is missing or its signature is wrong."""
    value = request.cookies.get(name)
    signature = request.cookies.get(f"{name}.sig", "")
    expected = _signature(request.app.state.cookie_secret, name, value or "")
    return value if value and hmac.compare_digest(signature, expected) else None


def write(
    request: Request,
    response: Response,
    name: str,
    value: str,
    *,
    path: str,
    same_site: str | None = "lax",
    ttl: float | None = None,
) -> None:
    """Set a signed cookie; an empty value removes it. Secure only where the request was."""
    expires = PAST if not value else formatdate(time() + ttl, usegmt=True) if ttl else None
    secure = request.url.scheme == "https"
    attributes = f"; path={path}"
    attributes += f"; expires={expires}" if expires else ""
    attributes += f"; samesite={same_site}" if same_site and (secure or same_site != "none") else ""
    attributes += "; secure" if secure else ""
    attributes += "; httponly"
    signature = _signature(request.app.state.cookie_secret, name, value) if value else ""
    response.headers.append("set-cookie", f"{name}={value}{attributes}")
    response.headers.append("set-cookie", f"{name}.sig={signature}{attributes}")
