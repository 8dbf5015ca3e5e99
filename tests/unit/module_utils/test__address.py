# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""URLs and host names: their parts, whether two are of one server, and how they are shown."""

from __future__ import annotations

import contextlib
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.encvoy.sentry.plugins.module_utils._address import (
    AddressError,
    parse,
    same_origin,
    shown,
)
from tests.support.addresses import NEARLY


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("https://id.example.com", "https://id.example.com:443/x", True),
        ("http://id.example.com:80", "http://ID.example.com", True),
        ("https://ünï.example/a", "https://xn--n-nga1b.example/b", True),
        ("https://id.example.com", "http://id.example.com", False),
        ("https://id.example.com", "https://id.example.com:8443", False),
        ("https://id.example.com", "https://id.example.com.evil.example", False),
        ("https://id.example.com", "https://id.example.com@evil.example", False),
        ("https://id.example.com", "/path", False),
        ("nope", "nope", False),
    ],
)
def test_the_same_server(left: str, right: str, same: bool) -> None:
    assert same_origin(left, right) == same


def test_a_long_text_is_shown_shortened() -> None:
    assert len(shown("https://" + "a" * 5000)) == 201


def test_a_host_name_beyond_ascii_needs_no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Sentry host need not have idna."""
    monkeypatch.setitem(sys.modules, "idna", None)

    assert parse("https://ünï.example").host == "xn--n-nga1b.example"
    with pytest.raises(AddressError, match="which is none"):
        parse("https://" + "ü" * 64 + ".example")


@settings(max_examples=300, deadline=None)
@given(NEARLY | st.text(max_size=40))
def test_parsing_raises_nothing_else(text: str) -> None:
    with contextlib.suppress(AddressError):
        address = parse(text)
        assert address.host.isascii()
        assert address.port is None or 0 < address.port < 65536
