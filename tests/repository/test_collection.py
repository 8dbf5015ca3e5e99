# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is written in several places of the collection is the same in all of them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT

ROLE = ROOT / "roles" / "sentry_sso"
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("[!_]*.py"))


def load(path: Path):
    return yaml.safe_load(path.read_text())


def documentation(module: str) -> dict:
    """The DOCUMENTATION string of a module, as YAML."""
    source = (ROOT / "plugins" / "modules" / f"{module}.py").read_text()
    return yaml.safe_load(source.split('DOCUMENTATION = r"""', 1)[1].split('"""', 1)[0])


def test_defaults_are_those_of_the_argument_specs():
    options = load(ROLE / "meta" / "argument_specs.yml")["argument_specs"]["main"]["options"]
    declared = {name: option["default"] for name, option in options.items() if "default" in option}

    assert load(ROLE / "defaults" / "main.yml") == declared


def test_options_without_a_default_are_required():
    options = load(ROLE / "meta" / "argument_specs.yml")["argument_specs"]["main"]["options"]

    without_default = {name for name, option in options.items() if "default" not in option}
    assert without_default == {name for name, option in options.items() if option.get("required")}


def test_secret_options_of_the_role_are_not_logged():
    options = load(ROLE / "meta" / "argument_specs.yml")["argument_specs"]["main"]["options"]

    secret = {name for name in options if name.endswith(("_password", "_token", "_secret"))}
    assert secret
    assert secret == {name for name, option in options.items() if option.get("no_log")}


def test_action_group_lists_the_modules_of_the_identity_provider():
    group = load(ROOT / "meta" / "runtime.yml")["action_groups"]["encvoy"]

    assert group == [module for module in MODULES if module.startswith("encvoy_")]


@pytest.mark.parametrize("module", MODULES)
def test_module_is_documented_under_its_name(module):
    assert documentation(module)["module"] == module


@pytest.mark.parametrize("module", MODULES)
def test_module_has_a_test_file(module):
    tests = (ROOT / "tests" / "unit" / "plugins" / "modules").glob(f"test_{module}*.py")

    assert list(tests), f"no tests/unit/plugins/modules/test_{module}*.py"


def test_readme_starts_with_the_two_commands():
    readme = (ROOT / "README.md").read_text()

    assert readme.index("make demo") < readme.index("make test") < readme.index("\n## ")
