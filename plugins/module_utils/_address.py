# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: addresses: the one place that judges URLs and host names."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

_LONGEST_HOST = 253
_LONGEST_SHOWN = 200
STANDARD_PORTS = {"http": 80, "https": 443}
# RFC 1123, and the underscore, which container names have.
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
# A host that ends in a number is an IPv4 address (https://url.spec.whatwg.org/#ends-in-a-number).
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


class AddressError(ValueError):
    """Why a text is no address: the end of a sentence that begins with "it"."""


@dataclass(frozen=True)
class Address:
    """A URL that can be used.

    :param host: in lower case, as it is sent (IDNA), an IPv6 address without brackets
    :param port: as it is written; None when it is not
    """

    scheme: str
    host: str
    port: int | None
    path: str
    query: str
    fragment: str
    username: str | None = None
    password: str | None = None

    @property
    def origin(self) -> str:
        """scheme://host[:port], without the port that is standard for the scheme (RFC 6454)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        standard = self.port is None or self.port == STANDARD_PORTS.get(self.scheme)
        return f"{self.scheme}://{host}" + ("" if standard else f":{self.port}")


def parse(text: str) -> Address:
    """The parts of a URL with a host.

    :raises AddressError: for anything else, and for a host or port that cannot exist
    """
    # urlsplit leaves out line breaks and tabs without a word.
    if not text.isprintable() or " " in text:
        raise AddressError("has a space or a control character")
    # Browsers read it as a slash, so the host would be another one than it looks like.
    if "\\" in text:
        raise AddressError("has a backslash")
    try:
        parts = urlsplit(text)
    except ValueError:  # whose text may hold a password
        raise AddressError("cannot be read") from None
    if not parts.scheme or not text[len(parts.scheme) :].startswith("://"):
        raise AddressError("does not begin with a scheme and ://")
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise AddressError("has a port that is not a number from 1 to 65535")
    host = _judged_host(parts.netloc.rpartition("@")[2], parts.hostname or "")
    return Address(
        parts.scheme,
        host,
        port,
        parts.path,
        parts.query,
        parts.fragment,
        parts.username,
        parts.password,
    )


def same_origin(left: str, right: str) -> bool:
    """Whether two URLs are of one server; False when one of them is none."""
    try:
        return parse(left).origin == parse(right).origin
    except AddressError:
        return False


def shown(text: str) -> str:
    """A URL fit for an error message: short, and without a login and password in it."""
    scheme, separator, rest = text.partition("://")
    start, at, end = (rest if separator else text).rpartition("@")
    clean = (scheme + separator if separator else "") + ("********@" if at else start) + end
    return clean if len(clean) <= _LONGEST_SHOWN else clean[:_LONGEST_SHOWN] + "…"


def _judged_host(place: str, host: str) -> str:
    """The host as it is sent."""
    if "[" in place or "]" in place:
        return _ipv6(host)
    if not host:
        raise AddressError("has no host name")
    if not host.isascii() or any(label.startswith("xn--") for label in host.split(".")):
        host = _idna(host)
    if len(host) > _LONGEST_HOST:
        raise AddressError(f"has a host name of more than {_LONGEST_HOST} characters")
    labels = (host[:-1] if host.endswith(".") else host).split(".")
    for label in labels:
        if not _LABEL.fullmatch(label):
            raise AddressError(_label_fault(label))
    if _NUMBER.fullmatch(labels[-1]):
        try:
            ipaddress.IPv4Address(host)
        except ValueError:
            raise AddressError(f"has the host {host!r}, which is not an IPv4 address") from None
    return host


def _label_fault(label: str) -> str:
    if not label:
        return "has two dots in a row, or a dot at the beginning of its host name"
    if len(label) > 63:
        return f"has a part of more than 63 characters in its host name ({label[:20]}…)"
    return f"has the host name part {label!r}, which is not letters, digits and inner hyphens"


def _ipv6(host: str) -> str:
    if "%" in host:
        raise AddressError("has an IPv6 address with a zone")
    try:
        return ipaddress.IPv6Address(host).compressed
    except ValueError:
        raise AddressError(f"has the host [{host}], which is not an IPv6 address") from None


def _idna(host: str) -> str:
    """The host name in ASCII (RFC 5891), by the library that httpx brings along.

    A Sentry host need not have it; Python itself knows the older rules (RFC 3490).
    """
    if len(host) > _LONGEST_HOST:
        raise AddressError(f"has a host name of more than {_LONGEST_HOST} characters")
    try:
        return _encoder()(host).decode("ascii")
    except UnicodeError as error:
        raise AddressError(
            f"has the host name {host!r}, which is none ({_reason(error)})"
        ) from None


def _encoder() -> Callable[[str], bytes]:
    try:
        import idna  # only here, for most host names do not need it
    except ImportError:
        return lambda host: host.encode("idna")
    return lambda host: idna.encode(host, uts46=True)


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:100].rstrip(".")
