# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: gets pages as a browser does; redirects are answers like any other.

On urllib and not on ansible.module_utils.urls: there, a CA given by path replaces those of the
system, while here Sentry often has a public certificate and the identity provider a private one;
and a ~/.netrc would add its passwords to requests.
"""

from __future__ import annotations

import http.client
import http.cookiejar
import socket
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any

# Sentry's name for Django's CSRF cookie.
_CSRF_COOKIE = "sc"
_MOST_BYTES = 1_000_000
_TOO_MANY_REQUESTS = 429
_LONGEST_PAUSE = 3.0


class Unreachable(Exception):
    """A page could not be had at all; the text says why."""


@dataclass(frozen=True)
class Page:
    """An HTTP answer; redirects are not followed."""

    status: int
    location: str
    text: str
    retry_after: str = ""


@dataclass(frozen=True)
class Detour:
    """Another way to a server: requests for ``origin`` go to ``address`` instead, without TLS.

    :param origin: for example ``https://sentry.example.com``
    :param address: host and port, for example ``172.18.0.7:9000``
    """

    origin: str
    address: str


class Browser:
    """Gets pages, keeps cookies, checks certificates.

    :param ca_certificates: PEM text of authorities to trust besides the system's, or None
    :param timeout: seconds to wait for the other side
    :param detour: another way to one of the servers
    """

    def __init__(
        self, ca_certificates: str | None, timeout: float, detour: Detour | None = None
    ) -> None:
        context = ssl.create_default_context()
        if ca_certificates:
            # Beside the certificates there can be any comments, which OpenSSL does not read.
            context.load_verify_locations(cadata=ca_certificates.encode("ascii", "ignore").decode())
        self._timeout = timeout
        self._detour = detour
        # A proxy in front of Sentry speaks TLS, the web server behind it does not.
        protocols = ("https", "http") if detour else ("https",)
        policy = http.cookiejar.DefaultCookiePolicy(secure_protocols=protocols)
        self._cookies = http.cookiejar.CookieJar(policy)
        handlers: list[urllib.request.BaseHandler] = [
            urllib.request.HTTPSHandler(context=context),
            urllib.request.HTTPCookieProcessor(self._cookies),
            _NoRedirect(),
        ]
        if detour:
            handlers.append(urllib.request.ProxyHandler({}))
        self._opener = urllib.request.build_opener(*handlers)

    def get(self, url: str) -> Page:
        """Get a page, once more after a pause when there were too many requests.

        :raises Unreachable: there was no answer
        """
        page = self._open(url, None, {})
        if page.status == _TOO_MANY_REQUESTS:
            time.sleep(_pause(page.retry_after))
            page = self._open(url, None, {})
        return page

    def post(self, url: str, form: dict[str, str], csrf_token: str = "") -> Page:
        """Send a form the way the page at this URL would, with Sentry's CSRF token.

        :param csrf_token: the one in the page's form, which counts when there is no cookie
        :raises Unreachable: there was no answer
        """
        kept = next((cookie.value for cookie in self._cookies if cookie.name == _CSRF_COOKIE), None)
        fields = {**form, "csrfmiddlewaretoken": kept or csrf_token}
        data = urllib.parse.urlencode(fields).encode("ascii")
        # Django wants to see that the form came from its own page: since Sentry 24.1 by the origin,
        # which it compares with its own idea of scheme and host, over https by the referrer too.
        return self._open(url, data, {"Referer": url, "Origin": origin_of(url)})

    def _open(self, url: str, data: bytes | None, headers: dict[str, str]) -> Page:
        try:
            request = self._request(url, data, headers)
            with self._opener.open(request, timeout=self._timeout) as answer:
                return _page(answer)
        except urllib.error.HTTPError as error:
            with error:
                return _page(error)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unreachable(_reason(url, error, self._timeout)) from None

    def _request(
        self, url: str, data: bytes | None, headers: dict[str, str]
    ) -> urllib.request.Request:
        detour = self._detour
        if detour is None or not url.startswith(detour.origin + "/"):
            return urllib.request.Request(url, data, headers)
        scheme, _colon, host = detour.origin.partition("://")
        forwarded = {"Host": host, "X-Forwarded-Proto": scheme}
        inner = f"http://{detour.address}{url[len(detour.origin) :]}"
        return urllib.request.Request(inner, data, {**headers, **forwarded})


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: Any) -> None:
        """Make a redirect an answer like any other."""


def origin_of(url: str) -> str:
    """Return scheme, host and port of a URL, which need not be one that can be parsed."""
    return "/".join(url.split("/")[:3])


def _page(answer: Any) -> Page:
    text = answer.read(_MOST_BYTES).decode("utf-8", "replace")
    headers = answer.headers
    return Page(answer.status, headers.get("Location", ""), text, headers.get("Retry-After", ""))


def _pause(retry_after: str) -> float:
    """Return the seconds to wait: what the server asks for, within reason."""
    try:
        return min(max(float(retry_after), 0.0), _LONGEST_PAUSE)
    except ValueError:
        return 1.0


def _reason(url: str, error: Exception, timeout: float) -> str:
    # The path and the query are left out: they can hold a login's state.
    origin = origin_of(url)
    cause = getattr(error, "reason", error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"the certificate of {origin} is not trusted on this host: {cause.verify_message}"
    # Another class than TimeoutError before Python 3.10.
    if isinstance(cause, (TimeoutError, socket.timeout)):
        return f"{origin} gave no answer within {timeout:g} s"
    return f"{origin} cannot be reached from this host: {cause}"
