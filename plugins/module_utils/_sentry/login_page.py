# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE. Walks the start of a login as a person's browser does, up to the identity provider.

Nothing is logged in and nothing is changed: Sentry starts a login session that is never finished.
"""

from __future__ import annotations

import http.client
import http.cookiejar
import json
import re
import socket
import ssl
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any

# Sentry's name for Django's CSRF cookie.
_CSRF_COOKIE = "sc"
_MOST_BYTES = 1_000_000

_LOGIN_BUTTON = re.compile(r"<button[^>]*\bbtn-login-([\w-]+)")
_OAUTH_ERROR = re.compile(r"\b(?:invalid|unauthorized|unsupported|access|server)_[a-z_]+\b")


class Unreachable(Exception):
    """A page could not be had at all; the text says why."""


@dataclass(frozen=True)
class Page:
    """An HTTP answer; redirects are not followed."""

    status: int
    location: str
    text: str


class Browser:
    """Gets pages, keeps cookies, checks certificates.

    :param ca_path: PEM file of a certificate authority to trust besides the system's, or None
    :param timeout: seconds to wait for the other side
    """

    def __init__(self, ca_path: str | None, timeout: float) -> None:
        context = ssl.create_default_context()
        if ca_path:
            context.load_verify_locations(cafile=ca_path)
        self._timeout = timeout
        self._cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=context),
            urllib.request.HTTPCookieProcessor(self._cookies),
            _NoRedirect(),
        )

    def get(self, url: str) -> Page:
        """Get a page; raise Unreachable."""
        return self._open(url, None, {})

    def post(self, url: str, form: dict[str, str]) -> Page:
        """Send a form the way the page at this URL would, with Sentry's CSRF token."""
        token = next((cookie.value for cookie in self._cookies if cookie.name == _CSRF_COOKIE), "")
        fields = {**form, "csrfmiddlewaretoken": token or ""}
        data = urllib.parse.urlencode(fields).encode("ascii")
        # Over https Django also wants to see that the form came from its own page.
        return self._open(url, data, {"Referer": url})

    def _open(self, url: str, data: bytes | None, headers: dict[str, str]) -> Page:
        try:
            request = urllib.request.Request(url, data, headers)
            with self._opener.open(request, timeout=self._timeout) as answer:
                return _page(answer)
        except urllib.error.HTTPError as error:
            with error:
                return _page(error)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unreachable(_reason(url, error, self._timeout)) from error


def login_url(sentry_url: str, organization: str) -> str:
    """Return the address of an organization's login page."""
    return f"{sentry_url.rstrip('/')}/auth/login/{urllib.parse.quote(organization)}/"


def visit(browser: Browser, sentry_url: str, organization: str, provider: str) -> dict[str, Any]:
    """Go from the login page to the identity provider; what fails ends the way.

    :returns: offered (key of the provider that the login page offers, or None), redirect (the URL
        that Sentry sends to, and its parameters), authorization (status, error and location of the
        identity provider's answer), and problem (why the way ended early)
    """
    seen: dict[str, Any] = {"offered": None, "redirect": None, "authorization": None}
    page_url = login_url(sentry_url, organization)
    try:
        page = browser.get(page_url)
        seen["offered"] = _offered(browser, sentry_url, organization, page)
        if seen["offered"] != provider:
            return {**seen, "problem": _no_offer(page_url, page, seen["offered"])}
        started = browser.post(page_url, {"init": "1"})
        if not (300 <= started.status < 400 and "?" in started.location):
            return {**seen, "problem": _no_start(started)}
        seen["redirect"] = {
            "url": started.location.partition("?")[0],
            "parameters": dict(urllib.parse.parse_qsl(started.location.partition("?")[2])),
        }
        seen["authorization"] = _ask_provider(browser, started.location)
    except Unreachable as error:
        return {**seen, "problem": str(error)}
    return {**seen, "problem": None}


def _offered(browser: Browser, sentry_url: str, organization: str, page: Page) -> str | None:
    """Return the key of the provider on offer.

    Newer releases render the login page in the browser, so its text says nothing there, and have
    an anonymous API that says it.
    """
    quoted = urllib.parse.quote(organization)
    answer = browser.get(f"{sentry_url.rstrip('/')}/api/0/auth/organizations/{quoted}/config/")
    if answer.status == 200:
        try:
            return str(json.loads(answer.text)["provider"]["key"])
        except (ValueError, LookupError, TypeError):
            pass  # no provider, or a page of something else than this API: ask the login page
    button = _LOGIN_BUTTON.search(page.text)
    return button.group(1) if button and page.status == 200 else None


def _ask_provider(browser: Browser, url: str) -> dict[str, Any]:
    """Ask the identity provider for its login page and return what it makes of the request."""
    page = browser.get(url)
    # An error can also come back to the caller, as a parameter of the redirect.
    sent_back = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(page.location).query))
    found = _OAUTH_ERROR.search(page.text) if page.status >= 400 else None
    error = sent_back.get("error") or (found.group() if found else None)
    return {"status": page.status, "error": error}


def _no_offer(url: str, page: Page, offered: str | None) -> str:
    if page.status != 200:
        target = f" to {page.location}" if page.location else ""
        return f"{url} answered HTTP {page.status}{target}"
    if offered:
        return f"{url} offers the provider '{offered}'"
    return f"{url} offers no provider, only the password login"


def _no_start(page: Page) -> str:
    if page.status == 403:
        return "Sentry refused to start the login with HTTP 403 (its check against forged forms)"
    if page.location:
        return f"Sentry did not send to an identity provider, but to {page.location}"
    return f"Sentry did not start the login: HTTP {page.status}"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: Any) -> None:
        """Make a redirect an answer like any other."""


def _page(answer: Any) -> Page:
    text = answer.read(_MOST_BYTES).decode("utf-8", "replace")
    return Page(answer.status, answer.headers.get("Location", ""), text)


def _reason(url: str, error: Exception, timeout: float) -> str:
    # The path and the query are left out: they can hold a login's state. A URL that is none at all
    # comes here too, so it is not parsed.
    origin = "/".join(url.split("/")[:3])
    cause = getattr(error, "reason", error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"the certificate of {origin} is not trusted on this host: {cause.verify_message}"
    # Another class than TimeoutError before Python 3.10.
    if isinstance(cause, (TimeoutError, socket.timeout)):
        return f"{origin} gave no answer within {timeout:g} s"
    return f"{origin} cannot be reached from this host: {cause}"
