# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry import exec as sentry_exec
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.docker import (
    SentryError,
    SentryHost,
)
from tests.support.fake_docker import FakeDocker

SECRET = "planted \"secret\" with 'quotes', \\, $, {{ and ü"

# As demanding for the transport as our real scripts: Sentry moves __future__ imports about and
# indents lines, which would break this text.
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
'''


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeDocker:
    client = FakeDocker(tmp_path / "bin")
    monkeypatch.setenv("PATH", client.path)
    return client


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "planted_script.py").write_text(SCRIPT)
    monkeypatch.syspath_prepend(str(tmp_path))
    return importlib.import_module("planted_script")


def call(tmp_path, script, payload):
    return sentry_exec.run_in_sentry(SentryHost(str(tmp_path)), script, payload)


def test_data_goes_in_and_comes_back_through_noise(docker, tmp_path, script):
    docker.answer("exec", "08:00:00 [WARNING] starting\n", stderr="warned\n", runs_stdin=True)
    assert call(tmp_path, script, {"secret": SECRET}) == {
        "echo": {"secret": SECRET},
        "text": "first\nsecond %s\n",
    }
    (made,) = docker.calls
    assert made["arguments"] == ["compose", "exec", "-T", "web", "sentry", "exec"]


def test_program_survives_what_sentry_exec_does_to_it(docker, tmp_path, script):
    docker.answer("exec", runs_stdin=True)
    call(tmp_path, script, {})
    program = docker.calls[0]["stdin"]
    assert "__future__" not in program
    assert program.count("\n") == 1


def test_error_of_the_script(docker, tmp_path, script):
    docker.answer("exec", runs_stdin=True)
    with pytest.raises(SentryError, match=r"^inside Sentry: LookupError: not here$"):
        call(tmp_path, script, {"fails": True})


def test_sentry_that_does_not_start_shows_no_line_of_its_settings(docker, tmp_path, script):
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


def test_dead_web_container(docker, tmp_path, script):
    docker.answer("exec", stderr='service "web" is not running\n', code=1)
    with pytest.raises(SentryError, match="did not answer: the container is not running: see"):
        call(tmp_path, script, {})


def test_no_answer_at_all(docker, tmp_path, script):
    docker.answer("exec", "something else\n")
    with pytest.raises(SentryError, match="ended without an answer"):
        call(tmp_path, script, {})
