# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with the variables about the build, as a table."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.encvoy.sentry.plugins.module_utils._sso.build_variables import (
    check_build,
    wheel_version,
)

ONE, OTHER = "1" * 64, "f" * 64
WHEEL = "files/sentry_auth_oidc-9.1.1-py3-none-any.whl"
RIGHT: dict[str, Any] = {
    "plugin_version": None,
    "wheel": None,
    "wheel_sha256": None,
    "sha256": [],
    "index": "",
    "proxy": "",
    "lines": [],
}
OF_A_WHEEL = {"wheel": WHEEL, "wheel_sha256": ONE}


def said(**values: Any) -> str:
    found = check_build({**RIGHT, **values})
    assert {finding.severity for finding in found} <= {"error"}
    return " ".join(f"{finding.detail} {finding.action}" for finding in found)


@pytest.mark.parametrize(
    "values",
    [
        {},
        OF_A_WHEEL,
        {**OF_A_WHEEL, "plugin_version": "9.1.1"},
        {**OF_A_WHEEL, "sha256": [OTHER, ONE]},
        {"sha256": [ONE], "plugin_version": "9.1.1"},
        {"index": "https://pypi.example.com/simple"},
        {"index": "http://pypi.example.com:8080/simple", "sha256": [ONE]},
        {"proxy": "http://proxy:3128"},
        {"lines": ["export PIP_CERT=/x", "if x; then\n  y\nfi"]},
        # Before ansible-core 2.19 a template makes an empty text of nothing.
        {**OF_A_WHEEL, "plugin_version": ""},
    ],
)
def test_what_works(values: dict[str, Any]) -> None:
    assert said(**values) == ""


@pytest.mark.parametrize(
    ("values", "begins", "tells"),
    [
        (
            {"wheel": WHEEL},
            f"sentry_sso_plugin_wheel: there is no file '{WHEEL}'.",
            "on the controller",
        ),
        (
            {"wheel": WHEEL, "wheel_sha256": ""},
            f"sentry_sso_plugin_wheel: there is no file '{WHEEL}'.",
            "on the controller",
        ),
        (
            {**OF_A_WHEEL, "sha256": [OTHER]},
            f"sentry_sso_plugin_sha256: it is {OTHER}, but the wheel {WHEEL} has {ONE}.",
            "where the file is from",
        ),
        (
            {**OF_A_WHEEL, "wheel": "files/plugin.whl"},
            "sentry_sso_plugin_wheel: 'files/plugin.whl' has no name of a wheel",
            "sentry_auth_oidc-9.1.1-py3-none-any.whl",
        ),
        (
            {**OF_A_WHEEL, "plugin_version": "6.0.0"},
            "sentry_sso_plugin_version: it is 6.0.0, and sentry_sso_plugin_wheel is of 9.1.1.",
            "Remove the version",
        ),
        ({"sha256": ["abc"]}, "sentry_sso_plugin_sha256: 'abc' is no SHA-256.", "pip hash"),
        ({"sha256": ["sha256:" + ONE]}, "sentry_sso_plugin_sha256: 'sha256:1", "pip hash"),
        ({"sha256": ["F" * 64]}, "sentry_sso_plugin_sha256: 'FF", "small letters"),
        ({"index": "pypi"}, "sentry_sso_package_index: pypi does not begin", "address"),
        ({"index": "ftp://x/y"}, "sentry_sso_package_index: ftp://x/y is neither", "Give one"),
        (
            {"index": "http://pypi.example.com/simple"},
            "sentry_sso_package_index: http://pypi.example.com/simple is not encrypted",
            "sentry_sso_plugin_sha256",
        ),
        ({"proxy": "proxy:3128"}, "sentry_sso_build_proxy: proxy:3128", "http://proxy:3128"),
        (
            {"lines": ["x\n# END ANSIBLE MANAGED BLOCK: encvoy.sentry\ny"]},
            "sentry_sso_image_lines: a line marks the managed block",
            "Remove that line",
        ),
    ],
)
def test_what_does_not_work(values: dict[str, Any], begins: str, tells: str) -> None:
    wrong = said(**values)
    assert wrong.startswith(begins)
    assert tells in wrong


@pytest.mark.parametrize(
    ("name", "address", "says"),
    [
        ("index", "https://user:planted@pypi.example.com/simple", "sentry_sso_plugin_wheel"),
        ("index", "https://planted@pypi.example.com/simple", "sentry_sso_plugin_wheel"),
        ("index", "https://pypi.example.com/simple?token=planted", "sentry_sso_plugin_wheel"),
        ("index", "https://pypi.example.com/simple#planted", "sentry_sso_plugin_wheel"),
        ("proxy", "http://user:planted@proxy:3128", "~/.docker/config.json"),
        ("proxy", "http://planted@proxy:3128", "~/.docker/config.json"),
        ("proxy", "http://user:planted@proxy:99999", "port"),
        ("index", "https://user:planted@:99999", "port"),
    ],
)
def test_a_password_in_an_address_is_refused_and_not_repeated(
    name: str, address: str, says: str
) -> None:
    wrong = said(**{name: address})
    assert says in wrong
    assert "planted" not in wrong


@given(st.text(st.characters(codec="ascii"), max_size=30))
def test_no_text_is_an_address_that_ends_a_command(text: str) -> None:
    """What is let through is quoted in the script, and is one word."""
    address = "https://pypi.example.com/" + text
    if not said(index=address):
        assert not set(address) & set(" \t\n\r\\")


@pytest.mark.parametrize(
    ("path", "version"),
    [
        (WHEEL, "9.1.1"),
        ("/a/sentry_auth_oidc-9.2.0.dev1-py3-none-any.whl", "9.2.0.dev1"),
        ("sentry-auth-oidc-9.1.1.tar.gz", None),
        ("oidc_auth_sentry-1.0.0-py3-none-any.whl", None),
        ("sentry_auth_oidc-9.1.1'; id #-py3-none-any.whl", None),
        ("", None),
        (None, None),
    ],
)
def test_the_version_of_a_wheel(path: str | None, version: str | None) -> None:
    assert wheel_version(path) == version
