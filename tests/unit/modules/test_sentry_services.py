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
from tests.support.sentry_host import (
    PROJECT,
    container,
    installed_docker,
    make_checkout,
    set_containers,
)

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
        "sentry_services",
        sentry_dir=str(checkout),
        **{"settle": 0, "timeout": 20, "strategy": "recreate", **options},
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
    assert outcome["strategy"] == "recreate"
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


@pytest.fixture
def two(docker: FakeDocker) -> FakeDocker:
    """Under this client a second web container appears, and then the old one is gone."""
    set_containers(docker, [container("web"), container("nginx")])
    old, new = "old-web\tweb\n", "new-web\tweb\n"
    nginx = "new-nginx\tnginx\n"
    for listed, calls in ((new + nginx, None), (old + new + nginx, 2), (old + nginx, 1)):
        docker.answer(LIST, listed, calls=calls)
    for name in ("web", "nginx"):
        docker.answer(f"inspect new-{name}", [_container(name, "new")])
    docker.answer("inspect old-web", [_container("web", "old")])
    docker.answer("inspect old-web new-nginx", [_container(n, "old") for n in ("web", "nginx")])
    docker.answer("inspect old-web new-web", [_container("web", age) for age in ("old", "new")])
    docker.answer("inspect new-web new-nginx", [_container(n, "new") for n in ("web", "nginx")])
    docker.answer("exec --user 0 new-nginx sh -c")
    docker.answer("stop -t 30 old-web")
    docker.answer("rm --force --volumes old-web")
    return docker


@pytest.mark.parametrize("strategy", ["rolling", "auto"])
def test_the_new_web_starts_beside_the_old_one(
    two: FakeDocker, checkout: Path, strategy: str
) -> None:
    outcome = run(checkout, services=["web"], strategy=strategy)
    assert (outcome["changed"], outcome["strategy"]) == (True, "rolling"), outcome.text
    assert outcome["recreated"] == outcome["touched"] == ["web"]
    assert outcome["seconds_without_web"] == 0


@pytest.mark.parametrize(
    ("strategy", "found", "expected"),
    [
        ("rolling", ["web"], "rolling"),
        ("rolling", ["nginx"], "recreate"),
        ("auto", ["web", "nginx"], "rolling"),
        # There is no nginx that would lead people to the new one.
        ("auto", ["web"], "recreate"),
        ("recreate", ["web", "nginx"], "recreate"),
    ],
)
def test_the_strategy(
    docker: FakeDocker, checkout: Path, strategy: str, found: list[str], expected: str
) -> None:
    set_containers(docker, [container(name) for name in found])
    outcome = run(checkout, services=["web"], strategy=strategy, check=True)
    assert outcome["strategy"] == expected


def test_without_web_there_is_no_strategy(docker: FakeDocker, checkout: Path) -> None:
    assert run(checkout, services=["worker"], strategy="auto", check=True)["strategy"] is None
