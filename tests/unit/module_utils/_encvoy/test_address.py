# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The address of Encvoy ID: what is one, what is none, and why, for whatever is typed."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ansible_collections.encvoy.sentry.plugins.module_utils._address import same_origin
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.address import origin
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.errors import EncvoyError
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.library import LIBRARY
from tests.support.addresses import NEARLY

# Whichever of the supported libraries is installed.
httpx = LIBRARY.api


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://id.example.com", "https://id.example.com"),
        ("https://id.example.com/", "https://id.example.com"),
        (" https://ID.Example.com:443/ ", "https://id.example.com"),
        ("HTTPS://id.example.com", "https://id.example.com"),
        ("http://id.example.com:80", "http://id.example.com"),
        ("http://id.example.com:443", "http://id.example.com:443"),
        ("https://id.example.com:", "https://id.example.com"),
        ("https://id.example.com:8443", "https://id.example.com:8443"),
        ("https://id.example.com:65535", "https://id.example.com:65535"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://[0:0::1]", "http://[::1]"),
        ("http://encvoy_id:8080", "http://encvoy_id:8080"),
        ("http://localhost", "http://localhost"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
        ("https://r3---sn.example.com", "https://r3---sn.example.com"),
        ("https://ünï.example", "https://xn--n-nga1b.example"),
        ("https://ÜNÏ.example", "https://xn--n-nga1b.example"),
        ("https://xn--n-nga1b.example", "https://xn--n-nga1b.example"),
        ("https://例え.テスト", "https://xn--r8jz45g.xn--zckzah"),
        ("https://" + "a" * 63 + ".example", "https://" + "a" * 63 + ".example"),
    ],
)
def test_the_address_of_a_server(url: str, clean: str) -> None:
    assert origin(url) == clean


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "does not begin with a scheme"),
        ("id.example.com", "does not begin with a scheme"),
        ("localhost:8080", "does not begin with a scheme"),
        ("https:id.example.com", "does not begin with a scheme"),
        ("https:/id.example.com", "does not begin with a scheme"),
        ("://id.example.com", "does not begin with a scheme"),
        ("https://", "has no host name"),
        ("https:///path", "has no host name"),
        ("https://:443", "has no host name"),
        ("ftp://id.example.com", "has the scheme 'ftp'"),
        ("socks5://id.example.com", "has the scheme 'socks5'"),
        ("https://id.example.com:port", "has a port that is not a number from 1 to 65535"),
        ("https://id.example.com:65536", "has a port that is not a number from 1 to 65535"),
        ("https://id.example.com:-1", "has a port that is not a number from 1 to 65535"),
        ("https://id.example.com:0", "has a port that is not a number from 1 to 65535"),
        ("https://id.example.com:00", "has a port that is not a number from 1 to 65535"),
        ("https://id..invalid", "two dots in a row"),
        ("https://.example.com", "a dot at the beginning"),
        ("https://id.example.com.", "ends in a dot"),
        ("https://" + "a" * 64 + ".example", "more than 63 characters"),
        ("https://" + "ü" * 64 + ".example", "which is none"),
        ("https://" + "a." * 140 + "example", "more than 253 characters"),
        ("https://id exa.mple", "a space or a control character"),
        ("https://id.example\n.com", "a space or a control character"),
        ("https://id.example\t.com", "a space or a control character"),
        ("https://id.example.com\x00", "a space or a control character"),
        ("https://id\u200b.example.com", "a space or a control character"),
        ("https://id%2eexample.com", "the host name part 'id%2eexample'"),
        ("https://*.example.com", "the host name part '*'"),
        ("https://-id.example.com", "the host name part '-id'"),
        ("https://id-.example.com", "the host name part 'id-'"),
        ("https://id\\example.com", "has a backslash"),
        ("https://id.example.com\\@evil.example", "has a backslash"),
        ("https://℀.example", "cannot be read"),
        ("https://xn--a.example", "which is none"),
        ("https://id☃.example", "which is none"),
        ("https://256.1.1.1", "which is not an IPv4 address"),
        ("https://1.2.3", "which is not an IPv4 address"),
        ("https://010.0.0.1", "which is not an IPv4 address"),
        ("https://foo.123", "which is not an IPv4 address"),
        ("https://a.b.c.d.0x1", "which is not an IPv4 address"),
        ("https://１２７.0.0.256", "which is not an IPv4 address"),
        ("https://[::1", "cannot be read"),
        ("https://[x]", "cannot be read|which is not an IPv6 address"),
        ("https://[::1%25eth0]", "zone"),
        ("https://id.example.com/api/oidc", "has a path"),
        ("https://id.example.com?x=1", "has a path"),
        ("https://id.example.com#x", "has a path"),
    ],
)
def test_what_is_no_address_of_a_server(url: str, says: str) -> None:
    with pytest.raises(EncvoyError) as caught:
        origin(url, "the_option")
    assert str(caught.value).startswith("the_option: ")
    assert any(part in str(caught.value) for part in says.split("|"))
    assert str(caught.value).endswith((".", ")."))


@pytest.mark.parametrize(
    "url",
    [
        "https://root:planted-pass@id.example.com",
        "https://root:planted-pass@id.example.com/api",
        "ftp://root:planted-pass@id.example.com",
        "root:planted-pass@id.example.com",
        "https://root:planted-pass@id..example.com",
        "https://root:planted/pass@id.example.com",
        "https://root:planted@pass@id.example.com",
    ],
)
def test_a_login_in_an_address_is_never_shown(url: str) -> None:
    with pytest.raises(EncvoyError) as caught:
        origin(url)
    assert "planted" not in str(caught.value)
    assert "********@" in str(caught.value)


def test_a_login_in_an_address_is_refused_with_what_to_do() -> None:
    with pytest.raises(EncvoyError, match="Give them as login and password"):
        origin("https://root@id.example.com")


# --- Whatever is typed ----------------------------------------------------------------------------


def judged(text: str) -> tuple[str | None, str]:
    """The address, or the error."""
    try:
        return origin(text, "the_option"), ""
    except EncvoyError as error:
        return None, str(error)


@settings(max_examples=500, deadline=None)
@given(NEARLY | st.text(max_size=40))
@example("https://\ud800.example")
def test_every_text_is_an_address_or_an_error_that_names_the_option(text: str) -> None:
    clean, error = judged(text)
    if clean is None:
        assert error.startswith("the_option: ")
        return
    assert origin(clean) == clean
    assert same_origin(text.strip(), clean)
    # What passes here, the HTTP library takes too, and reads in the same way.
    url = httpx.URL(clean + "/x")
    assert f"{url.scheme}://{url.netloc.decode()}" == clean
