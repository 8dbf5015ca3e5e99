# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The list of faults is whole, and those of it that belong to no other test."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tomllib
import yaml

from sandbox.encvoy_id import RunningServer, Settings, running_server
from tests.conftest import ROOT
from tests.faults.table import Kind, Row, count, fits, read_kinds, table
from tests.repository.linters import expect_none
from tests.support.encvoy_server import PASSWORDS
from tests.support.module_runner import run_module
from tools.checkout import files

ROWS = [row for kind in read_kinds() for row in kind.rows]
HERE = "tests/x/test_a.py"


def named_tests(path: Path) -> set[str]:
    """The names of the test functions of a file."""
    tree = ast.parse(path.read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_fault_has_tests_that_exist() -> None:
    missing = []
    for row in ROWS:
        for test in row.tests:
            path, _colons, name = test.partition("::")
            file = ROOT / path
            if not file.exists() or (name and name.split("[")[0] not in named_tests(file)):
                missing.append(f"{row.number}: {test}")

    expect_none(missing)


def test_the_list_is_whole() -> None:
    numbers = [row.number for row in ROWS]
    house = [f"4.{number}" for number in range(1, 13)]
    sites = [f"S{number}" for number in range(1, 12)]
    newer = ["A", "A2", "B", "C", "D"]

    assert sorted(numbers) == sorted([*map(str, range(71)), *house, *newer, *sites])
    assert all(row.tests for row in ROWS)


@pytest.mark.parametrize(
    ("test", "nodeid", "is_held"),
    [
        (f"{HERE}::test_x", f"{HERE}::test_x", True),
        (f"{HERE}::test_x", f"{HERE}::test_x[1]", True),
        (f"{HERE}::test_x", f"{HERE}::test_xy", False),
        (f"{HERE}::test_x[a", f"{HERE}::test_x[ab]", True),
        (f"{HERE}::test_x[a]", f"{HERE}::test_x[ab]", False),
        (HERE, f"{HERE}::test_x", True),
        ("tests/x", f"{HERE}::test_x", True),
        ("tests/x", "tests/xy/test_a.py::test_x", False),
    ],
)
def test_which_test_cases_are_of_a_row(test: str, nodeid: str, is_held: bool) -> None:
    assert fits(test, nodeid) is is_held


def test_the_table_counts_each_case_once() -> None:
    rows = (
        Row("1", "one", (f"{HERE}::test_x", f"{HERE}::test_y")),
        Row("2", "two", (f"{HERE}::test_y",)),
        Row("3", "not run", (f"{HERE}::test_z",)),
    )
    kind = Kind("a kind", rows)
    passed, failed = {f"{HERE}::test_x[1]", f"{HERE}::test_y"}, {f"{HERE}::test_x[2]"}
    tried = count(kind, passed, failed)

    assert (tried.inputs, tried.right) == (3, 2)
    assert (tried.listed, tried.listed_right) == (2, 1)
    assert list(table([kind], {"tests/other.py::test"}, set())) == []
    assert list(table([kind], passed, failed))[1].split() == ["a", "kind", "3", "2", "2", "1"]


def test_pytest_alone_starts_no_container() -> None:
    """What starts containers is collected only where it is named."""
    options = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "tests", "-k", "test_retry_after"],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )

    assert {"molecule", "playbooks", "system"} <= set(options["norecursedirs"])
    assert "tests/unit/" in done.stdout
    for folder in ("molecule", "playbooks", "system"):
        assert f"tests/{folder}/" not in done.stdout
        assert not any(path.startswith(f"tests/{folder}") for path in options["testpaths"])


def test_the_role_needs_no_other_collection() -> None:
    """Neither on the controller nor on a Sentry host."""
    dependencies = yaml.safe_load((ROOT / "galaxy.yml").read_text()).get("dependencies")
    role = files("roles/*", "playbooks/*")
    texts = {str(path): (ROOT / path).read_text() for path in role}

    assert not dependencies
    expect_none([name for name, text in texts.items() if "community." in text])
    expect_none([name for name, text in texts.items() if "ansible.posix" in text])


def test_the_readme_says_what_a_user_needs() -> None:
    """Galaxy shows it without the checkout."""
    readme = (ROOT / "README.md").read_text()
    use = readme[readme.index("\n## Use") : readme.index("\n## What is in it")]

    assert "git clone https://" in readme[: readme.index("\n## ")]
    for needed in (
        "ansible-galaxy collection install encvoy.sentry",
        "httpx",
        "ansible_become",
        "sentry_sso_encvoy_url",
        "sentry_sso_encvoy_login",
        "sentry_sso_encvoy_password",
        "sentry_sso_sentry_url",
        "sentry_sso_encvoy_ca",
        "sentry_sso_public_claims: [email, email_verified, given_name, family_name]",
        "encvoy.sentry.site --check --diff",
        "encvoy.sentry.verify",
    ):
        assert needed in use


@pytest.fixture
def crowded() -> Iterator[RunningServer]:
    """An Encvoy ID with 125 users."""
    users = [{"login": f"user{number}", "password": "x"} for number in range(124)]
    owner = {"login": "root", "password": PASSWORDS["root"], "role": "OWNER", "claims": ""}
    with running_server(Settings(seed={"users": [owner, *users]})) as server:
        yield server


def test_requests_do_not_grow_with_what_is_not_asked_for(crowded: RunningServer) -> None:
    """One host of many has its share: not the number of users counts, but the limit."""
    account: dict[str, Any] = {"url": crowded.url, "login": "root", "password": PASSWORDS["root"]}
    asked: dict[str, Any] = {"name": "Sentry", "domain": "https://sentry.example.com"}
    requests: list[int] = []
    for limit in (0, 10, 100):
        before = len(crowded.requests.entries())
        outcome = run_module("encvoy_sso_info", **account, **asked, limit=limit)
        assert not outcome.failed, outcome.msg
        assert outcome["claims"]["users_complete"] is False
        requests.append(len(crowded.requests.entries()) - before)

    assert requests[0] < 20
    assert requests[1] <= requests[0] + 12
    assert requests[2] <= requests[0] + 110
