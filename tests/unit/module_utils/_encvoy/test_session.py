# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""session: repetition, limits, proxies, one server alone; against a server that is easy to bend."""

from __future__ import annotations

import base64
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy import retry
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.errors import (
    EncvoyError,
    OutcomeUnknown,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.lock import serialized
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.session import Session, Settings


@contextmanager
def session(server: HTTPServer, **settings: object) -> Iterator[Session]:
    url = server.url_for("").rstrip("/").replace("localhost", "127.0.0.1")
    with Session(Settings(url=url, **settings)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("method", "status", "repeatable", "sent"),
    [
        ("GET", 503, None, 3),
        ("GET", 429, None, 3),
        ("GET", 404, None, 1),
        ("PUT", 502, None, 3),
        ("DELETE", 500, None, 3),
        ("POST", 503, None, 1),
        ("POST", 504, None, 1),
        ("POST", 429, None, 3),
        ("POST", 503, True, 3),
        ("GET", 503, False, 1),
    ],
)
def test_how_often_a_request_is_sent(
    httpserver: HTTPServer, method: str, status: int, repeatable: bool | None, sent: int
) -> None:
    httpserver.expect_request("/x").respond_with_data("", status=status)
    with session(httpserver) as opened:
        assert opened.send("try", method, "/x", repeatable=repeatable).status == status
    assert len(httpserver.log) == sent


def test_waits_as_long_as_the_server_asks(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setattr(retry, "PAUSES", (0.5, 1.5))
    httpserver.expect_ordered_request("/x").respond_with_data("", 503, {"Retry-After": "7"})
    httpserver.expect_ordered_request("/x").respond_with_data("", 503)
    httpserver.expect_ordered_request("/x").respond_with_data("good")
    with session(httpserver) as opened:
        assert opened.send("try", "GET", "/x").body == b"good"
    assert slept == [7, 1.5]


@pytest.mark.parametrize(("asked", "waits"), [("30", True), ("31", False), ("86400", False)])
def test_a_pause_that_is_too_long_is_an_error(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch, asked: str, waits: bool
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    httpserver.expect_request("/x").respond_with_data("", 503, {"Retry-After": asked})
    with session(httpserver) as opened:
        if waits:
            assert opened.send("try", "GET", "/x").status == 503
        else:
            with pytest.raises(EncvoyError, match=f"asks to wait {asked} seconds before the next"):
                opened.send("try", "GET", "/x")
    assert slept == ([30, 30] if waits else [])


def test_does_not_follow_redirects(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/x").respond_with_data("", 302, {"Location": "/y"})
    with session(httpserver) as opened:
        assert opened.send("try", "GET", "/x").location == "/y"
    assert len(httpserver.log) == 1


def test_says_who_it_is_and_sends_no_credentials_of_its_own(
    httpserver: HTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some libraries add those of ~/.netrc."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login root password planted\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    httpserver.expect_request("/x").respond_with_data("good")
    with session(httpserver, agent="mine/1.0") as opened:
        opened.send("try", "GET", "/x")
    request = httpserver.log[0][0]
    assert request.headers["user-agent"] == "mine/1.0"
    assert "authorization" not in request.headers


def test_takes_the_proxy_from_the_environment(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", httpserver.url_for("").rstrip("/"))
    httpserver.expect_request("/x").respond_with_data("by proxy")
    with Session(Settings(url="http://id.example.com")) as opened:
        assert opened.send("try", "GET", "/x").body == b"by proxy"


def test_a_body_that_drips_is_cut_off(httpserver: HTTPServer) -> None:
    """Each piece comes in time, the whole does not."""

    def drip(_request: Request) -> Response:
        def pieces() -> Iterator[bytes]:
            for _piece in range(20):
                time.sleep(0.1)
                yield b"x"

        return Response(pieces())

    httpserver.expect_request("/x").respond_with_handler(drip)
    with session(httpserver, timeout=0.4) as opened, pytest.raises(OutcomeUnknown) as caught:
        opened.send("try", "GET", "/x")
    assert caught.value.waited


# --- One server and no other ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["https://evil.example/x", "http://127.0.0.1:1/x", "http://127.0.0.1@evil.example/"]
)
def test_no_request_goes_to_another_server(httpserver: HTTPServer, path: str) -> None:
    """It may carry a token."""
    with session(httpserver) as opened, pytest.raises(EncvoyError, match="another server"):
        opened.send("try", "GET", path, headers={"Authorization": "Bearer planted"})


@pytest.mark.parametrize("path", ["//evil.example/x", "/\\evil.example", "/@evil.example"])
def test_a_path_that_looks_like_a_server_is_a_path(httpserver: HTTPServer, path: str) -> None:
    httpserver.expect_request(re.compile(".*")).respond_with_data("")
    with session(httpserver) as opened:
        opened.send("try", "GET", path, headers={"Authorization": "Bearer planted"})
    assert len(httpserver.log) == 1


@pytest.mark.parametrize("path", ["/\x7f", "/a b", "/é", "/\n", "/%20", "/[x]"])
def test_a_path_is_sent_in_characters_that_a_request_can_carry(
    httpserver: HTTPServer, path: str
) -> None:
    httpserver.expect_request(re.compile(".*")).respond_with_data("")
    with session(httpserver) as opened:
        assert opened.send("try", "GET", path).status == 200


@pytest.mark.parametrize(
    ("location", "leads_to"),
    [
        ("https://id.example.com/x", "https://id.example.com"),
        ("https://id.example.com/x/", "https://id.example.com"),
        ("//id.example.com/x", "http://id.example.com"),
    ],
)
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_server_with_another_public_address_is_named(
    httpserver: HTTPServer, location: str, leads_to: str, status: int
) -> None:
    """So does a server that sends everybody from http to https."""
    httpserver.expect_request("/x").respond_with_data("", status, {"Location": location})
    with session(httpserver) as opened, pytest.raises(EncvoyError) as caught:
        opened.send("try", "GET", "/x", params={"a": "b"})
    assert str(caught.value) == (
        f"Could not try: {opened.settings.url} redirects to {leads_to}. Set url to {leads_to}."
    )


@pytest.mark.parametrize(
    "location",
    [
        *("/x", "/y", "https://id.example.com/y", "/x/", "com.example.app://cb", ""),
        *("mailto:x", "https://xn--a/x", "https://a b/x", "://"),
    ],
)
def test_other_redirects_are_answers(httpserver: HTTPServer, location: str) -> None:
    """Whatever they lead to: nobody follows them."""
    httpserver.expect_request("/x").respond_with_data("", 302, {"Location": location})
    with session(httpserver) as opened:
        assert opened.send("try", "GET", "/x").location == location


def test_a_server_that_expects_tls_says_so_in_html(httpserver: HTTPServer) -> None:
    page = "<center>The plain HTTP request was sent to HTTPS port</center>"
    httpserver.expect_request("/x").respond_with_data(page, 400)
    with session(httpserver) as opened, pytest.raises(EncvoyError) as caught:
        opened.send("try", "GET", "/x")
    https = opened.settings.url.replace("http:", "https:")
    assert str(caught.value).endswith(f"speaks TLS. Set url to {https}.")


# --- Proxies --------------------------------------------------------------------------------------


def test_login_and_password_of_a_proxy_are_sent_to_it(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = httpserver.url_for("").rstrip("/").replace("http://", "http://me:p%40ss@")
    monkeypatch.setenv("HTTP_PROXY", proxy)
    httpserver.expect_request("/x").respond_with_data("by proxy")
    with Session(Settings(url="http://id.example.com")) as opened:
        opened.send("try", "GET", "/x")
        assert "p@ss" in opened.secrets
    sent = httpserver.log[0][0].headers["proxy-authorization"]
    assert base64.b64decode(sent.split()[1]) == b"me:p@ss"


def test_a_proxy_that_wants_a_login_is_named(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", httpserver.url_for("").rstrip("/"))
    httpserver.expect_request("/x").respond_with_data("", 407)
    with (
        Session(Settings(url="http://id.example.com")) as opened,
        pytest.raises(EncvoyError, match=r"the proxy .* wants a login\. Give one in HTTP_PROXY"),
    ):
        opened.send("try", "GET", "/x")


def test_a_proxy_that_refuses_to_connect_is_named(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """https goes through it by CONNECT, which this one does not know."""
    proxy = httpserver.url_for("").rstrip("/")
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with (
        Session(Settings(url="https://id.example.com")) as opened,
        pytest.raises(EncvoyError) as caught,
    ):
        opened.send("try", "GET", "/x")
    assert f"the proxy {proxy} does not connect to https://id.example.com (" in str(caught.value)


def test_a_proxy_that_speaks_otherwise_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library for SOCKS has errors of its own."""

    def complain(*_request: object, **_options: object) -> None:
        raise ValueError("Malformed reply")

    monkeypatch.setenv("ALL_PROXY", "http://proxy:3128")
    with Session(Settings(url="https://id.example.com")) as opened:
        monkeypatch.setattr(opened._client, "send", complain)
        with pytest.raises(
            EncvoyError, match=r"the proxy http://proxy:3128 .* \(Malformed reply\)"
        ):
            opened.send("try", "GET", "/x")


def test_a_proxy_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy = f"http://127.0.0.1:{listener.getsockname()[1]}"
    monkeypatch.setenv("ALL_PROXY", proxy)
    with (
        Session(Settings(url="https://id.example.com")) as opened,
        pytest.raises(EncvoyError, match=f"through the proxy {proxy} .* ALL_PROXY"),
    ):
        opened.send("try", "GET", "/x")


def test_settings_of_the_surroundings_are_not_read(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """httpx itself would fail over each of them, though none is for this address."""
    monkeypatch.setenv("HTTPS_PROXY", "nonsense://[")
    monkeypatch.setenv("NO_PROXY", "[::1, *.x:y, http://")
    monkeypatch.setenv("SSL_CERT_FILE", "/missing")
    httpserver.expect_request("/x").respond_with_data("good")
    with session(httpserver) as opened:
        assert opened.send("try", "GET", "/x").body == b"good"


# --- One request at a time ------------------------------------------------------------------------


def test_requests_of_several_sessions_are_sent_one_by_one() -> None:
    """The server would mix up their identities."""
    busy, most = 0, 0

    def count(_request: Request) -> Response:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        time.sleep(0.05)
        busy -= 1
        return Response("good")

    def work() -> None:
        with session(server) as opened:
            for _request in range(3):
                opened.send("try", "GET", "/x")

    with HTTPServer(host="127.0.0.1", threaded=True) as server:
        server.expect_request("/x").respond_with_handler(count)
        threads = [threading.Thread(target=work) for _thread in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(server.log) == 9
    assert most == 1


def test_a_server_that_is_busy_for_too_long_is_an_error(httpserver: HTTPServer) -> None:
    with session(httpserver, timeout=0.02) as opened, serialized(opened.settings.url, 1) as mine:
        assert mine
        with pytest.raises(EncvoyError, match=r"other Ansible runs kept .* busy for 0\.2 seconds"):
            opened.send("try", "GET", "/x")
    assert httpserver.log == []


def test_a_busy_server_is_waited_for_longer_than_for_an_answer(httpserver: HTTPServer) -> None:
    """Each of the others may take as long as an answer takes."""
    httpserver.expect_request("/x").respond_with_data("good")
    with session(httpserver, timeout=1) as opened:
        with serialized(opened.settings.url, 1):
            asking = threading.Thread(target=opened.send, args=("try", "GET", "/x"))
            asking.start()
            asking.join(2)
            assert asking.is_alive()
        asking.join(60)
    assert len(httpserver.log) == 1


def test_a_connection_that_was_dropped_meanwhile_is_no_error() -> None:
    """A server closes idle connections; the next request over one of them fails at once."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for _connection in range(2):
                connection, _address = listener.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood")

        server = threading.Thread(target=serve, daemon=True)
        server.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with Session(Settings(url=url, timeout=60)) as opened:
            assert [opened.send("try", "GET", "/").status for _request in range(2)] == [200, 200]
        server.join(60)
