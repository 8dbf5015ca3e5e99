# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table at the end of a run of the matrix: what ran, what passed, what was not tried and why.

A test that belongs to a row says so with the properties ``row`` and ``column``; what it ran on is
its property ``versions``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

COLUMNS = ("unit tests", "site")


@dataclass
class Row:
    """What is known of a row.

    :param versions: what it ran on
    :param outcomes: column: outcomes of its tests
    """

    versions: str = ""
    outcomes: dict[str, list[str]] = field(default_factory=dict)

    def cell(self, column: str) -> str:
        """One column in words."""
        outcomes = self.outcomes.get(column, [])
        failed = len([one for one in outcomes if one != "passed"])
        if not outcomes:
            return "not run"
        return f"{failed} of {len(outcomes)} failed" if failed else "passed"


def collect(reports: Iterable[Any]) -> dict[str, Row]:
    """The rows that these reports of pytest belong to."""
    rows: dict[str, Row] = {}
    for report in reports:
        said = dict(report.user_properties)
        if "row" not in said:
            continue
        row = rows.setdefault(said["row"], Row())
        row.versions = said.get("versions", row.versions)
        row.outcomes.setdefault(said["column"], []).append(report.outcome)
    return rows


def table(rows: dict[str, Row], not_tried: dict[str, str]) -> Iterator[str]:
    """The lines of the table; none when nothing of the matrix ran."""
    if not rows:
        return
    lines = [["ran on", *COLUMNS]]
    lines += [[row.versions, *map(row.cell, COLUMNS)] for row in rows.values()]
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    for line in lines:
        yield "  ".join(text.ljust(width) for text, width in zip(line, widths)).rstrip()
    for what, why in not_tried.items():
        yield f"Python {what}  not tried: {why}"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the table."""
    from sandbox.images.controllers import NOT_TRIED

    reports = [
        report
        for outcome in ("passed", "failed", "error")
        for report in terminalreporter.stats.get(outcome, [])
        if report.when == "call" or outcome != "passed"
    ]
    lines = list(table(collect(reports), NOT_TRIED))
    if lines:
        terminalreporter.section("matrix")
    for line in lines:
        terminalreporter.write_line(line)
