# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Releases compare by their numbers, whatever else stands in a version."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry import versions


@pytest.mark.parametrize(
    ("reference", "version"),
    [
        ("getsentry/sentry:23.7.1", "23.7.1"),
        ("ghcr.io/getsentry/sentry:26.8.0", "26.8.0"),
        ("registry.example.com:5000/sentry:24.1.0-own.2", "24.1.0"),
        ("registry.example.com:5000/sentry:v24.1.0", "24.1.0"),
        ("getsentry/sentry:23.7.1@sha256:0123", "23.7.1"),
        ("ghcr.io/getsentry/sentry:nightly", None),
        ("ghcr.io/getsentry/sentry:12ab34f", None),
        ("registry.example.com:5000/sentry", None),
        ("registry.example.com:5000/sentry:1.4", None),
        ("getsentry/sentry@sha256:25.2.0", None),
        ("", None),
        (None, None),
    ],
)
def test_image_version(reference: str | None, version: str | None) -> None:
    assert versions.image_version(reference) == version


@pytest.mark.parametrize(
    ("version", "than", "is_older"),
    [
        ("9.1.2", "20.10.1", True),
        ("24.6.0", "24.12.0", True),
        ("25.2.0", "25.2.0", False),
        ("24.12.0.dev0", "24.12.0", False),
        ("2.26.1-4", "2.32.2", True),
        ("v2.32.2+ds1", "2.32.2", False),
        ("5.0.1", "2.32.2", False),
        ("dev", "2.0.0", False),
        ("", "2.0.0", False),
        (None, "2.0.0", False),
    ],
)
def test_is_older(version: str | None, than: str, is_older: bool) -> None:
    assert versions.is_older(version, than) is is_older


@pytest.mark.parametrize("text", ["dev", "", "unset", "podman-compose version 1.3.0", None])
def test_what_is_no_release(text: str | None) -> None:
    assert versions.release(text) is None


@settings(deadline=None)
@given(st.text())
def test_any_text_is_a_release_or_none(text: str) -> None:
    found = versions.release(text)
    assert found is None or str(found)[0].isdigit()
    versions.is_older(text, "25.2.0")
    versions.image_version(text)


@pytest.mark.parametrize(
    ("sentry", "compose", "layers"),
    [
        ("23.5.2", "2.0.0", False),
        ("23.7.1", "2.0.1", False),
        ("24.6.0", "2.19.0", False),
        ("25.1.0", "2.19.0", False),
        ("25.2.0", "2.32.2", True),
        ("26.8.0", "2.32.2", True),
        (None, "2.0.0", True),
    ],
)
def test_what_a_release_asks_of_compose(sentry: str | None, compose: str, layers: bool) -> None:
    assert versions.oldest_compose(sentry) == compose
    assert versions.layers_env_files(sentry) is layers


@pytest.mark.parametrize(
    ("version", "other", "found"),
    [
        ("24.8.0", "24.8.0", False),
        ("24.8", "24.8.0", False),
        ("24.12.0", "24.12.0.dev0", False),
        ("24.8.0", "24.8.1", True),
        ("24.8.0", "24.9", True),
        (None, "24.8.0", False),
        ("nightly", "24.8.0", False),
    ],
)
def test_releases_that_differ(version: str | None, other: str | None, found: bool) -> None:
    assert versions.differ(version, other) is found
    assert versions.differ(other, version) is found
