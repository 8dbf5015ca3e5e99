# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A check of severity error decides, a warning does not."""

from __future__ import annotations

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.checks.result import (
    WARNING,
    Check,
    Expected,
    failed,
    is_ok,
    passed,
    unchecked,
)


@pytest.mark.parametrize(
    ("checks", "ok"),
    [
        ([], True),
        ([passed("a", "fine")], True),
        ([failed("a", "wrong", "mend", WARNING)], True),
        ([failed("a", "wrong", "mend")], False),
        ([unchecked("a", "b")], False),
        ([unchecked("a", "b", WARNING), passed("b", "fine", WARNING)], True),
    ],
)
def test_is_ok(checks: list[Check], ok: bool) -> None:
    assert is_ok(checks) is ok


def test_an_unchecked_check_leads_to_the_one_that_failed() -> None:
    check = unchecked("a", "b")
    assert (check.detail, check.action) == ("Not checked, because of b.", "See the check b.")


@pytest.mark.parametrize("url", ["https://s.example.com", "https://s.example.com/"])
def test_the_redirect_uri_ends_in_a_slash(url: str) -> None:
    assert Expected(url, "sentry").redirect_uri == "https://s.example.com/auth/sso/"
