# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place that starts processes: how they are called, and what their failures mean."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry import docker as docker_module
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.docker import (
    SentryError,
    SentryHost,
)
from tests.support.fake_docker import FakeDocker


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeDocker:
    client = FakeDocker(tmp_path / "bin")
    monkeypatch.setenv("PATH", client.path)
    return client


def test_stdin_goes_to_the_process_and_not_into_its_arguments(
    docker: FakeDocker, tmp_path: Path
) -> None:
    docker.answer("compose exec", "done")
    host = SentryHost(str(tmp_path), (".env", ".env.custom"))
    assert host.compose("exec", "-T", "web", "cat", stdin="the secret ü") == "done"
    assert docker.calls == [
        {
            "arguments": [
                *("compose", "--env-file", ".env", "--env-file", ".env.custom"),
                *("exec", "-T", "web", "cat"),
            ],
            "stdin": "the secret ü",
            "cwd": str(tmp_path),
        }
    ]


def test_no_answer_in_time(docker: FakeDocker, tmp_path: Path) -> None:
    docker.answer("compose up", seconds=30)
    began = time.monotonic()
    with pytest.raises(SentryError, match="^docker compose up: It gave no answer within 0.5 s"):
        SentryHost(str(tmp_path), timeout=0.5).compose("up")
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        (
            "permission denied while trying to connect to the Docker daemon socket",
            "docker ps: This user may not use Docker",
        ),
        (
            "failed to connect to the docker API at unix:///var/run/docker.sock",
            "docker ps: The Docker daemon is not reachable",
        ),
        ('service "web" is not running', "docker ps: The container is not running"),
        (
            "Error response from daemon: Container 1f is restarting, wait until …",
            "docker ps: The container is not running",
        ),
        ("a\n\nb\nc\nd\ne", "docker ps: It failed with exit code 3: b / c / d / e"),
        ("", "docker ps: It failed with exit code 3: nothing was printed"),
    ],
)
def test_failure_is_explained(
    docker: FakeDocker, tmp_path: Path, printed: str, expected: str
) -> None:
    docker.answer("ps", stderr=printed, code=3)
    with pytest.raises(SentryError, match=expected):
        SentryHost(str(tmp_path)).docker("ps")


def test_output_that_is_no_json(docker: FakeDocker, tmp_path: Path) -> None:
    docker.answer("compose config", "services:\n")
    with pytest.raises(SentryError, match="^docker compose config: It did not print JSON"):
        SentryHost(str(tmp_path)).compose_config()


def test_docker_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(docker_module, "_EXTRA_PATH", ())
    with pytest.raises(SentryError, match="^docker: It was not found on this host"):
        SentryHost(str(tmp_path)).docker("ps")


def test_docker_outside_of_path_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """sudo and cron often leave out /usr/local/bin."""
    client = FakeDocker(tmp_path / "bin")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(docker_module, "_EXTRA_PATH", (str(client.folder),))
    path = str(client.folder / "docker")
    assert SentryHost(str(tmp_path)).compose_command == [path, "compose"]


def test_docker_finds_its_helpers_where_it_was_found_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For example docker-credential-pass, in a task of a user with a short PATH."""
    client = tmp_path / "docker"
    client.write_text('#!/bin/sh\necho "$PATH"\n')
    client.chmod(0o755)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(docker_module, "_EXTRA_PATH", (str(tmp_path),))
    assert SentryHost(str(tmp_path)).docker("info") == f"/nowhere:{tmp_path}\n"


def test_compose_command_has_all_that_selects_the_project(
    docker: FakeDocker, tmp_path: Path
) -> None:
    host = SentryHost(str(tmp_path), (".env", ".env.custom"), project="mine")
    assert host.compose_command[1:] == [
        *("compose", "--project-name", "mine"),
        *("--env-file", ".env", "--env-file", ".env.custom"),
    ]
    docker.answer("compose", stderr="no", code=1)
    with pytest.raises(SentryError, match="^docker compose config: It failed"):
        host.compose("config")
