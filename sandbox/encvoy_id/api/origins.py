# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The origin of a URL, as browsers and Node compute it."""

from __future__ import annotations

from urllib.parse import urlsplit

from ..hang import NeverAnswered

DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21}


def origin(url: str) -> str:
    """Scheme, host (in ASCII) and port of a web URL; the string ``null`` for any other scheme.

    Raises NeverAnswered for what is no URL at all: the real server throws there.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise NeverAnswered(url) from error
    if not parts.scheme:
        raise NeverAnswered(url)
    if parts.scheme not in DEFAULT_PORTS:
        return "null"
    if not host:
        raise NeverAnswered(url)
    try:
        ascii_host = host.encode("idna").decode()
    except UnicodeError as error:
        raise NeverAnswered(url) from error
    suffix = "" if port in (None, DEFAULT_PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{ascii_host}{suffix}"
