# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The comparison that the replay rests on does find differences."""

from __future__ import annotations

import pytest

from tests.contract.templates import differences, fill


def test_variables_are_filled_in() -> None:
    variables = {"one": "1", "list": [1, 2]}
    expected = {"a": "x1y", "b": [1, 2], "c": "zzz", "d": ["1"]}
    filled = {"a": "x${one}y", "b": "${list}", "c": "${z*3}", "d": ["${one}"]}
    assert fill(filled, variables) == expected


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ({"a": 1}, {"a": 1}),
        ({"at": "<time>"}, {"at": "2026-01-01T00:00:00.000Z"}),
        (["<id>"], ["A" * 22]),
        ("code=<code>&x", f"code={'c' * 42}&x"),
        ("a <strange> text", "a <strange> text"),
    ],
)
def test_what_fits(expected: object, found: object) -> None:
    assert differences(expected, found) == []


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {}),
        ({}, {"a": 1}),
        ([1], [1, 2]),
        (True, 1),
        (None, ""),
        ({"at": "<time>"}, {"at": "yesterday"}),
        ({"a": {"b": ["<id>"]}}, {"a": {"b": ["A" * 21]}}),
        ("x.y", "x-y"),
    ],
)
def test_what_does_not_fit(expected: object, found: object) -> None:
    assert len(differences(expected, found)) == 1
