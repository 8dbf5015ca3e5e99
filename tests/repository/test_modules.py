# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every module has the same form, and its documentation says what its code does."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT
from tests.repository.linters import expect_none

MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("[!_]*.py"))
# What the documentation and the argument spec of an option both say.
SAID_TWICE = ("type", "required", "default", "choices", "elements", "aliases")


def imported(module: str) -> ModuleType:
    return importlib.import_module(f"ansible_collections.encvoy.sentry.plugins.modules.{module}")


def documentation(module: str) -> dict[str, Any]:
    """The DOCUMENTATION string of a module, without what it takes from fragments."""
    return dict(yaml.safe_load(imported(module).DOCUMENTATION))


def differences(documented: Mapping[str, Any], spec: Mapping[str, Any]) -> list[str]:
    """Where documented options and an argument spec disagree, suboptions included."""
    found = [f"{name}: only in one of them" for name in sorted(set(documented) ^ set(spec))]
    for name in set(documented) & set(spec):
        said, option = documented[name], {"type": "str", **spec[name]}
        for key in SAID_TWICE:
            if said.get(key) != option.get(key):
                found.append(f"{name}.{key}: {said.get(key)!r} documented, is {option.get(key)!r}")
        below = differences(said.get("suboptions", {}), option.get("options", {}))
        found += [f"{name}.{line}" for line in below]
    return found


@pytest.mark.parametrize("module", MODULES)
def test_its_options_are_the_documented_ones(module: str) -> None:
    expect_none(
        differences(documentation(module).get("options", {}), imported(module).ARGUMENT_SPEC)
    )


@pytest.mark.parametrize("module", MODULES)
def test_it_has_the_form_of_all_modules(module: str) -> None:
    code = imported(module)

    assert callable(code.work)
    assert callable(code.main)
    assert documentation(module)["module"] == module
    assert yaml.safe_load(code.EXAMPLES)
    assert yaml.safe_load(code.RETURN)


@pytest.mark.parametrize("module", MODULES)
def test_it_has_a_test_file(module: str) -> None:
    assert (ROOT / "tests" / "unit" / "modules" / f"test_{module}.py").is_file()


def test_action_group_has_the_modules_of_the_identity_provider() -> None:
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())

    encvoy = [module for module in MODULES if module.startswith("encvoy_")]
    assert runtime["action_groups"]["encvoy"] == encvoy
