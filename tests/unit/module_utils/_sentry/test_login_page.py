# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The walk to the identity provider, over a real socket.

One local server plays both: Sentry's pages as 23.7 writes them, and the authorization endpoint.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from urllib.parse import urlencode

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry import browser
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.browser import (
    Browser,
    Detour,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.login_page import (
    Authorization,
    LoginStart,
    Redirect,
    login_url,
    public_status,
    start_login,
)

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
    """What the local server answers; a test changes it.

    :param public: address that Sentry believes to have, if not the server's own
    """

    server: HTTPServer
    config: Response = field(default_factory=lambda: Response(status=404))
    page: str = BUTTON.format("oidc")
    started: Response | None = None
    authorized: Response = field(
        default_factory=lambda: Response(status=303, headers={"Location": "/api/interaction/1"})
    )
    public: str | None = None
    cookie_name: str = "sc"
    cookie_is_secure: bool = False

    def __post_init__(self) -> None:
        api = "/api/0/auth/organizations/sentry/config/"
        self.server.expect_request(api).respond_with_handler(lambda _request: self.config)
        login = "/auth/login/sentry/"
        self.server.expect_request(login, "GET").respond_with_handler(self._show)
        self.server.expect_request(login, "POST").respond_with_handler(self._start)
        self.server.expect_request("/oidc/auth").respond_with_handler(lambda _: self.authorized)

    def _show(self, _request: Request) -> Response:
        response = Response(self.page)
        response.set_cookie(self.cookie_name, "the-token", secure=self.cookie_is_secure)
        return response

    def _start(self, request: Request) -> Response:
        token = request.cookies.get(self.cookie_name)
        if token != "the-token" or request.form["csrfmiddlewaretoken"] != token:
            return Response(status=403)
        assert request.form["init"] == "1"
        public = self.public or self.server.url_for("").rstrip("/")
        assert request.headers["Referer"] == public + "/auth/login/sentry/"
        to = self.server.url_for("/oidc/auth") + "?" + urlencode(PARAMETERS)
        return self.started or Response(status=302, headers={"Location": to})


@pytest.fixture
def sentry(httpserver: HTTPServer) -> Sentry:
    return Sentry(httpserver)


def go(sentry: Sentry, detour: Detour | None = None, url: str | None = None) -> LoginStart:
    url = url or sentry.server.url_for("/")
    return start_login(Browser(None, 5, detour), url, "sentry", "oidc")


def problem(sentry: Sentry) -> str:
    told: str | None = go(sentry).problem
    assert told is not None
    return told


def test_the_whole_way(sentry: Sentry) -> None:
    assert go(sentry) == LoginStart(
        page_url=sentry.server.url_for("/auth/login/sentry/"),
        status=200,
        offered="oidc",
        redirect=Redirect(sentry.server.url_for("/oidc/auth"), PARAMETERS),
        authorization=Authorization(303),
    )
    assert public_status(go(sentry)) == {"status": 200, "location": None, "problem": None}


REACT = "<html><div id=blk_router></div></html>"


@pytest.mark.parametrize(
    "config",
    [
        '{"loginMethod": "sso", "provider": {"key": "oidc", "name": "Encvoy ID"}}',
        '{"ssoRequired": true, "memberAuthenticated": false, "provider": {"key": "oidc"}}',
    ],
)
def test_newer_sentry_says_it_in_its_api(sentry: Sentry, config: str) -> None:
    sentry.page = REACT
    sentry.config = Response(config)
    assert (go(sentry).offered, go(sentry).problem) == ("oidc", None)


SILENT = [
    Response(status=404),
    Response("<html>a page</html>"),
    Response("[]"),
    Response('{"provider": {}}'),
    # Of a proxy, and nothing that Sentry says of its providers.
    Response("<h1>503 Service Temporarily Unavailable</h1>", status=503),
    Response('{"message": "no healthy upstream"}', status=503),
    Response('"detail"', status=500),
]


@pytest.mark.parametrize("config", SILENT)
def test_login_page_is_asked_when_the_api_says_nothing(sentry: Sentry, config: Response) -> None:
    sentry.config = config
    assert go(sentry).offered == "oidc"


@pytest.mark.parametrize("config", SILENT)
def test_the_start_tells_where_page_and_api_say_nothing(sentry: Sentry, config: Response) -> None:
    sentry.page = REACT
    sentry.config = config
    seen = go(sentry)
    assert (seen.offered, seen.problem, seen.authorization) == ("oidc", None, Authorization(303))


def test_nothing_says_anything(sentry: Sentry) -> None:
    sentry.page = REACT
    sentry.started = Response(status=302, headers={"Location": "/auth/login/sentry/"})
    seen = go(sentry)
    assert seen.offered is None
    assert "starts no login and shows nothing without JavaScript, and " in str(seen.problem)
    assert str(seen.problem).endswith("/config/ answered HTTP 404")


def test_the_api_says_that_there_is_no_provider(sentry: Sentry) -> None:
    sentry.page = REACT
    sentry.config = Response('{"provider": null, "loginMethod": "password"}')
    assert problem(sentry).endswith("offers no provider, only the password login")
    assert not any(request.method == "POST" for request, _ in sentry.server.log)


def test_an_api_that_gives_no_answer_is_no_obstacle(
    sentry: Sentry, monkeypatch: pytest.MonkeyPatch
) -> None:
    get = Browser.get

    def slow(self: Browser, url: str) -> browser.Page:
        if url.endswith("/config/"):
            raise browser.Unreachable("no answer within 5 s")
        return get(self, url)

    monkeypatch.setattr(Browser, "get", slow)
    assert (go(sentry).offered, go(sentry).problem) == ("oidc", None)
    sentry.page = '<input type="password">'
    assert problem(sentry).endswith("offers no provider, only the password login")


@pytest.mark.parametrize("is_react", [True, False])
def test_both_pages_on_one_sentry(sentry: Sentry, is_react: bool) -> None:
    """A cookie chooses the page, and both start a login in the same way."""
    sentry.config = Response('{"provider": {"key": "oidc", "name": "Encvoy ID"}}')
    sentry.page = REACT if is_react else BUTTON.format("oidc")
    assert go(sentry).authorization == Authorization(303)


@pytest.mark.parametrize(
    "page",
    [
        "<button>Login with Encvoy ID</button>",
        "<p>Members sign in with Encvoy ID</p><button>SSO</button>",
        "<p>Members must sign in with Encvoy ID</p><button>SSO</button>",
    ],
)
def test_texts_of_the_button(sentry: Sentry, page: str) -> None:
    sentry.page = page
    assert (go(sentry).offered, go(sentry).problem) == ("oidc", None)


def test_plugin_lost_in_an_upgrade(sentry: Sentry) -> None:
    sentry.page = REACT
    text = '{"detail": "Organization authentication is temporarily unavailable"}'
    sentry.config = Response(text, status=503)
    seen = go(sentry)
    assert seen.plugin_lost
    assert "answered HTTP 503: the provider that is turned on" in str(seen.problem)
    assert seen.status == 200


def test_too_many_requests_are_made_again(sentry: Sentry, monkeypatch: pytest.MonkeyPatch) -> None:
    sentry.page = REACT
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        sentry.config = Response('{"provider": {"key": "oidc"}}')

    monkeypatch.setattr(browser.time, "sleep", wait)
    sentry.config = Response(status=429, headers={"Retry-After": "60"})
    assert go(sentry).offered == "oidc"
    assert waited == [3.0]


def test_too_many_requests_again_and_again(sentry: Sentry, monkeypatch: pytest.MonkeyPatch) -> None:
    sentry.page = REACT
    sentry.started = Response(status=302, headers={"Location": "/auth/login/sentry/"})
    sentry.config = Response(status=429)
    monkeypatch.setattr(browser.time, "sleep", lambda _seconds: None)
    assert "answered HTTP 429 twice" in problem(sentry)


def test_password_login_only(sentry: Sentry) -> None:
    sentry.page = '<a class="btn btn-login-google">Google</a><input type="password">'
    seen = go(sentry)
    assert seen.offered is None
    assert str(seen.problem).endswith("offers no provider, only the password login")
    assert not any(request.method == "POST" for request, _ in sentry.server.log)


def test_another_provider(sentry: Sentry) -> None:
    sentry.page = BUTTON.format("saml2")
    assert problem(sentry).endswith("offers the provider 'saml2'")


def test_unknown_organization(sentry: Sentry) -> None:
    sentry.server.clear()
    sentry.server.expect_request("/auth/login/sentry/").respond_with_data(
        status=302, headers={"Location": "/auth/login/"}
    )
    assert problem(sentry).endswith("/auth/login/sentry/ answered HTTP 302 to /auth/login/")
    assert public_status(go(sentry)) == {"status": 302, "location": "/auth/login/", "problem": None}


@pytest.mark.parametrize("status", [401, 404, 502])
def test_an_address_that_answers_something_else(sentry: Sentry, status: int) -> None:
    sentry.server.clear()
    sentry.server.expect_request("/auth/login/sentry/").respond_with_data(status=status)
    seen = go(sentry)
    assert seen.status == status
    assert str(seen.problem).endswith(f"answered HTTP {status}")


@pytest.mark.parametrize(
    ("started", "said"),
    [
        (Response(status=500), "Sentry did not start the login: HTTP 500"),
        (Response(status=403), "with HTTP 403 (its check against forged forms)"),
        (Response(status=403), "SECURE_PROXY_SSL_HEADER"),
        (
            Response(status=302, headers={"Location": "/auth/login/sentry/"}),
            "Sentry did not send to an identity provider, but to /auth/login/sentry/",
        ),
    ],
)
def test_login_that_does_not_start(sentry: Sentry, started: Response, said: str) -> None:
    sentry.started = started
    seen = go(sentry)
    assert said in str(seen.problem)
    assert seen.redirect is None


@pytest.mark.parametrize(
    ("authorized", "expected"),
    [
        (
            Response("<pre>error: invalid_redirect_uri</pre>", status=400),
            Authorization(400, "invalid_redirect_uri"),
        ),
        (Response("<h1>Bad Request</h1>", status=400), Authorization(400)),
        (Response("no access_token here", status=200), Authorization(200)),
        (
            Response(status=303, headers={"Location": "https://x/?error=invalid_scope&state=a"}),
            Authorization(303, "invalid_scope"),
        ),
    ],
)
def test_answer_of_the_identity_provider(
    sentry: Sentry, authorized: Response, expected: Authorization
) -> None:
    sentry.authorized = authorized
    assert go(sentry).authorization == expected


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://"])
def test_identity_provider_out_of_reach(sentry: Sentry, url: str) -> None:
    to = f"{url}/oidc/auth?" + urlencode(PARAMETERS)
    sentry.started = Response(status=302, headers={"Location": to})
    seen = go(sentry)
    assert seen.redirect is not None
    assert seen.redirect.parameters == PARAMETERS
    assert seen.authorization is None
    assert str(seen.problem).startswith(f"{url} cannot be reached from this host:")


def test_sentry_that_gives_no_answer() -> None:
    # A listening socket that nobody accepts from.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        seen = start_login(Browser(None, 0.3), url, "sentry", "oidc")
    said = f"{url} gave no answer within 0.3 s"
    assert public_status(seen) == {"status": None, "location": None, "problem": said}


@pytest.mark.parametrize("url", ["ftp//nothing", "https://[::1", "http://sentry example"])
def test_address_that_is_none(url: str) -> None:
    assert start_login(Browser(None, 1), url, "sentry", "oidc").problem


def test_login_url() -> None:
    assert login_url("https://s.example.com/", "a b") == "https://s.example.com/auth/login/a%20b/"


def test_a_detour_past_what_stands_before_sentry(httpserver: HTTPServer) -> None:
    """The web server answers at its own address as it would at the public one, over TLS."""
    sentry = Sentry(httpserver, public="https://sentry.example.com", cookie_is_secure=True)
    detour = Detour("https://sentry.example.com", f"{httpserver.host}:{httpserver.port}")
    seen = go(sentry, detour, "https://sentry.example.com")
    assert (seen.status, seen.offered, seen.problem) == (200, "oidc", None)
    requests = [request for request, _response in httpserver.log]
    own = [each for each in requests if not each.path.startswith("/oidc")]
    assert {each.headers["Host"] for each in own} == {"sentry.example.com"}
    assert {each.headers["X-Forwarded-Proto"] for each in own} == {"https"}
    assert requests[-1].headers["Host"] == f"{httpserver.host}:{httpserver.port}"


def test_a_form_token_counts_where_there_is_no_cookie(sentry: Sentry) -> None:
    sentry.page = (
        '<input type="hidden" name="csrfmiddlewaretoken" value="the-token">' + BUTTON.format("oidc")
    )
    sentry.cookie_name = "another"
    assert go(sentry).authorization == Authorization(303)
