# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A person with a browser, as far as a login needs one: links, cookies and forms."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass
from html import unescape
from urllib.parse import urljoin, urlsplit

import httpx

CSRF_COOKIE = "sc"
HIDDEN_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass(frozen=True)
class Credentials:
    """What a person types at Encvoy ID."""

    login: str
    password: str


class BrowserSession:
    """Walks from Sentry's login page through Encvoy ID and back, one redirect after the other.

    :param sentry_url: origin of Sentry, without a trailing slash.
    :param ca: PEM file of the CA that Encvoy ID's certificate is signed by.
    """

    def __init__(self, sentry_url: str, ca: str) -> None:
        self.sentry_url = sentry_url
        self.browser = httpx.Client(verify=ssl.create_default_context(cafile=ca), timeout=60)

    def __enter__(self) -> BrowserSession:
        return self

    def __exit__(self, *exception: object) -> None:
        self.browser.close()

    def login_page(self, organization: str = "sentry") -> httpx.Response:
        """Sentry's login page of the organization."""
        return self.follow(self.browser.get(f"{self.sentry_url}/auth/login/{organization}/"))

    def choose_provider(self, organization: str = "sentry") -> httpx.Response:
        """Press "Login with …" or "SSO" and go as far as Encvoy ID's own page, or its refusal."""
        page = self.login_page(organization)
        return self.follow(
            self.browser.post(
                str(page.url),
                data={"init": "1", "csrfmiddlewaretoken": self.csrf_token(page)},
                headers={"Referer": str(page.url)},
            )
        )

    def log_in_with_encvoy_id(
        self, account: Credentials, organization: str = "sentry"
    ) -> httpx.Response:
        """The whole way; ends at the page of Sentry that the person sees."""
        widget = self.choose_provider(organization)
        answer = self.browser.post(
            f"{widget.url.copy_with(query=None)}/auth?type=CREDENTIALS",
            json={"identifier": account.login, "password": account.password, "prompt": "login"},
        )
        page = self.follow(answer)
        if is_consent(page):
            page = self.follow(self.browser.post(f"{page.url.copy_with(query=None)}/confirm"))
        return page

    def accept_new_account(self, page: httpx.Response) -> httpx.Response:
        """Answer Sentry's question to somebody it does not know: yes, make an account for me."""
        return self.follow(
            self.browser.post(
                str(page.url),
                data={"op": "newuser", "csrfmiddlewaretoken": self.csrf_token(page)},
                headers={"Referer": str(page.url)},
            )
        )

    def log_in_with_password(self, email: str, password: str) -> httpx.Response:
        """Sentry's own login; its pages offer none for an organization with a provider."""
        page = self.login_page()
        return self.browser.post(
            f"{self.sentry_url}/api/0/auth/login/",
            json={"username": email, "password": password},
            headers={"X-CSRFToken": self.csrf_token(page), "Referer": str(page.url)},
        )

    def who_am_i(self) -> httpx.Response:
        """Sentry's answer to the question who is logged in."""
        return self.browser.get(f"{self.sentry_url}/api/0/users/me/")

    def csrf_token(self, page: httpx.Response) -> str:
        """The hidden field of a form of Sentry; of a page that has none, Sentry's cookie."""
        found = HIDDEN_TOKEN.search(page.text)
        token = unescape(found[1]) if found else self.browser.cookies.get(CSRF_COOKIE)
        assert token, f"neither form nor cookie at {page.url}: {page.text[:500]}"
        return token

    def follow(self, response: httpx.Response, hops: int = 20) -> httpx.Response:
        """Follow redirects while they lead to Sentry or Encvoy ID."""
        for _ in range(hops):
            if not response.has_redirect_location:
                return response
            response = self.browser.get(urljoin(str(response.url), response.headers["location"]))
        raise AssertionError(f"more than {hops} redirects, at {response.url}")


def is_consent(page: httpx.Response) -> bool:
    """Whether Encvoy ID asks what may be told to the application (widget route ``access``)."""
    return (
        "/api/interaction/" in urlsplit(str(page.url)).path
        and '"initialRoute":"access"' in page.text
    )
