# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role says about itself in several places is the same in all of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT
from tests.repository.linters import expect_none

ROLE = ROOT / "roles" / "sentry_sso"
TASK_FILES = sorted((ROLE / "tasks").rglob("*.yml"))
ENTRY_POINTS: dict[str, Any] = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text())[
    "argument_specs"
]
# Of all entry points; those of the way back have some of their own.
OPTIONS: dict[str, Any] = {
    name: option
    for point in reversed(ENTRY_POINTS.values())
    for name, option in point["options"].items()
}
WAY_BACK = ["absent", "break_glass", "rotate_secret"]
# Entry points that are no part of a run.
BESIDE_STAGES = ["step_aside"]


def tasks(path: Path) -> Iterator[dict[str, Any]]:
    """The tasks of a file, with those in its blocks."""
    waiting = list(yaml.safe_load(path.read_text()))
    while waiting:
        task = waiting.pop(0)
        yield task
        for part in ("block", "rescue", "always"):
            waiting += task.get(part, [])


def test_defaults_are_those_of_the_argument_specs() -> None:
    declared = {name: option["default"] for name, option in OPTIONS.items() if "default" in option}

    assert yaml.safe_load((ROLE / "defaults" / "main.yml").read_text()) == declared


def test_variables_begin_with_the_name_of_the_role() -> None:
    expect_none([name for name in OPTIONS if not name.startswith("sentry_sso_")])


def test_what_is_required_has_no_default() -> None:
    required = [option for option in OPTIONS.values() if option.get("required")]

    assert required
    expect_none([option for option in required if "default" in option])


def test_secret_options_are_not_logged() -> None:
    secret = {name for name in OPTIONS if name.endswith(("_password", "_token", "_secret"))}

    assert secret
    assert secret == {name for name, option in OPTIONS.items() if option.get("no_log")}


def test_a_stage_is_an_entry_point_and_a_tag() -> None:
    """Each can be run alone, with `tasks_from` and with `--tags`, and is checked then."""
    (run_stages,) = yaml.safe_load((ROLE / "tasks" / "main.yml").read_text())
    included = [task["ansible.builtin.include_tasks"]["file"] for task in run_stages["block"]]
    stages = [name.removesuffix(".yml") for name in included]
    tags = {tag for task in run_stages["block"] for tag in [task["tags"]] if isinstance(tag, str)}

    assert list(ENTRY_POINTS) == ["main", *stages, *BESIDE_STAGES, *WAY_BACK]
    assert tags <= {f"sentry_sso_{stage}" for stage in stages}


def test_an_entry_point_of_the_way_back_has_its_own_argument_spec_and_its_playbook() -> None:
    playbooks = [path.read_text() for path in (ROOT / "playbooks").glob("*.yml")]

    for name in WAY_BACK:
        assert (ROLE / "tasks" / f"{name}.yml").exists()
        assert any(f"tasks_from: {name}\n" in playbook for playbook in playbooks)
        expect_none(
            option
            for option, spec in ENTRY_POINTS[name]["options"].items()
            if option in ENTRY_POINTS["main"]["options"]
            and spec != ENTRY_POINTS["main"]["options"][option]
            and option != "sentry_sso_encvoy_url"
        )


def test_task_names_are_unique() -> None:
    """A line of the log says which task it is of; tests look for some of them."""
    names = Counter(task["name"] for path in TASK_FILES for task in tasks(path) if "name" in task)

    expect_none([name for name, count in names.items() if count > 1])


@pytest.mark.parametrize("path", TASK_FILES, ids=lambda path: str(path.relative_to(ROLE)))
def test_tasks_run_neither_docker_nor_python(path: Path) -> None:
    """Modules find both, and have tests; a line of YAML has not."""
    commands = [str(task.get("ansible.builtin.command", "")) for task in tasks(path)]

    expect_none([command for command in commands if re.search(r"\b(docker|python3?)\b", command)])
    expect_none(
        [
            task
            for task in tasks(path)
            if {"ansible.builtin.shell", "ansible.builtin.raw"} & set(task)
        ]
    )
