# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of the matrix tells what failed and what did not run."""

from __future__ import annotations

from types import SimpleNamespace

from tests.matrix.table import collect, table


def report(outcome: str, **properties: str) -> SimpleNamespace:
    return SimpleNamespace(outcome=outcome, user_properties=list(properties.items()))


def test_a_row_says_what_passed_what_failed_and_what_did_not_run() -> None:
    reports = [
        report("passed", row="a", column="unit tests", versions="Python 3"),
        report("passed", row="b", column="site", versions="Python 4"),
        report("failed", row="b", column="site", versions="Python 4"),
        report("failed"),
    ]

    assert list(table(collect(reports), {"2": "nobody has it"})) == [
        "ran on    unit tests  site",
        "Python 3  passed      not run",
        "Python 4  not run     1 of 2 failed",
        "Python 2  not tried: nobody has it",
    ]


def test_a_run_without_the_matrix_has_no_table() -> None:
    assert list(table(collect([report("passed")]), {"2": "nobody has it"})) == []
