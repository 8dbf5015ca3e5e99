# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""retry: what may be sent again, and when."""

from __future__ import annotations

import datetime
import email.utils

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy import retry


def in_seconds(seconds: float) -> str:
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return email.utils.format_datetime(moment, usegmt=True)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("", 0), ("7", 7), ("0", 0), ("-3", 0), ("soon", 0), ("²", 0), ("Mon, 99 Foo 0000", 0)],
)
def test_retry_after(value: str, seconds: float) -> None:
    assert retry.retry_after({"retry-after": value}) == seconds


def test_retry_after_as_a_date() -> None:
    assert 0 < retry.retry_after({"retry-after": in_seconds(3600)}) <= 3600
    assert retry.retry_after({"retry-after": in_seconds(-3600)}) == 0


def test_no_retry_after() -> None:
    assert retry.retry_after({}) == 0


@pytest.mark.parametrize(
    ("method", "repeatable"),
    [("GET", True), ("HEAD", True), ("PUT", True), ("DELETE", True), ("POST", False)],
)
def test_what_is_the_same_when_done_twice(method: str, repeatable: bool) -> None:
    assert retry.is_repeatable(method) == repeatable


@pytest.mark.parametrize(
    ("status", "after_get", "after_post"),
    [
        (200, False, False),
        (404, False, False),
        (429, True, True),
        (500, True, False),
        (502, True, False),
        (503, True, False),
        (504, True, False),
        (501, False, False),
    ],
)
def test_what_passes_by_itself(status: int, after_get: bool, after_post: bool) -> None:
    assert retry.may_repeat_after(status, repeatable=True) == after_get
    assert retry.may_repeat_after(status, repeatable=False) == after_post
