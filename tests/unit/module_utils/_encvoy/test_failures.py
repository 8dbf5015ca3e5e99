# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""failures: what people are told about a request that was not answered."""

from __future__ import annotations

import ssl

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.errors import (
    EncvoyError,
    OutcomeUnknown,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.failures import Target, failure
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.library import LIBRARY
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.proxy import Proxy
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.redaction import Secrets

# Whichever of the supported libraries is installed.
httpx = LIBRARY.api
HERE = Target("https://id.example.com", 15)
PLAIN = Target("http://id.example.com", 15)
PROXIED = Target(HERE.url, 15, proxy=Proxy("http://proxy:3128", "HTTPS_PROXY"))


def told(error: Exception, target: Target = HERE) -> EncvoyError:
    return failure("do it", error, target, Secrets().redact)


def over_tls(cause: Exception) -> Exception:
    error: Exception = httpx.ConnectError("handshake")
    error.__cause__ = cause
    return error


def untrusted(code: int, message: str) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = code, message
    return error


@pytest.mark.parametrize(
    ("error", "target", "says"),
    [
        (
            httpx.ConnectError("[Errno 111] Connection refused"),
            HERE,
            "https://id.example.com cannot be reached ([Errno 111] Connection refused). Check url"
            " and the network.",
        ),
        (
            httpx.ConnectTimeout(""),
            HERE,
            "https://id.example.com cannot be reached (ConnectTimeout). Check url and the network.",
        ),
        (
            httpx.ConnectError("refused"),
            PROXIED,
            "https://id.example.com cannot be reached through the proxy http://proxy:3128"
            " (refused). Check url, and HTTPS_PROXY, or name the server in NO_PROXY.",
        ),
        (
            httpx.ProxyError("403 Forbidden"),
            PROXIED,
            "the proxy http://proxy:3128 does not connect to https://id.example.com (403"
            " Forbidden). Check HTTPS_PROXY, or name the server in NO_PROXY.",
        ),
        (
            httpx.ProxyError("407 Proxy Authentication Required"),
            PROXIED,
            "the proxy http://proxy:3128 does not connect to https://id.example.com (407 Proxy"
            " Authentication Required). Give the proxy's login and password in HTTPS_PROXY.",
        ),
        (
            over_tls(untrusted(10, "certificate has expired")),
            HERE,
            "the certificate of https://id.example.com is not trusted (certificate has expired)."
            " Renew the certificate on the server, and check the clock of this machine.",
        ),
        (
            over_tls(untrusted(20, "unable to get local issuer certificate")),
            HERE,
            "the certificate of https://id.example.com is not trusted (unable to get local issuer"
            " certificate). If a private CA signed it, name the CA's PEM file in ca_path.",
        ),
        (
            over_tls(ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number")),
            HERE,
            "https://id.example.com does not speak TLS as expected ([SSL: WRONG_VERSION_NUMBER]"
            " wrong version number). Check scheme and port in url.",
        ),
    ],
)
def test_the_server_has_not_acted(error: Exception, target: Target, says: str) -> None:
    result = told(error, target)
    assert str(result) == f"Could not do it: {says}"
    assert not isinstance(result, OutcomeUnknown)


@pytest.mark.parametrize(
    ("error", "target", "says"),
    [
        (httpx.ReadTimeout(""), HERE, "no answer from https://id.example.com within 15 seconds."),
        (
            httpx.ReadError(""),
            HERE,
            "the connection to https://id.example.com broke (ReadError). Run",
        ),
        (httpx.WriteTimeout(""), HERE, "broke (WriteTimeout). Run again."),
        (
            httpx.RemoteProtocolError("illegal status line"),
            HERE,
            "(RemoteProtocolError). Run again.",
        ),
        (
            httpx.RemoteProtocolError("illegal status line"),
            PLAIN,
            "Run again, or when the server speaks TLS there, set url to https://id.example.com.",
        ),
        (over_tls(ssl.SSLEOFError(8, "EOF")), HERE, "cannot be reached (handshake)."),
    ],
)
def test_nobody_knows_whether_it_has(error: Exception, target: Target, says: str) -> None:
    result = told(error, target)
    assert says in str(result)
    assert isinstance(result, OutcomeUnknown) != ("cannot be reached" in says)


def test_only_a_time_limit_was_waited_for() -> None:
    waited = [told(error) for error in (httpx.ReadTimeout(""), httpx.ReadError(""))]
    assert [getattr(error, "waited", None) for error in waited] == [True, False]


def test_a_secret_in_a_librarys_text_is_not_shown() -> None:
    secrets = Secrets()
    secrets.add("planted-secret")
    error = failure("do it", httpx.ConnectError("no planted-secret"), HERE, secrets.redact)
    assert "planted" not in str(error)
