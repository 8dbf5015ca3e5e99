# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: the proxy between this machine and a server, from the environment.

httpx reads the same variables, but fails over any value that it cannot use with an error of its
own, even when that value is for another kind of address. So the proxy is chosen and judged here.
"""

from __future__ import annotations

import importlib.util
import ipaddress
import os
import urllib.request
from dataclasses import dataclass
from urllib.parse import unquote

from .._address import Address, AddressError, parse, shown
from .errors import EncvoyError

_SCHEMES = ("http", "https", "socks5", "socks5h")


@dataclass(frozen=True)
class Proxy:
    """A proxy that can be used.

    :param url: its address, without login and password
    :param source: the variable that names it
    """

    url: str
    source: str
    username: str | None = None
    password: str | None = None

    @property
    def uses_tls(self) -> bool:
        return self.url.startswith("https:")


def proxy_for(url: str, library: str) -> Proxy | None:
    """The proxy for the server at ``url``; None when there is to be none.

    :param library: what pip calls the HTTP library that is going to use it
    :raises EncvoyError: for a value that cannot be used, with the name of the variable
    """
    target = parse(url)
    proxies = urllib.request.getproxies()
    for kind in (target.scheme, "all"):
        value = proxies.get(kind, "").strip()
        if value:
            return (
                None
                if _is_bypassed(target, proxies.get("no", ""))
                else _judged(kind, value, library)
            )
    return None


def _is_bypassed(target: Address, no_proxy: str) -> bool:
    """Whether NO_PROXY has the host: by name or suffix, or as a network that it is in."""
    place = target.origin.partition("://")[2]
    if urllib.request.proxy_bypass(place) or urllib.request.proxy_bypass(target.host):
        return True
    try:
        host = ipaddress.ip_address(target.host)
    except ValueError:
        return False
    return any(host in network for network in map(_network, no_proxy.split(",")) if network)


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text.strip().strip("[]"), strict=False)
    except ValueError:
        return None


def _judged(kind: str, value: str, library: str) -> Proxy:
    source = _variable(kind)
    start = f"{source}: {shown(value)!r}"
    try:
        address = parse(value if "://" in value else f"http://{value}")
        if address.scheme not in _SCHEMES:
            raise AddressError(
                f"has the scheme {address.scheme!r}, not one of {', '.join(_SCHEMES)}"
            )
    except AddressError as error:
        raise EncvoyError(
            f"{start} is not the address of a proxy: it {error}. Correct the variable or unset it,"
            " or name the server in NO_PROXY."
        ) from None
    if address.scheme.startswith("socks") and importlib.util.find_spec("socksio") is None:
        raise EncvoyError(
            f"{start} is a SOCKS proxy, for which the Python of this module lacks socksio. Install"
            f" it: pip install '{library}[socks]'. Or unset the variable, or name the server in"
            " NO_PROXY."
        )
    # Host names are resolved by the proxy either way; old versions know only the one name.
    url = address.origin.replace("socks5h://", "socks5://")
    return Proxy(url, source, _decoded(address.username), _decoded(address.password))


def _decoded(text: str | None) -> str | None:
    return None if text is None else unquote(text)


def _variable(kind: str) -> str:
    """The environment variable that counts, in the case in which it is written."""
    names = (f"{kind}_proxy", f"{kind}_PROXY".upper())
    set_names = [name for name in os.environ if name.lower() == names[0] and os.environ[name]]
    return next((name for name in names if name in set_names), (set_names or [names[1]])[0])
