# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""proxy: which proxy the environment names, and what is wrong with it."""

from __future__ import annotations

import importlib.util

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.errors import EncvoyError
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.proxy import Proxy, proxy_for

HERE = "https://id.example.com"


def found(monkeypatch: pytest.MonkeyPatch, url: str = HERE, **variables: str) -> Proxy | None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return proxy_for(url, "httpx")


@pytest.mark.parametrize(
    ("variables", "url"),
    [
        ({}, None),
        ({"HTTPS_PROXY": ""}, None),
        ({"HTTPS_PROXY": "http://proxy:3128"}, "http://proxy:3128"),
        ({"https_proxy": "http://proxy:3128/"}, "http://proxy:3128"),
        ({"https_proxy": "http://lower:1", "HTTPS_PROXY": "http://upper:1"}, "http://lower:1"),
        ({"HTTPS_PROXY": "proxy:3128"}, "http://proxy:3128"),
        ({"HTTPS_PROXY": " https://proxy "}, "https://proxy"),
        ({"ALL_PROXY": "http://all:3128"}, "http://all:3128"),
        ({"ALL_PROXY": "http://all:1", "HTTPS_PROXY": "http://one:1"}, "http://one:1"),
        ({"HTTP_PROXY": "http://other-scheme:1"}, None),
        ({"HTTP_PROXY": "nonsense://"}, None),
    ],
)
def test_the_proxy_of_an_address(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], url: str | None
) -> None:
    """A value for another kind of address does not matter, whatever it is."""
    proxy = found(monkeypatch, **variables)
    assert (proxy.url if proxy else None) == url


@pytest.mark.parametrize(
    ("url", "no_proxy", "used"),
    [
        (HERE, "other.example.com", True),
        (HERE, "id.example.com", False),
        (HERE, "example.com", False),
        (HERE, " .example.com , x", False),
        (HERE, "ample.com", True),
        (HERE, "*", False),
        (HERE, "ID.EXAMPLE.COM", False),
        (HERE + ":8443", "id.example.com:8443", False),
        (HERE + ":8443", "id.example.com:443", True),
        ("https://10.1.2.3", "10.0.0.0/8", False),
        ("https://11.1.2.3", "10.0.0.0/8", True),
        ("https://[fd00::1]", "fd00::/8", False),
        ("https://[fd00::1]", "[fd00::1]", False),
        (HERE, "10.0.0.0/8, nonsense/99, ::1, [", True),
    ],
)
def test_no_proxy(monkeypatch: pytest.MonkeyPatch, url: str, no_proxy: str, used: bool) -> None:
    proxy = found(monkeypatch, url, HTTPS_PROXY="http://proxy:3128", NO_PROXY=no_proxy)
    assert (proxy is not None) == used


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("http://", "has no host name"),
        ("http://proxy:port", "has a port that is not a number"),
        ("http://proxy:99999", "has a port that is not a number"),
        ("http://pro xy", "a space or a control character"),
        ("http://[::1", "cannot be read"),
        ("ftp://proxy", "has the scheme 'ftp'"),
        ("socks4://proxy:1080", "has the scheme 'socks4'"),
        ("://", "does not begin with a scheme"),
    ],
)
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "All_Proxy"])
def test_a_value_that_cannot_be_used_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, says: str
) -> None:
    with pytest.raises(EncvoyError) as caught:
        found(monkeypatch, **{variable: value})
    assert str(caught.value).startswith(f"{variable}: '{value}' is not the address of a proxy: ")
    assert says in str(caught.value)
    assert str(caught.value).endswith("or name the server in NO_PROXY.")
    assert found(monkeypatch, NO_PROXY="id.example.com") is None


def test_socks_needs_a_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(EncvoyError) as caught:
        found(monkeypatch, ALL_PROXY="socks5://proxy:1080")
    assert str(caught.value).startswith("ALL_PROXY: 'socks5://proxy:1080' is a SOCKS proxy, ")
    assert "pip install 'httpx[socks]'" in str(caught.value)


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
def test_socks_with_the_library(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)
    proxy = found(monkeypatch, ALL_PROXY=f"{scheme}://proxy:1080")
    assert proxy
    assert proxy.url == "socks5://proxy:1080"


def test_login_and_password_are_apart_from_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = found(monkeypatch, HTTPS_PROXY="http://me:p%40ss%3A@proxy:3128")
    assert proxy == Proxy("http://proxy:3128", "HTTPS_PROXY", "me", "p@ss:")


@pytest.mark.parametrize(
    "value", ["http://me:planted@pro xy", "me:planted@proxy:x", "ftp://a:planted@b"]
)
def test_a_password_is_never_shown(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    with pytest.raises(EncvoyError) as caught:
        found(monkeypatch, HTTPS_PROXY=value)
    assert "planted" not in str(caught.value)


def judged() -> tuple[Proxy | None, str]:
    """The proxy, or the error."""
    try:
        return proxy_for(HERE, "httpx"), ""
    except EncvoyError as error:
        return None, str(error)


VALUES = st.text(max_size=20) | st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "http://", "https://", "socks5://", "socks5h://", "//", "http:/"]),
    st.sampled_from(["", "me@", "me:pa@ss@", "@", "%ff:%00@"]),
    st.sampled_from(["proxy", "", "[::1]", "[", "ü.example", "a..b", "256.1.1.1", "*"]),
    st.sampled_from(["", ":3128", ":0", ":x", "/path", "?", "#"]),
)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(value=VALUES, no_proxy=VALUES | st.just(""))
def test_every_value_is_a_proxy_or_an_error_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, value: str, no_proxy: str
) -> None:
    clean = {"HTTPS_PROXY": value, "NO_PROXY": no_proxy}
    for name, text in clean.items():
        if not text.isprintable():
            return
        monkeypatch.setenv(name, text)
    proxy, error = judged()
    assert error.startswith("HTTPS_PROXY: ") or not error
    assert proxy is None or proxy.source == "HTTPS_PROXY"
