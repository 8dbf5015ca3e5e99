# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""library: which HTTP library is used, by what is installed."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy import library
from tests.conftest import COLLECTIONS
from tests.support.module_runner import run_module

# httpx 0.23.0 on Python 3.13
NO_CGI = ModuleNotFoundError("No module named 'cgi'", name="cgi")


def installed(**versions: Any) -> Callable[[str], Any]:
    """An importer for which these are installed; an error is what importing raises."""

    def load(name: str) -> Any:
        if name not in versions:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        if isinstance(versions[name], ImportError):
            raise versions[name]
        return SimpleNamespace(__name__=name, __version__=versions[name])

    return load


@pytest.mark.parametrize(
    ("versions", "name"),
    [
        ({"httpx": "0.23.0"}, "httpx"),
        ({"httpx": "0.28.1"}, "httpx"),
        ({"httpx": "0.29b1"}, "httpx"),
        ({"httpx": "0.100.0"}, "httpx"),
        ({"httpx": "0.28.1", "httpx2": "2.16.2"}, "httpx"),
        ({"httpx2": "2.16.2"}, "httpx2"),
        ({"httpx": "1.0.dev6", "httpx2": "2.16.2"}, "httpx2"),
        ({"httpx": "0.22.0", "httpx2": "2.0.0"}, "httpx2"),
        ({"httpx": NO_CGI, "httpx2": "2.0.0"}, "httpx2"),
    ],
)
def test_the_library_that_is_used(versions: dict[str, str], name: str) -> None:
    found = library.find(installed(**versions))
    assert (found.name, found.api.__name__, found.problem) == (name, name, None)


@pytest.mark.parametrize(
    ("versions", "says"),
    [
        ({}, "Failed to import the required Python library (httpx)"),
        ({"httpx": "0.22.0"}, "httpx: version 0.22.0 is too old. "),
        ({"httpx": "0.9.5"}, "httpx: version 0.9.5 is too old. "),
        ({"httpx": "1.0"}, "httpx: version 1.0 is not supported, "),
        ({"httpx": "1.0.dev6"}, "httpx: version 1.0.dev6 is not supported, "),
        ({"httpx": "1.0b0"}, "httpx: version 1.0b0 is not supported, "),
        ({"httpx": "2.0"}, "httpx: version 2.0 is not supported, "),
        ({"httpx": None}, "httpx: its version None is not understood. "),
        ({"httpx": "x.y"}, "httpx: its version 'x.y' is not understood. "),
        ({"httpx": ""}, "httpx: its version '' is not understood. "),
        ({"httpx": NO_CGI}, "httpx: it cannot be imported: No module named 'cgi'. "),
        ({"httpx": ImportError("cut off")}, "httpx: it cannot be imported: cut off. "),
    ],
)
def test_what_cannot_be_used_is_told_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, versions: dict[str, Any], says: str
) -> None:
    found = library.find(installed(**versions))
    assert found.api is None
    monkeypatch.setattr(library, "LIBRARY", found)
    outcome = run_module("encvoy_discovery_info", url="https://127.0.0.1:1")
    assert outcome.msg.startswith(says)
    if versions:
        assert "pip install 'httpx>=0.23,<1', or httpx2." in outcome.msg


def test_an_old_version_that_cannot_do_without_anyio_gets_it(tmp_path: Path) -> None:
    """In a process of its own; these stand for the oldest version that is supported."""
    (tmp_path / "httpcore.py").write_text("import anyio\n")
    (tmp_path / "httpx.py").write_text("import httpcore\n__version__ = '0.23.0'\n")
    script = (
        "import ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.library as library;"
        "print(library.LIBRARY.api.__file__, library.LIBRARY.problem)"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": f"{tmp_path}:{COLLECTIONS}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == [str(tmp_path / "httpx.py"), "None"]


def test_importing_it_loads_nothing_that_is_not_used_and_hides_nothing_for_good() -> None:
    """In a process of its own, for this one has loaded everything."""
    unused = {"anyio", "trio", f"{library.LIBRARY.name}._main", "click", "rich"}
    core = library.LIBRARY.name.replace("httpx", "httpcore")
    needed = {re.split(r"\W", text)[0] for text in requires(core) or () if "extra" not in text}
    script = (
        "import sys;"
        "import ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.library as library;"
        "assert library.LIBRARY.problem is None;"
        f"print(sorted({unused - needed!r} & set(sys.modules)));"
        "import anyio; print(anyio.__name__)"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(COLLECTIONS)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.splitlines() == ["[]", "anyio"]
