# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: the public address of Sentry, as an option gives it."""

from __future__ import annotations

from .._address import STANDARD_PORTS, AddressError, parse, shown
from .docker import SentryError


def check_address(option: str, url: str) -> None:
    """Raise SentryError when a text is no address of a web server, with nothing behind its host.

    :param option: whose value it is
    """
    try:
        _check(url)
    except AddressError as error:
        raise SentryError(
            f"{option}: {shown(url)!r} is not an address: it {error}. Give scheme, host and, where"
            " it is not the usual one, port, for example https://sentry.example.com."
        ) from None


def _check(url: str) -> None:
    address = parse(url)
    if address.scheme not in STANDARD_PORTS:
        raise AddressError(f"has the scheme {address.scheme!r} instead of https")
    if address.username is not None or address.password is not None:
        raise AddressError("holds a login or password")
    behind = address.path.strip("/") or address.query or address.fragment
    if behind or url.endswith(("?", "#")):
        raise AddressError("has something behind its host")
