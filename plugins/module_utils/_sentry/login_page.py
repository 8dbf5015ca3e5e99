# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: the start of a login, as a browser makes it, to the identity provider.

Nothing is logged in and nothing is changed: Sentry starts a login session that is never finished.
"""

from __future__ import annotations

import json
import re
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .browser import Browser, Page, Unreachable

# Login page that Sentry renders itself: class and text of the button.
_LOGIN_BUTTON = re.compile(r"<button[^>]*\bbtn-login-([\w-]+)")
_LOGIN_TEXT = re.compile(r"\bLogin with \w|\bMembers (?:must )?sign in with\b")
# It has a form of either kind. A page that is rendered in the browser has none.
_FORM = re.compile(r"<form\b|type=[\"']password", re.IGNORECASE)
_CSRF_FIELD = re.compile(r"""name=["']csrfmiddlewaretoken["'][^>]*\bvalue=["']([^"']+)""")
_OAUTH_ERROR = re.compile(r"\b(?:invalid|unauthorized|unsupported|access|server)_[a-z_]+\b")

_TOO_MANY_REQUESTS = 429
_UNAVAILABLE = 503


@dataclass(frozen=True)
class Redirect:
    """Where Sentry sends to: the URL without its query, and the parameters."""

    url: str
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Authorization:
    """What the identity provider answered to the request; ``error`` is of OAuth 2.0."""

    status: int
    error: str | None = None


@dataclass(frozen=True)
class LoginStart:
    """How far the start of a login came.

    :param page_url: of the organization's login page
    :param status: of this page, None when there was no answer
    :param location: where it redirects to, if it does
    :param offered: key of the provider that the login page offers, None when it offers none
    :param plugin_lost: whether Sentry says that the provider that is on is not in its image
    :param problem: why the way ended early, None when it did not
    """

    page_url: str
    status: int | None = None
    location: str | None = None
    offered: str | None = None
    plugin_lost: bool = False
    redirect: Redirect | None = None
    authorization: Authorization | None = None
    problem: str | None = None


@dataclass(frozen=True)
class Told:
    """What Sentry's API says of an organization's login page.

    :param is_told: whether it said which provider is offered
    :param key: of this provider, None when there is none
    :param plugin_lost: whether the provider that is on is not in the image
    :param problem: why it said nothing
    """

    is_told: bool = False
    key: str | None = None
    plugin_lost: bool = False
    problem: str | None = None


def login_url(sentry_url: str, organization: str) -> str:
    """Return the address of an organization's login page."""
    return f"{sentry_url.rstrip('/')}/auth/login/{urllib.parse.quote(organization)}/"


def start_login(browser: Browser, sentry_url: str, organization: str, provider: str) -> LoginStart:
    """Go from the login page to the identity provider; what fails ends the way."""
    seen = LoginStart(login_url(sentry_url, organization))
    try:
        page = browser.get(seen.page_url)
        seen = replace(seen, status=page.status, location=page.location or None)
        told = _ask_api(browser, sentry_url, organization) if page.status == 200 else Told()
        seen = _see_offer(seen, page, told, provider)
        if seen.problem:
            return seen
        token = _CSRF_FIELD.search(page.text)
        started = browser.post(seen.page_url, {"init": "1"}, token.group(1) if token else "")
        if not (300 <= started.status < 400 and "?" in started.location):
            problem = _no_start(started) if seen.offered else _no_sign(seen, told)
            return replace(seen, problem=problem)
        seen = replace(seen, offered=provider, redirect=_redirect(started.location))
        return replace(seen, authorization=_ask_provider(browser, started.location))
    except Unreachable as error:
        return replace(seen, problem=str(error))


def _ask_api(browser: Browser, sentry_url: str, organization: str) -> Told:
    """Ask what releases since 2026 tell everybody of an organization's login.

    Of its fields only ``provider`` and ``ssoRequired`` kept their names:
    https://github.com/getsentry/sentry/pull/125130. It answers 503 when the provider that is on is
    not in the image.
    """
    quoted = urllib.parse.quote(organization)
    url = f"{sentry_url.rstrip('/')}/api/0/auth/organizations/{quoted}/config/"
    try:
        answer = browser.get(url)
    except Unreachable as error:
        return Told(problem=str(error))
    try:
        found = json.loads(answer.text)
        if answer.status == _UNAVAILABLE and "detail" in found:
            return Told(plugin_lost=True, problem=f"{url} answered HTTP 503")
        if answer.status == 200 and "provider" in found:
            offered = found["provider"]
            return Told(is_told=True, key=None if offered is None else str(offered["key"]))
    except (ValueError, LookupError, TypeError):
        pass  # a page of something else than this API, for example of a proxy
    twice = " twice, too many requests" if answer.status == _TOO_MANY_REQUESTS else ""
    return Told(problem=f"{url} answered HTTP {answer.status}{twice}")


def _see_offer(seen: LoginStart, page: Page, told: Told, provider: str) -> LoginStart:
    """Return what was seen, with the provider on offer, or a problem.

    A page that is rendered in the browser says nothing here. Where the API does not either, both
    stay open: the start of the login tells.
    """
    if told.plugin_lost:
        problem = (
            f"{told.problem}: the provider that is turned on for the organization is not in the"
            " running Sentry"
        )
        return replace(seen, plugin_lost=True, problem=problem)
    offered = told.key if told.is_told else _offered_by_page(page, provider)
    is_open = page.status == 200 and not told.is_told and not _FORM.search(page.text)
    if offered == provider or (offered is None and is_open):
        return replace(seen, offered=offered)
    return replace(seen, offered=offered, problem=_no_offer(seen.page_url, page, offered))


def _offered_by_page(page: Page, provider: str) -> str | None:
    if page.status != 200:
        return None
    button = _LOGIN_BUTTON.search(page.text)
    if button:
        return button.group(1)
    # Which provider that is, the redirect tells.
    return provider if _LOGIN_TEXT.search(page.text) else None


def _redirect(location: str) -> Redirect:
    url, _mark, query = location.partition("?")
    return Redirect(url, dict(urllib.parse.parse_qsl(query)))


def _ask_provider(browser: Browser, url: str) -> Authorization:
    """Ask the identity provider for its login page and return what it makes of the request."""
    page = browser.get(url)
    # An error can also come back to the caller, as a parameter of the redirect.
    sent_back = dict(urllib.parse.parse_qsl(_query(page.location)))
    found = _OAUTH_ERROR.search(page.text) if page.status >= 400 else None
    return Authorization(page.status, sent_back.get("error") or (found.group() if found else None))


def _query(location: str) -> str:
    return location.partition("#")[0].partition("?")[2]


def _no_offer(url: str, page: Page, offered: str | None) -> str:
    if page.status != 200:
        target = f" to {page.location}" if page.location else ""
        return f"{url} answered HTTP {page.status}{target}"
    if offered:
        return f"{url} offers the provider '{offered}'"
    return f"{url} offers no provider, only the password login"


def _no_sign(seen: LoginStart, told: Told) -> str:
    return (
        f"{seen.page_url} starts no login and shows nothing without JavaScript, and {told.problem}"
    )


def _no_start(page: Page) -> str:
    if page.status == 403:
        return (
            "Sentry refused to start the login with HTTP 403 (its check against forged forms)."
            " Where a proxy speaks TLS for Sentry, it has to send X-Forwarded-Proto, and"
            " sentry.conf.py needs SECURE_PROXY_SSL_HEADER = ('HTTP_X_FORWARDED_PROTO', 'https') or"
            " the address in CSRF_TRUSTED_ORIGINS"
        )
    if page.location:
        return f"Sentry did not send to an identity provider, but to {page.location}"
    return f"Sentry did not start the login: HTTP {page.status}"


def public_status(seen: LoginStart) -> dict[str, Any]:
    """Return what a module says of the login page: status, location, problem."""
    # What the identity provider answers is no status of Sentry.
    problem = seen.problem if seen.status is None else None
    return {"status": seen.status, "location": seen.location, "problem": problem}
