# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a second web container can start beside the first: a table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry import web_service
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.checkout import Checkout
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.containers import Container
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.docker import SentryHost
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.project import Project
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.web_service import WebService
from tests.support.fake_docker import FakeDocker
from tests.support.sentry_host import CONFIG, container

GOOD = WebService(
    container_name=None,
    address=None,
    publishes_port=False,
    replicas=1,
    running=1,
    proxy="nginx",
    proxy_runs=True,
    compose_version="2.26.1-4",
    memory=600,
    free_memory=4000,
)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, []),
        ({"running": 2}, []),
        ({"publishes_port": True}, ["web publishes a port of the host"]),
        ({"container_name": "sentry"}, ["web has the fixed container_name sentry"]),
        ({"address": "172.18.0.5"}, ["web has the fixed address 172.18.0.5"]),
        ({"replicas": 2}, ["Compose is told to run 2 containers of web"]),
        ({"proxy": None, "proxy_runs": False}, ["there is no service nginx"]),
        ({"proxy_runs": False}, ["nginx does not run now"]),
        ({"compose_version": "2.25.0"}, ["Compose is 2.25.0, and 2.26.0 or newer is needed"]),
        ({"compose_version": "2.32.2"}, []),
        ({"free_memory": 750}, []),
        ({"free_memory": 749}, ["a second web container needs 750 MiB of memory, 749 are free"]),
        ({"memory": None}, ["it cannot be told how much memory"]),
        ({"free_memory": None}, ["it cannot be told how much memory"]),
        ({"running": 0, "memory": None}, ["web does not run now"]),
        (
            {"container_name": "sentry", "proxy_runs": False},
            ["web has the fixed container_name sentry", "nginx does not run now"],
        ),
    ],
)
def test_what_stands_in_the_way(changes: dict[str, Any], said: list[str]) -> None:
    found = replace(GOOD, **changes).obstacles
    assert len(found) == len(said)
    assert all(text.startswith(begin) for text, begin in zip(found, said))


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeDocker:
    client = FakeDocker(tmp_path / "bin")
    monkeypatch.setenv("PATH", client.path)
    proc = tmp_path / "proc"
    proc.mkdir()
    (proc / "meminfo").write_text("MemTotal:  8000000 kB\nMemAvailable:    2048000 kB\n")
    monkeypatch.setattr(web_service, "_PROC", str(proc))
    return client


def observe(tmp_path: Path, *found: dict[str, Any]) -> WebService:
    host = SentryHost(str(tmp_path))
    containers = tuple(Container.from_inspect(each) for each in found)
    project = Project.from_config(CONFIG, str(tmp_path))
    return WebService.observe(Checkout(host, project, containers, "2.26.1-4"))


def test_what_is_observed(tmp_path: Path, docker: FakeDocker) -> None:
    docker.answer("top id-of-web -eo pid,rss", "PID    RSS\n1     1024\n20    614400\n")
    seen = observe(tmp_path, container("web"), container("nginx"))
    assert seen == replace(GOOD, memory=601, free_memory=2000)
    assert seen.as_result()["obstacles"] == []


@pytest.mark.parametrize("printed", ["", "PID\n", "PID RSS\n1 much\n"])
def test_memory_that_is_not_understood(tmp_path: Path, docker: FakeDocker, printed: str) -> None:
    docker.answer("top id-of-web", printed)
    assert observe(tmp_path, container("web")).memory is None


def test_a_host_that_does_not_tell(tmp_path: Path, docker: FakeDocker) -> None:
    docker.answer("top id-of-web", stderr="no such container", code=1)
    (tmp_path / "proc" / "meminfo").write_text("MemTotal:  8000000 kB\n")
    seen = observe(tmp_path, container("web"), container("nginx", status="exited"))
    assert (seen.memory, seen.free_memory, seen.proxy_runs) == (None, None, False)
    (tmp_path / "proc" / "meminfo").unlink()
    (tmp_path / "proc" / "meminfo").mkdir()
    assert observe(tmp_path, container("web")).free_memory is None


def test_of_two_the_memory_of_the_one_that_serves_counts(
    tmp_path: Path, docker: FakeDocker
) -> None:
    docker.answer("top old", "PID RSS\n1 614400\n")
    new = {**container("web", health="starting"), "Id": "new", "Created": "2026-11-22T09:00:00Z"}
    old = {**container("web", health="healthy"), "Id": "old", "Created": "2026-11-22T08:00:00Z"}
    seen = observe(tmp_path, new, old)
    assert (seen.running, seen.memory) == (2, 600)


def test_docker_is_not_asked_where_web_does_not_run(tmp_path: Path, docker: FakeDocker) -> None:
    assert observe(tmp_path, container("web", status="exited")).obstacles == [
        "web does not run now"
    ]
