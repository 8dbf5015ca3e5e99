# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The frame of all modules: how work ends, and that only secret options are hidden."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._module import (
    HIDDEN,
    CollectionModule,
    ModuleError,
    run,
)
from tests.support.module_arguments import module_arguments

SECRET = "planted"
ARGUMENT_SPEC = {"url": {"type": "str"}, "password": {"type": "str", "no_log": True}}
OPTIONS = {"url": "https://planted.example.com", "password": SECRET}


def outcome(
    work: Callable[[Any], dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> tuple[int, dict[str, Any]]:
    """The exit code of a module that does this work, and its result."""
    with module_arguments(OPTIONS), pytest.raises(SystemExit) as ended:
        run(CollectionModule(ARGUMENT_SPEC), work)
    return int(str(ended.value.code)), json.loads(capsys.readouterr().out)


def test_the_result_is_what_work_returns(capsys: pytest.CaptureFixture[str]) -> None:
    code, result = outcome(lambda module: {"changed": True, "url": module.params["url"]}, capsys)

    assert (code, result["changed"], result["url"]) == (0, True, OPTIONS["url"])


def test_a_known_fault_says_what_was_done_before(capsys: pytest.CaptureFixture[str]) -> None:
    def work(module: Any) -> dict[str, Any]:
        raise ModuleError("url: It cannot be read. Correct it.", {"changed": True})

    code, result = outcome(work, capsys)

    assert (code, result["failed"], result["changed"]) == (1, True, True)
    assert result["msg"] == "url: It cannot be read. Correct it."


def test_any_other_fault_is_named_by_its_place_alone(capsys: pytest.CaptureFixture[str]) -> None:
    def work(module: Any) -> dict[str, Any]:
        raise KeyError(module.params["password"])

    code, result = outcome(work, capsys)

    assert code == 1
    assert result["msg"].startswith("Unexpected KeyError in test__module.py, line ")
    assert SECRET not in json.dumps({**result, "invocation": None}).replace(OPTIONS["url"], "")
    assert "exception" not in result


def test_secret_options_are_hidden_and_no_other_text(capsys: pytest.CaptureFixture[str]) -> None:
    """A secret can be a part of another option's value, which stays readable."""
    _code, result = outcome(lambda module: {"changed": False}, capsys)

    assert result["invocation"]["module_args"] == {"url": OPTIONS["url"], "password": HIDDEN}
