# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``ansible-test sanity`` without an ignore file, on each Python that this machine has.

It looks at what is released; ruff and mypy look at the rest too. It works on a copy outside of the
checkout, because it skips everything in a folder that git ignores, and keeps its environments in
``~/.cache/encvoy.sentry``. With these the two tests take about 15 s together, without them two
minutes.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.conftest import ROOT
from tests.repository.linters import lint
from tools.checkout import copy_to

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "encvoy.sentry"
PYENV = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))

RELEASED = ("plugins/", "roles/", "playbooks/", "meta/", "changelogs/")
# What ansible-test is to do, and a line that it prints only if it has done it.
GROUPS = {
    "everything": (["--skip-test", "pylint"], 'Running sanity test "validate-modules"'),
    # As slow as all others together.
    "pylint": (["--test", "pylint"], 'Running sanity test "pylint"'),
}


def provide_pip(home: Path) -> None:
    """Let Python's own ensurepip take the place of get-pip.py, which ansible-test would download.

    Its site is not in reach of every machine. The file has to be where ansible-test keeps it.
    """
    if importlib.util.find_spec("ensurepip") is None:
        return
    from ansible_test._internal.python_requirements import get_venv_packages

    running = SimpleNamespace(version=f"{sys.version_info.major}.{sys.version_info.minor}")
    name = f"get_pip_{get_venv_packages(running)['pip'].replace('.', '_')}.py"
    script = home / ".ansible" / "test" / "cache" / name
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text("import ensurepip; ensurepip.bootstrap()\n")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other runs of these tests away, of other checkouts too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def environment(home: Path) -> dict[str, str]:
    """The variables for ansible-test: a home of its own, and the Pythons of pyenv on PATH."""
    pythons = [str(folder) for folder in sorted(PYENV.glob("versions/3.*/bin"))]
    path = os.pathsep.join([str(Path(sys.executable).parent), *pythons, os.environ["PATH"]])
    others = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    return {**others, "HOME": str(home), "PATH": path}


@pytest.mark.parametrize("group", GROUPS)
def test_sanity(group: str, tmp_path: Path) -> None:
    arguments, sign_of_work = GROUPS[group]
    home = CACHE / group
    copy = tmp_path / "ansible_collections" / "encvoy" / "sentry"
    with locked(CACHE / f"{group}.lock"):
        provide_pip(home)
        copy_to(copy)
        printed = lint(
            ["ansible-test", "sanity", "--color", "no", *arguments, *RELEASED],
            copy,
            environment(home),
        )

    assert sign_of_work in printed, printed
    assert "All targets skipped" not in printed, printed


def test_no_sanity_test_is_ignored() -> None:
    assert not list((ROOT / "tests" / "sanity").glob("ignore*"))
