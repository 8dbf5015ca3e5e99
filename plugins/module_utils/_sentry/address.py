# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: judges the public address of Sentry."""

from __future__ import annotations

from urllib.parse import urlsplit

from .docker import SentryError


def check_address(option: str, url: str) -> None:
    """Raise SentryError when a text is no address of a web server, with nothing behind its host.

    :param option: whose value it is
    """
    fault = _fault(url)
    if fault:
        raise SentryError(
            f"{option}: {_shown(url)} {fault}. Give scheme, host and, where it is not the usual"
            " one, port, for example https://sentry.example.com."
        )


def _fault(url: str) -> str | None:
    if not url.isprintable() or " " in url:
        return "holds a space or a character that cannot be printed"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        return f"is no address ({error})"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "is no address of a web server"
    if parts.username is not None or parts.password is not None:
        return "holds a user name"
    if port == 0:
        return "has the port 0"
    if parts.path.strip("/") or parts.query or parts.fragment or url.endswith(("?", "#")):
        return "has something behind its host"
    labels = parts.hostname.rstrip(".").split(".")
    if not all(0 < len(label) <= 63 for label in labels):
        return "has a host name with an empty or too long part"
    return None


def _shown(url: str) -> str:
    """Return a text for a message, without what can be a password in it."""
    scheme, separator, rest = url.partition("://")
    return repr(scheme + separator + rest.rpartition("@")[2])[:200]
