# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: the address of Encvoy ID, as an option gives it."""

from __future__ import annotations

from .._address import STANDARD_PORTS, AddressError, parse, shown
from .errors import EncvoyError


def origin(text: str, option: str = "url") -> str:
    """The address of a server as scheme://host[:port], in lower case.

    :param option: where the text comes from, for the error
    :raises EncvoyError: for anything but the address of a server
    """
    example = "Give the address of Encvoy ID, for example https://id.example.com."
    try:
        address = parse(text.strip())
        if address.scheme not in STANDARD_PORTS:
            raise AddressError(f"has the scheme {address.scheme!r} instead of https")
        if address.host.endswith("."):
            raise AddressError("has a host name that ends in a dot")
    except AddressError as error:
        raise EncvoyError(
            f"{option}: {shown(text)!r} is not an address: it {error}. {example}"
        ) from None
    if address.username is not None or address.password is not None:
        raise EncvoyError(
            f"{option}: {shown(text)!r} holds a login or password. Give them as login and password."
        )
    if address.path.strip("/") or address.query or address.fragment:
        raise EncvoyError(
            f"{option}: {shown(text)!r} has a path. Give only the address of Encvoy ID, for example"
            f" {address.origin} (not the discovery or API address below it)."
        )
    return address.origin
