# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The walk to the identity provider, over a real socket.

One local server plays both: Sentry's pages as 23.7 writes them, and the authorization endpoint.
"""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass, field
from urllib.parse import urlencode

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.login_page import (
    Browser,
    login_url,
    visit,
)
from sandbox.certificates import make_certificates

PARAMETERS = {
    "client_id": "client",
    "response_type": "code",
    "scope": "openid email profile",
    "state": "abc",
    "redirect_uri": "https://sentry.example.com/auth/sso/",
}
BUTTON = (
    '<form action="" method="post"><button type="submit" class="btn btn-default btn-login-{}">'
    "Login with Encvoy ID</button></form>"
)


@dataclass
class Sentry:
    """What the local server answers; a test changes it."""

    server: HTTPServer
    config: Response = field(default_factory=lambda: Response(status=404))
    page: str = BUTTON.format("oidc")
    started: Response | None = None
    authorized: Response = field(
        default_factory=lambda: Response(status=303, headers={"Location": "/api/interaction/1"})
    )

    def __post_init__(self) -> None:
        api = "/api/0/auth/organizations/sentry/config/"
        self.server.expect_request(api).respond_with_handler(lambda _request: self.config)
        login = "/auth/login/sentry/"
        self.server.expect_request(login, "GET").respond_with_handler(self._show)
        self.server.expect_request(login, "POST").respond_with_handler(self._start)
        self.server.expect_request("/oidc/auth").respond_with_handler(lambda _: self.authorized)

    def _show(self, _request: Request) -> Response:
        response = Response(self.page)
        response.set_cookie("sc", "the-token")
        return response

    def _start(self, request: Request) -> Response:
        token = request.cookies.get("sc")
        if token != "the-token" or request.form["csrfmiddlewaretoken"] != token:
            return Response(status=403)
        assert request.form["init"] == "1"
        assert request.headers["Referer"] == self.server.url_for("/auth/login/sentry/")
        to = self.server.url_for("/oidc/auth") + "?" + urlencode(PARAMETERS)
        return self.started or Response(status=302, headers={"Location": to})


@pytest.fixture
def sentry(httpserver: HTTPServer) -> Sentry:
    return Sentry(httpserver)


def go(sentry: Sentry):
    return visit(Browser(None, 5), sentry.server.url_for("/"), "sentry", "oidc")


def test_the_whole_way(sentry):
    assert go(sentry) == {
        "offered": "oidc",
        "redirect": {"url": sentry.server.url_for("/oidc/auth"), "parameters": PARAMETERS},
        "authorization": {"status": 303, "error": None},
        "problem": None,
    }


def test_newer_sentry_says_it_in_its_api(sentry):
    sentry.page = "<html><div id=blk_router></div></html>"
    sentry.config = Response(
        '{"loginMethod": "sso", "provider": {"key": "oidc", "name": "Encvoy ID"}}'
    )
    assert go(sentry)["offered"] == "oidc"
    assert go(sentry)["problem"] is None


@pytest.mark.parametrize(
    "config", [Response('{"provider": null}'), Response("<html>a page</html>"), Response("[]")]
)
def test_login_page_is_asked_when_the_api_says_nothing(sentry, config):
    sentry.config = config
    assert go(sentry)["offered"] == "oidc"


def test_password_login_only(sentry):
    sentry.page = '<a class="btn btn-login-google">Google</a><input type="password">'
    seen = go(sentry)
    assert seen["offered"] is None
    assert seen["problem"].endswith("offers no provider, only the password login")
    assert not any(request.method == "POST" for request, _ in sentry.server.log)


def test_another_provider(sentry):
    sentry.page = BUTTON.format("saml2")
    assert go(sentry)["problem"].endswith("offers the provider 'saml2'")


def test_unknown_organization(sentry):
    sentry.server.clear()
    sentry.server.expect_request("/auth/login/sentry/").respond_with_data(
        status=302, headers={"Location": "/auth/login/"}
    )
    assert go(sentry)["problem"].endswith("/auth/login/sentry/ answered HTTP 302 to /auth/login/")


@pytest.mark.parametrize(
    ("started", "problem"),
    [
        (Response(status=500), "Sentry did not start the login: HTTP 500"),
        (Response(status=403), "with HTTP 403 (its check against forged forms)"),
        (
            Response(status=302, headers={"Location": "/auth/login/sentry/"}),
            "Sentry did not send to an identity provider, but to /auth/login/sentry/",
        ),
    ],
)
def test_login_that_does_not_start(sentry, started, problem):
    sentry.started = started
    seen = go(sentry)
    assert problem in seen["problem"]
    assert seen["redirect"] is None


@pytest.mark.parametrize(
    ("authorized", "expected"),
    [
        (
            Response("<pre>error: invalid_redirect_uri</pre>", status=400),
            {"status": 400, "error": "invalid_redirect_uri"},
        ),
        (Response("<h1>Bad Request</h1>", status=400), {"status": 400, "error": None}),
        (Response("no access_token here", status=200), {"status": 200, "error": None}),
        (
            Response(status=303, headers={"Location": "https://x/?error=invalid_scope&state=a"}),
            {"status": 303, "error": "invalid_scope"},
        ),
    ],
)
def test_answer_of_the_identity_provider(sentry, authorized, expected):
    sentry.authorized = authorized
    assert go(sentry)["authorization"] == expected


def test_identity_provider_out_of_reach(sentry):
    to = "http://127.0.0.1:1/oidc/auth?" + urlencode(PARAMETERS)
    sentry.started = Response(status=302, headers={"Location": to})
    seen = go(sentry)
    assert seen["redirect"]["parameters"] == PARAMETERS
    assert seen["authorization"] is None
    assert seen["problem"].startswith("http://127.0.0.1:1 cannot be reached from this host:")


@pytest.mark.parametrize("is_trusted", [True, False])
def test_private_authority(sentry, tmp_path, is_trusted):
    files = make_certificates(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files.server, files.key)
    with HTTPServer(host="127.0.0.1", ssl_context=context) as identity_provider:
        identity_provider.expect_request("/oidc/auth").respond_with_data(status=303)
        to = identity_provider.url_for("/oidc/auth") + "?" + urlencode(PARAMETERS)
        sentry.started = Response(status=302, headers={"Location": to})
        browser = Browser(str(files.ca) if is_trusted else None, 5)
        seen = visit(browser, sentry.server.url_for("/"), "sentry", "oidc")
    if is_trusted:
        assert seen["authorization"] == {"status": 303, "error": None}
    else:
        origin = f"https://127.0.0.1:{identity_provider.port}"
        assert seen["problem"].startswith(f"the certificate of {origin} is not trusted on this")


def test_sentry_that_gives_no_answer():
    # A listening socket that nobody accepts from.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        seen = visit(Browser(None, 0.3), url, "sentry", "oidc")
    assert seen["problem"] == f"{url} gave no answer within 0.3 s"


@pytest.mark.parametrize("url", ["ftp//nothing", "https://[::1", "http://sentry example"])
def test_address_that_is_none(url):
    assert visit(Browser(None, 1), url, "sentry", "oidc")["problem"]


def test_login_url():
    assert login_url("https://s.example.com/", "a b") == "https://s.example.com/auth/login/a%20b/"
