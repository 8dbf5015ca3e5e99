# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Only the address of a web server is an address of Sentry."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.address import check_address
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.docker import SentryError


@pytest.mark.parametrize(
    "url",
    [
        "https://sentry.example.com",
        "https://sentry.example.com/",
        "http://10.0.0.1:9000",
        "https://[fd00::1]:8443",
        "https://sentry_1.internal",
    ],
)
def test_an_address(url: str) -> None:
    check_address("sentry_url", url)


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("sentry.example.com", "does not begin with a scheme"),
        ("ftp://sentry.example.com", "has the scheme 'ftp'"),
        ("https://", "has no host name"),
        ("https://sentry.example.com/sentry", "has something behind its host"),
        ("https://sentry.example.com/?a=b", "has something behind its host"),
        ("https://sentry.example.com?", "has something behind its host"),
        ("https://sentry.example.com#x", "has something behind its host"),
        ("https://user:password@sentry.example.com", "holds a login or password"),
        ("https://sentry example.com", "has a space"),
        ("https://sentry.example.com\n", "has a space or a control character"),
        ("https://sentry.example.com:0", "has a port that is not a number from 1 to 65535"),
        ("https://sentry.example.com:99999", "has a port that is not a number from 1 to 65535"),
        ("https://[x", "cannot be read"),
        ("https://256.1.1.1", "which is not an IPv4 address"),
        ("https://sentry.example.com\\@evil.example", "has a backslash"),
        ("https://sentry..example.com", "two dots in a row"),
        (f"https://{'a' * 64}.example.com", "more than 63 characters"),
    ],
)
def test_no_address(url: str, fault: str) -> None:
    with pytest.raises(SentryError) as raised:
        check_address("sentry_url", url)
    assert str(raised.value).startswith("sentry_url: ")
    assert fault in str(raised.value)


@settings(deadline=None)
@given(st.text() | st.text(alphabet="htps:/@[]?#.a1 \n").map("https://".__add__))
def test_any_text_is_an_address_or_an_error(url: str) -> None:
    try:
        check_address("sentry_url", url)
        message = "sentry_url: "
    except SentryError as error:
        message = str(error)
    assert message.startswith("sentry_url: ")


def test_a_password_is_not_shown() -> None:
    with pytest.raises(SentryError) as raised:
        check_address("sentry_url", "https://user:planted@sentry.example.com")
    assert "planted" not in str(raised.value)
