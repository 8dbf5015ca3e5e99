"""http: addresses, repetition, limits; against a server that is easy to bend."""

from __future__ import annotations

import datetime
import email.utils
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy import http
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.errors import (
    EncvoyError,
    OutcomeUnknown,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.lock import serialized


@contextmanager
def session(server: HTTPServer, **settings: object) -> Iterator[http.Session]:
    url = server.url_for("").rstrip("/").replace("localhost", "127.0.0.1")
    with http.Session(http.Settings(url=url, **settings)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://id.example.com", "https://id.example.com"),
        ("https://id.example.com/", "https://id.example.com"),
        (" https://ID.Example.com:443/ ", "https://id.example.com"),
        ("http://id.example.com:80", "http://id.example.com"),
        ("https://id.example.com:8443", "https://id.example.com:8443"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_origin(url: str, clean: str) -> None:
    assert http.origin(url) == clean


def in_seconds(seconds: float) -> str:
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return email.utils.format_datetime(moment, usegmt=True)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("", 0),
        ("7", 7),
        ("0", 0),
        ("-3", 0),
        ("soon", 0),
        ("²", 0),
        ("Wed, 25 Nov 2020 08:00:00 GMT", 0),
    ],
)
def test_retry_after(value: str, seconds: float) -> None:
    assert http._retry_after({"retry-after": value}) == seconds


def test_retry_after_as_a_date() -> None:
    assert http._retry_after({"retry-after": in_seconds(20)}) == pytest.approx(20, abs=2)


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
    monkeypatch.setattr(http.time, "sleep", slept.append)
    monkeypatch.setattr(http, "PAUSES", (0.5, 1.5))
    httpserver.expect_ordered_request("/x").respond_with_data("", 503, {"Retry-After": "7"})
    httpserver.expect_ordered_request("/x").respond_with_data("", 503)
    httpserver.expect_ordered_request("/x").respond_with_data("good")
    with session(httpserver) as opened:
        assert opened.send("try", "GET", "/x").body == b"good"
    assert slept == [7, 1.5]


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
    with http.Session(http.Settings(url="http://id.example.com")) as opened:
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


@pytest.mark.parametrize(
    ("secret", "text", "quoted"),
    [
        ("e", "Invalid credentials", "Invalid credentials"),
        ("e", "was e, sorry", "was ********, sorry"),
        ("root", "user root of rootbeer", "user ******** of rootbeer"),
        ("long-planted-secret", "xlong-planted-secretx", "x********x"),
        ("", "nothing  to\n hide", "nothing to hide"),
        ("a.c", "abc a.c", "abc ********"),
    ],
)
def test_foreign_text_is_quoted_without_secrets(
    httpserver: HTTPServer, secret: str, text: str, quoted: str
) -> None:
    with session(httpserver) as opened:
        opened.add_secret(secret)
        assert opened.redact(text) == quoted


def test_foreign_text_is_shortened(httpserver: HTTPServer) -> None:
    with session(httpserver) as opened:
        assert len(opened.redact("x" * 5000)) <= 301


# --- Turns ----------------------------------------------------------------------------------------


def test_requests_of_several_sessions_take_turns() -> None:
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


def test_a_turn_that_never_comes_is_an_error(httpserver: HTTPServer) -> None:
    with session(httpserver, timeout=0.02) as opened, serialized(opened.settings.url, 1) as mine:
        assert mine
        with pytest.raises(EncvoyError, match="other Ansible runs kept"):
            opened.send("try", "GET", "/x")
    assert httpserver.log == []


def test_a_lock_that_cannot_be_had_does_not_stop_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    with serialized("https://id.example.com", 0) as mine:
        assert mine


def test_a_planted_link_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with serialized("https://id.example.com", 0):
        (lock,) = tmp_path.iterdir()
    lock.unlink()
    lock.symlink_to(tmp_path / "victim")
    with serialized("https://id.example.com", 0) as mine:
        assert mine
    assert not (tmp_path / "victim").exists()


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
        with http.Session(http.Settings(url=url, timeout=2)) as opened:
            assert [opened.send("try", "GET", "/").status for _request in range(2)] == [200, 200]
        server.join(2)
