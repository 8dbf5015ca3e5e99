# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module around the job: what it hands on, what docker is asked, what it returns.

When which service comes up is tested in tests/unit/module_utils/_sentry/test_services.py.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_docker import FakeDocker
from tests.support.module_runner import Outcome, run_module
from tests.support.sentry_host import PROJECT, container, installed_docker, make_checkout

LIST = f"ps --all --no-trunc --filter label=com.docker.compose.project={PROJECT}"
UP = ["compose", "up", "--detach", "--no-build", "--pull", "never"]


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeDocker:
    """A client under which web and worker have other containers after the first command."""
    client = installed_docker(tmp_path / "bin")
    names = ("web", "worker", "nginx")
    for name in names:
        client.answer(f"inspect new-{name}", [_container(name, "new")])
    client.answer("inspect new-web new-nginx", [_container(name, "new") for name in names[::2]])
    client.answer(
        "inspect new-web new-worker new-nginx", [_container(name, "new") for name in names]
    )
    client.answer(
        "inspect new-web old-worker new-nginx", [_container(name, "old") for name in names]
    )
    client.answer(
        "inspect old-web old-worker new-nginx", [_container(name, "old") for name in names]
    )
    client.answer(LIST, "new-web\tweb\nnew-worker\tworker\nnew-nginx\tnginx\n")
    client.answer(LIST, "old-web\tweb\nold-worker\tworker\nnew-nginx\tnginx\n", calls=1)
    client.answer("compose up")
    client.answer("exec new-nginx nginx -s reload")
    monkeypatch.setenv("PATH", client.path)
    return client


def _container(service: str, age: str) -> dict[str, Any]:
    age = "new" if service == "nginx" else age
    health = "healthy" if service == "web" else None
    return {**container(service, health=health), "Id": f"{age}-{service}"}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return make_checkout(tmp_path / "sentry")


def run(checkout: Path, **options: Any) -> Outcome:
    return run_module(
        "sentry_services", sentry_dir=str(checkout), **{"settle": 0, "timeout": 20, **options}
    )


def changing_calls(docker: FakeDocker) -> list[list[str]]:
    words = {"up", "exec", "restart", "start"}
    return [call["arguments"] for call in docker.calls if words & set(call["arguments"])]


def test_services_are_brought_up_anew(docker: FakeDocker, checkout: Path) -> None:
    outcome = run(checkout, services=["worker", "web"])
    assert outcome["changed"] is True
    assert outcome["recreated"] == ["web", "worker"]
    assert outcome["unsettled"] == {}
    assert outcome["seconds_without_web"] > 0
    assert changing_calls(docker) == [
        [*UP, "--force-recreate", "web"],
        ["exec", "new-nginx", "nginx", "-s", "reload"],
        [*UP, "--force-recreate", "worker"],
    ]


def test_check_mode_touches_nothing(docker: FakeDocker, checkout: Path) -> None:
    outcome = run(checkout, services=["worker", "web"], check=True)
    assert (outcome["changed"], outcome["recreated"]) == (True, ["web", "worker"])
    assert changing_calls(docker) == []


def test_nginx_alone(docker: FakeDocker, checkout: Path) -> None:
    docker.answer(LIST, "new-web\tweb\nnew-worker\tworker\nnew-nginx\tnginx\n")
    outcome = run(checkout)
    assert (outcome["changed"], outcome["recreated"]) == (True, [])
    assert changing_calls(docker) == [["exec", "new-nginx", "nginx", "-s", "reload"]]


def test_nothing_ordered_is_no_change(docker: FakeDocker, checkout: Path) -> None:
    for check in (True, False):
        assert run(checkout, reload_proxy=False, check=check)["changed"] is False
    assert changing_calls(docker) == []


def test_a_failure_returns_what_was_done(docker: FakeDocker, checkout: Path) -> None:
    docker.answer("compose up worker", stderr="no such service: worker", code=1)
    docker.answer(LIST, "new-web\tweb\nold-worker\tworker\nnew-nginx\tnginx\n")
    docker.answer(LIST, "old-web\tweb\nold-worker\tworker\nnew-nginx\tnginx\n", calls=1)
    outcome = run(checkout, services=["worker", "web"])
    assert outcome.failed
    assert "no such service: worker" in outcome.msg
    assert (outcome["changed"], outcome["recreated"]) == (True, ["web"])


def test_a_failure_that_changed_nothing(docker: FakeDocker, checkout: Path) -> None:
    docker.answer("compose up web", stderr="no such service: web", code=1)
    docker.answer(LIST, "old-web\tweb\nold-worker\tworker\nnew-nginx\tnginx\n")
    outcome = run(checkout, services=["web"])
    assert outcome.failed
    assert (outcome["changed"], outcome["recreated"]) == (False, [])


def test_another_run_at_work(docker: FakeDocker, checkout: Path) -> None:
    descriptor = os.open(checkout, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        outcome = run(checkout, services=["web"], timeout=1)
    finally:
        os.close(descriptor)
    assert outcome.msg.startswith("sentry_dir: Another run of encvoy.sentry is at work in")
    assert changing_calls(docker) == []
