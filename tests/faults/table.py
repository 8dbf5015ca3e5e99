# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of faults at the end of a run of pytest: kinds, inputs tried, and how many were right.

``faults.yml`` has the faults and their tests; tests/conftest.py hands the hooks below to pytest.
With xdist they run in the process that collects the results; what a worker knows alone, the number
of generated examples, comes with a test's report.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

LIST = Path(__file__).with_name("faults.yml")
EXAMPLES = "examples"
_GENERATED = re.compile(r"(\d+) passing,")


@dataclass(frozen=True)
class Row:
    """One fault of the list.

    :param tests: node ids; without parameters all of a test's, a file's or a folder's are meant
    """

    number: str
    input: str
    tests: tuple[str, ...]

    def is_held_by(self, nodeid: str) -> bool:
        return any(fits(test, nodeid) for test in self.tests)


@dataclass(frozen=True)
class Kind:
    """Faults of one kind."""

    name: str
    rows: tuple[Row, ...]


@dataclass
class Tried:
    """What was tried of a kind.

    :param inputs: test cases that ran
    :param right: those of them that passed
    :param listed: faults of the list that a test ran for
    :param listed_right: those of them whose tests all passed
    """

    inputs: int = 0
    right: int = 0
    listed: int = 0
    listed_right: int = 0


def read_kinds() -> list[Kind]:
    """The list."""
    return [
        Kind(
            kind["kind"],
            tuple(
                Row(number, row["input"], tuple(row["tests"]))
                for number, row in kind["rows"].items()
            ),
        )
        for kind in yaml.safe_load(LIST.read_text(encoding="utf-8"))
    ]


def fits(test: str, nodeid: str) -> bool:
    """Whether a node id is one of those that stand in the list as this text."""
    if "[" in test:
        return nodeid.startswith(test)
    return nodeid == test or nodeid.startswith((f"{test}[", f"{test}::", f"{test}/"))


def count(kind: Kind, passed: set[str], failed: set[str]) -> Tried:
    """What a run tried of a kind.

    :param passed: node ids
    :param failed: node ids
    """
    tried = Tried()
    ran = passed | failed
    cases = {nodeid for nodeid in ran if any(row.is_held_by(nodeid) for row in kind.rows)}
    tried.inputs, tried.right = len(cases), len(cases & passed)
    for row in kind.rows:
        own = {nodeid for nodeid in cases if row.is_held_by(nodeid)}
        tried.listed += bool(own)
        tried.listed_right += bool(own) and own <= passed
    return tried


def table(kinds: Iterable[Kind], passed: set[str], failed: set[str]) -> Iterator[str]:
    """The lines of the table; none when the run had nothing to do with the list."""
    counted = [(kind.name, count(kind, passed, failed)) for kind in kinds]
    if not any(tried.inputs for _name, tried in counted):
        return
    width = max(len(name) for name, _tried in counted)
    yield f"{'kind':{width}}  inputs  right  from the list  right"
    for name, one in counted:
        yield (
            f"{name:{width}}  {one.inputs:6}  {one.right:5}  {one.listed:13}  {one.listed_right:5}"
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let the report of a property test say how many examples it had."""
    report = yield
    found = getattr(item, "hypothesis_statistics", "")
    if report.when == "call" and found:
        examples = sum(int(number) for number in _GENERATED.findall(found))
        report.user_properties.append((EXAMPLES, examples))
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the table, and what the property tests generated."""
    reports = {name: terminalreporter.stats.get(name, []) for name in ("passed", "failed", "error")}
    passed = {report.nodeid for report in reports["passed"] if report.when == "call"}
    failed = {report.nodeid for name in ("failed", "error") for report in reports[name]}
    lines = list(table(read_kinds(), passed - failed, failed))
    properties = [
        value
        for report in reports["passed"] + reports["failed"]
        for name, value in report.user_properties
        if name == EXAMPLES
    ]
    if lines:
        terminalreporter.section("faults")
    for line in lines:
        terminalreporter.write_line(line)
    if properties:
        terminalreporter.write_line(
            f"{len(properties)} property tests, {sum(properties)} generated examples"
        )
