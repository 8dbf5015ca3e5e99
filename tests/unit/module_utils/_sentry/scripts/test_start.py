# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentry's start as the collection does it; tests of exec.py run it in a process of its own."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.scripts import start


def failure(path: Path, source: str) -> BaseException:
    """What comes of settings in the way in which Sentry loads them."""
    scope: dict[str, object] = {}
    loader = (
        "def load_settings(text):\n    exec(text, {})\n"
        "def importer(text):\n"
        "    try:\n        load_settings(text)\n"
        "    except Exception as error:\n"
        "        raise RuntimeError(str(error)).with_traceback(error.__traceback__)\n"
    )
    path.write_text(loader)
    exec(compile(loader, str(path), "exec"), scope)
    with pytest.raises(RuntimeError) as raised:
        scope["importer"](source)  # type: ignore[operator]
    return raised.value


@pytest.mark.parametrize(
    ("source", "kind", "line"),
    [
        ("A = 1\nPASSWORD = planted\n", "NameError", 2),
        ("PASSWORD = 'planted\n", "SyntaxError", 1),
        ("def f():\n    return planted\n\nf()\n", "NameError", 4),
        ("raise KeyError('planted')\n", "KeyError", 1),
    ],
)
def test_an_error_of_the_settings_tells_place_and_kind(
    tmp_path: Path, source: str, kind: str, line: int
) -> None:
    found = start.explain(failure(tmp_path / "importer.py", source))
    assert found == {"kind": kind, "line": line, "path": None, "in_plugin": False, "text": None}


def test_a_module_that_is_missing_is_named(tmp_path: Path) -> None:
    found = start.explain(failure(tmp_path / "importer.py", "import not_there_at_all\n"))
    assert found["text"] == "No module named 'not_there_at_all'"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    found = start.explain(failure(tmp_path / "importer.py", "open('/not/there')\n"))
    assert found == {
        "kind": "FileNotFoundError",
        "line": 1,
        "path": "/not/there",
        "in_plugin": False,
        "text": None,
    }


def test_an_error_of_sentry_itself_is_told() -> None:
    error = RuntimeError("Error -2 connecting to redis:6379")
    assert start.explain(error) == {
        "kind": "RuntimeError",
        "line": None,
        "path": None,
        "in_plugin": False,
        "text": "Error -2 connecting to redis:6379",
    }


def test_a_file_that_sentry_takes_for_its_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sentry goes on without all of sentry.conf.py when a file that it reads is not there."""
    monkeypatch.setenv("SENTRY_CONF", str(tmp_path))
    assert start.swallowed() is None
    settings = tmp_path / "sentry.conf.py"
    settings.write_text("A = 1\nopen('/not/there')\n")
    error = start.swallowed()
    assert isinstance(error, FileNotFoundError)
    found = start.explain(error)
    assert (found["line"], found["path"]) == (2, "/not/there")
    settings.write_text("A = planted\n")
    assert start.swallowed() is None


def test_an_error_of_the_plugin(tmp_path: Path) -> None:
    (tmp_path / "oidc").mkdir()
    path = tmp_path / "oidc" / "constants.py"
    code = compile("raise OSError('timed out')", str(path), "exec")
    with pytest.raises(OSError, match="timed out") as raised:
        exec(code, {})
    assert start.explain(raised.value)["in_plugin"] is True


def test_plugins_are_left_out_where_sentry_loads_them_so(monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[tuple[object, ...]] = []
    called: list[str] = []
    initializer = types.SimpleNamespace(register_plugins=lambda _settings: called.append("plugins"))
    importer = types.SimpleNamespace(install=lambda *arguments: installed.append(arguments))
    runner = types.SimpleNamespace(importer=importer, initializer=initializer)
    settings = types.SimpleNamespace(INSTALLED_APPS=())
    monkeypatch.setitem(sys.modules, "sentry.runner", runner)
    monkeypatch.setitem(sys.modules, "django.conf", types.SimpleNamespace(settings=settings))
    start.leave_out_plugins()
    assert installed == []
    importer.install("sentry_config", "path")
    initializer.register_plugins(settings)
    assert installed == [("sentry_config", "path")]
    assert called == []


@pytest.mark.parametrize(
    "runner",
    [
        types.SimpleNamespace(),
        types.SimpleNamespace(importer=types.SimpleNamespace()),
        types.SimpleNamespace(importer=types.SimpleNamespace(install=None)),
    ],
)
def test_another_sentry_starts_as_it_likes(
    monkeypatch: pytest.MonkeyPatch, runner: types.SimpleNamespace
) -> None:
    monkeypatch.setitem(sys.modules, "sentry.runner", runner)
    start.leave_out_plugins()


def test_an_initializer_without_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    importer = types.SimpleNamespace(install=lambda: None)
    runner = types.SimpleNamespace(importer=importer, initializer=types.SimpleNamespace())
    settings = types.SimpleNamespace(INSTALLED_APPS=())
    monkeypatch.setitem(sys.modules, "sentry.runner", runner)
    monkeypatch.setitem(sys.modules, "django.conf", types.SimpleNamespace(settings=settings))
    start.leave_out_plugins()
    importer.install()
    assert not hasattr(runner.initializer, "register_plugins")
