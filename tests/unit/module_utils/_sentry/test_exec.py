# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A script goes into the container and its answer comes back, whatever stands around it."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry import exec as sentry_exec
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.containers import Container
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.docker import (
    SentryError,
    SentryHost,
)
from tests.support.fake_docker import FakeDocker
from tests.support.sentry_host import container, set_containers

SECRET = "planted \"secret\" with 'quotes', \\, $, {{, %s, true, null and ü"
SCRIPT = '''
from __future__ import annotations

TEXT = """first
second %s
"""

def run(payload):
    print("noise of the script {\\"result\\": 1}")
    if payload.get("fails"):
        raise LookupError("not here")
    return {"echo": payload, "text": TEXT}

def other(payload):
    return {"function": "other"}
'''


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeDocker:
    client = FakeDocker(tmp_path / "bin")
    set_containers(client, [container("web")])
    monkeypatch.setenv("PATH", client.path)
    return client


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    (tmp_path / "planted_script.py").write_text(SCRIPT)
    monkeypatch.syspath_prepend(str(tmp_path))
    return importlib.import_module("planted_script")


def call(tmp_path: Path, script: ModuleType, payload: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = sentry_exec.run_in_sentry(SentryHost(str(tmp_path)), script, payload)
    return answer


def exec_calls(docker: FakeDocker) -> list[list[str]]:
    return [call["arguments"] for call in docker.calls if "exec" in call["arguments"]]


def test_data_goes_in_and_comes_back_through_noise(
    docker: FakeDocker, tmp_path: Path, script: ModuleType
) -> None:
    docker.answer("exec", "08:00:00 [WARNING] starting\n", stderr="warned\n", runs_stdin=True)
    payload = {"secret": SECRET, "none": None, "yes": True, "number": 1.5, "list": ["ü", {}]}
    assert call(tmp_path, script, payload) == {"echo": payload, "text": "first\nsecond %s\n"}


def test_data_travels_by_standard_input_alone(
    docker: FakeDocker, tmp_path: Path, script: ModuleType
) -> None:
    docker.answer("exec", runs_stdin=True)
    call(tmp_path, script, {"secret": "planted"})
    assert exec_calls(docker) == [
        ["exec", "--interactive", "--user", "sentry", "id-of-web", *sentry_exec.COMMAND]
    ]
    assert "planted" not in str([each["arguments"] for each in docker.calls])


@pytest.mark.parametrize("user", ["1001", "1001:1001", "www-data"])
def test_a_container_of_another_user_keeps_it(
    docker: FakeDocker, tmp_path: Path, script: ModuleType, user: str
) -> None:
    set_containers(docker, [container("web", user=user)])
    docker.answer("exec", runs_stdin=True)
    call(tmp_path, script, {})
    assert "--user" not in exec_calls(docker)[0]


@pytest.mark.parametrize("user", ["", "0", "root", "0:0"])
def test_root_steps_down(docker: FakeDocker, tmp_path: Path, script: ModuleType, user: str) -> None:
    set_containers(docker, [container("web", user=user)])
    docker.answer("exec", runs_stdin=True)
    docker.answer(
        "exec --user sentry", stderr="unable to find user sentry: no matching entries\n", code=126
    )
    call(tmp_path, script, {})
    assert [arguments[3] for arguments in exec_calls(docker)] == ["sentry", "999:999"]


def test_a_function_that_needs_no_sentry(
    docker: FakeDocker, tmp_path: Path, script: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_SETTINGS", str(tmp_path / "not-there"))
    docker.answer("exec", runs_stdin=True)
    web = Container.from_inspect(container("web"))
    answer = sentry_exec.run_in_container(
        SentryHost(str(tmp_path)), web, script, {}, function="other", starts_sentry=False
    )
    assert answer == {"function": "other"}


def test_error_of_the_script(docker: FakeDocker, tmp_path: Path, script: ModuleType) -> None:
    docker.answer("exec", runs_stdin=True)
    with pytest.raises(SentryError, match=r"failed inside Sentry: LookupError: not here\. See"):
        call(tmp_path, script, {"fails": True})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ('GOOD = 1\nPASSWORD = "planted\n', "SyntaxError in line 2. Correct this line."),
        ("PASSWORD = planted\n", "NameError in line 1. Correct this line."),
        ("\n\nPASSWORD = int('planted')\n", "ValueError in line 3."),
        ("def f():\n    return int('planted')\nX = f()\n", "ValueError in line 3."),
        ("my_own = (\n", "SyntaxError in line"),
        ("import nothing_here\n", "line 1 (No module named 'nothing_here')."),
        ("open('/nowhere/file')\n", "cannot read /nowhere/file (FileNotFoundError)"),
    ],
)
def test_settings_that_do_not_load_are_told_by_place_and_kind(
    docker: FakeDocker,
    tmp_path: Path,
    script: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    settings: str,
    message: str,
) -> None:
    (tmp_path / "settings.py").write_text(settings)
    monkeypatch.setenv("TEST_SETTINGS", str(tmp_path / "settings.py"))
    docker.answer("exec", runs_stdin=True)
    with pytest.raises(SentryError) as raised:
        call(tmp_path, script, {})
    assert message in str(raised.value)
    assert "planted" not in str(raised.value)


@pytest.mark.parametrize(
    ("plugin", "message"),
    [
        ("raise OSError('timed out')", "OIDC_DOMAIN: Sentry does not start, for the plugin"),
        ("import nothing_here", "sentry-auth-oidc: This release of it does not fit this Sentry"),
    ],
)
def test_a_plugin_that_keeps_sentry_from_starting(
    docker: FakeDocker,
    tmp_path: Path,
    script: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    plugin: str,
    message: str,
) -> None:
    (tmp_path / "oidc").mkdir()
    (tmp_path / "oidc" / "constants.py").write_text(plugin + "\n")
    settings = tmp_path / "settings.py"
    settings.write_text(f"import sys\nsys.path.insert(0, {str(tmp_path)!r})\nimport oidc.constants")
    monkeypatch.setenv("TEST_SETTINGS", str(settings))
    docker.answer("exec", runs_stdin=True)
    with pytest.raises(SentryError, match="^" + message):
        call(tmp_path, script, {})


def test_a_missing_file_that_sentry_takes_for_its_settings(
    docker: FakeDocker, tmp_path: Path, script: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sentry then goes on without all settings, and misses the first one that it needs."""
    (tmp_path / "sentry.conf.py").write_text("open('/nowhere/secret')\n")
    (tmp_path / "other.py").write_text("raise RuntimeError('You must configure cache.backend')\n")
    monkeypatch.setenv("SENTRY_CONF", str(tmp_path))
    monkeypatch.setenv("TEST_SETTINGS", str(tmp_path / "other.py"))
    docker.answer("exec", runs_stdin=True)
    with pytest.raises(SentryError, match="cannot read /nowhere/secret"):
        call(tmp_path, script, {})


def test_sentry_that_dies_shows_no_line_of_its_settings(
    docker: FakeDocker, tmp_path: Path, script: ModuleType
) -> None:
    docker.answer(
        "exec",
        stderr="Traceback (most recent call last):\n"
        '  File "/etc/sentry/sentry.conf.py", line 3\n'
        '    OIDC_CLIENT_SECRET = "planted\n'
        "                         ^\n"
        "SyntaxError: unterminated string literal\n",
        code=1,
    )
    with pytest.raises(SentryError, match="SyntaxError: unterminated string") as raised:
        call(tmp_path, script, {})
    assert "planted" not in str(raised.value)


def test_container_that_has_died_since(
    docker: FakeDocker, tmp_path: Path, script: ModuleType
) -> None:
    docker.answer("exec", stderr="Error: Container 1f is not running\n", code=1)
    with pytest.raises(SentryError, match="^docker exec: The container is not running"):
        call(tmp_path, script, {})


@pytest.mark.parametrize("containers", [[], [container("web", status="exited")]])
def test_no_web_container(
    docker: FakeDocker, tmp_path: Path, script: ModuleType, containers: list[dict[str, Any]]
) -> None:
    set_containers(docker, containers)
    with pytest.raises(SentryError, match="No container of the service web runs from"):
        call(tmp_path, script, {})


def test_no_answer_at_all(docker: FakeDocker, tmp_path: Path, script: ModuleType) -> None:
    docker.answer("exec", "something else\n")
    with pytest.raises(SentryError, match="ended without an answer"):
        call(tmp_path, script, {})


def test_a_program_that_never_ends_is_ended(
    docker: FakeDocker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "endless.py").write_text("import time\ndef run(payload):\n    time.sleep(60)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    docker.answer("exec", runs_stdin=True)
    with pytest.raises(SentryError, match="^docker exec: It failed with exit code"):
        sentry_exec.run_in_sentry(
            SentryHost(str(tmp_path)), importlib.import_module("endless"), {}, timeout=1
        )
