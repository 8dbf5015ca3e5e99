# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the code is laid out: who may import whom, headers, sizes, and a test file for each file."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT
from tests.repository.linters import expect_none
from tools.checkout import files

HEADER = """\
# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""
# A site's own settings are upstream's file, as upstream has it.
PYTHON = [path for path in files("*.py") if path.parts[:2] != ("sandbox", "sentry")]
UTILS = Path("plugins/module_utils")
UNIT_TESTS = Path("tests/unit/module_utils")
PRIVATE = files(f"{UTILS}/*.py")
# The packages that a package or a kind of module may import, beside itself.
MAY_IMPORT: dict[str, set[str]] = {
    "_address": set(),
    "_module": set(),
    "_encvoy": set(),
    "_sentry": set(),
    "_sso": set(),
    "modules/encvoy": {"_encvoy"},
    "modules/sentry": {"_sentry"},
    "filter": {"_sso"},
}
# What all may import: it knows neither system.
SHARED = ("_address", "_module")
LONGEST_FUNCTION = 40


def owner(path: Path) -> str:
    """Which row of MAY_IMPORT a file of the plugins belongs to."""
    folder, name = path.parts[1:3]
    if folder == "modules":
        return f"modules/{name.split('_')[0]}"
    return name.removesuffix(".py") if folder == "module_utils" else folder


def imported_packages(path: Path) -> Iterator[str]:
    """The packages of module_utils that a file imports."""
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.ImportFrom):
            continue
        module = node.module or ""
        if node.level:
            above = path.parts[: len(path.parts) - node.level]
            module = ".".join([*above, *module.split(".")]).strip(".")
        _before, inside, after = f"{module}.".partition("plugins.module_utils.")
        if inside:
            names = [after.split(".")[0]] if after else [alias.name for alias in node.names]
            yield from names


def test_imports_run_one_way() -> None:
    wrong = {
        str(path): package
        for path in files("plugins/*.py")
        if path.parts[1] in ("module_utils", "modules", "filter")
        for package in imported_packages(path)
        if package not in MAY_IMPORT[owner(path)] | {owner(path), *SHARED}
    }

    expect_none(wrong)


def test_imports_are_seen() -> None:
    """The test above would say nothing if it found none."""
    assert {"_encvoy", "_module"} <= {
        package for path in files("plugins/modules/*.py") for package in imported_packages(path)
    }


def test_python_files_name_their_licence() -> None:
    texts = {str(path): (ROOT / path).read_text() for path in PYTHON}

    expect_none(
        [
            name
            for name, text in texts.items()
            if not text.removeprefix("#!/usr/bin/python\n").lstrip("\n").startswith(HEADER)
        ]
    )


def test_private_files_say_so() -> None:
    docstrings = {str(path): ast.get_docstring(tree(path)) or "" for path in PRIVATE}

    expect_none(
        [
            name
            for name, docstring in docstrings.items()
            if not docstring.startswith("PRIVATE to encvoy.sentry: ")
        ]
    )


def test_private_files_have_a_test_file() -> None:
    """One of the same name at the same place, unless there is nothing to call in the file."""
    tests = [
        UNIT_TESTS / path.relative_to(UTILS).with_name(f"test_{path.name}")
        for path in PRIVATE
        if functions(path)
    ]

    expect_none([str(test) for test in tests if not (ROOT / test).is_file()])


def test_test_files_are_of_private_files() -> None:
    """A test file begins with the name of what it tests: test_fields, test_fields_properties."""
    stems = {path.relative_to(UTILS).with_suffix("") for path in PRIVATE}
    tests = [path.relative_to(UNIT_TESTS) for path in files(f"{UNIT_TESTS}/*/test_*.py")]

    expect_none(
        [
            str(test)
            for test in tests
            if not any(
                stem.parent == test.parent and f"{test.stem}_".startswith(f"test_{stem.name}_")
                for stem in stems
            )
        ]
    )


def test_functions_fit_on_a_screen() -> None:
    long = {
        f"{path}: {function.name}": lines_of_code(function)
        for path in files("plugins/*.py", "tools/*.py", "sandbox/encvoy_id/*.py")
        for function in functions(path)
        if lines_of_code(function) > LONGEST_FUNCTION
    }

    expect_none(long)


def tree(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text())


def functions(path: Path) -> list[ast.FunctionDef]:
    """All functions of a file, methods too, except constructors."""
    nodes = [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef)]
    return [node for node in nodes if node.name != "__init__"]


def lines_of_code(function: ast.FunctionDef) -> int:
    """Lines of a function without its docstring."""
    first = function.body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    docstring = (first.end_lineno or first.lineno) - first.lineno + 1 if is_docstring else 0
    return (function.end_lineno or function.lineno) - function.lineno + 1 - docstring
