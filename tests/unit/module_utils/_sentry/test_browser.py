# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pages over a real socket: what is trusted, what is kept, and what cannot be reached."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry import browser
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.browser import (
    Browser,
    Detour,
    Unreachable,
    origin_of,
)
from sandbox.certificates import make_certificates


def test_a_redirect_is_an_answer(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/").respond_with_data(status=302, headers={"Location": "/next"})
    page = Browser(None, 5).get(httpserver.url_for("/"))
    assert (page.status, page.location) == (302, "/next")


@pytest.mark.parametrize("status", [404, 502])
def test_an_error_is_an_answer(httpserver: HTTPServer, status: int) -> None:
    httpserver.expect_request("/").respond_with_data("text ü", status=status)
    page = Browser(None, 5).get(httpserver.url_for("/"))
    assert (page.status, page.text) == (status, "text ü")


def test_the_csrf_cookie_goes_into_the_form(httpserver: HTTPServer) -> None:
    seen: list[Request] = []

    def answer(request: Request) -> Response:
        seen.append(request)
        return Response(headers={"Set-Cookie": "sc=the token"})

    httpserver.expect_request("/").respond_with_handler(answer)
    url = httpserver.url_for("/")
    ours = Browser(None, 5)
    ours.get(url)
    ours.post(url, {"init": "1"}, "of the form")
    assert seen[1].form["csrfmiddlewaretoken"] == "the token"
    assert seen[1].form["init"] == "1"
    assert seen[1].headers["Referer"] == url
    assert seen[1].headers["Origin"] == url.rstrip("/")


@pytest.mark.parametrize("ca", ["none", "ours", "with comments"])
def test_private_authority(tmp_path: Path, ca: str) -> None:
    files = make_certificates(tmp_path)
    text = files.ca.read_text()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files.server, files.key)
    trusted = {"none": None, "ours": text, "with comments": f"# Größe\n{text}"}[ca]
    with HTTPServer(host="127.0.0.1", ssl_context=context) as server:
        server.expect_request("/").respond_with_data("here")
        ours = Browser(trusted, 5)
        if trusted:
            assert ours.get(server.url_for("/")).text == "here"
        else:
            with pytest.raises(Unreachable, match="the certificate of https://127.0.0.1:.* is not"):
                ours.get(server.url_for("/path?secret"))


def test_no_answer_in_time() -> None:
    # A listening socket that nobody accepts from.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(Unreachable, match=f"^{url} gave no answer within 0.3 s$"):
            Browser(None, 0.3).get(url + "/path?secret")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://[x/", "nothing", "http://a b/"])
def test_out_of_reach(url: str) -> None:
    with pytest.raises(Unreachable, match="cannot be reached from this host"):
        Browser(None, 5).get(url)


def test_a_detour_is_for_its_origin_alone(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/page").respond_with_data("here")
    address = f"{httpserver.host}:{httpserver.port}"
    ours = Browser(None, 5, Detour("https://sentry.example.com", address))
    assert ours.get("https://sentry.example.com/page").text == "here"
    with pytest.raises(Unreachable):
        ours.get("https://sentry.example.com.invalid/page")


@pytest.mark.parametrize(
    ("asked", "seconds"), [("2", 2.0), ("60", 3.0), ("-1", 0.0), ("soon", 1.0), ("", 1.0)]
)
def test_pause_that_a_server_asks_for(asked: str, seconds: float) -> None:
    assert browser._pause(asked) == seconds


def test_origin_of() -> None:
    assert origin_of("https://a.example.com:8443/path?state=1") == "https://a.example.com:8443"
    assert origin_of("nothing") == "nothing"
