# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry import wait
from tests.support.fake_docker import FakeDocker
from tests.support.module_runner import run_module
from tests.support.sentry_host import (
    IMAGE,
    IMAGE_ID,
    container,
    installed_docker,
    make_checkout,
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return make_checkout(tmp_path / "sentry")


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeDocker:
    client = installed_docker(tmp_path / "bin")
    monkeypatch.setenv("PATH", client.path)
    return client


def test_facts_of_a_running_sentry(docker, checkout):
    facts = run_module("sentry_info", sentry_dir=str(checkout)).result
    facts.pop("invocation")
    assert facts == {
        "changed": False,
        "sentry_dir": str(checkout),
        "version": "23.7.1",
        "image": IMAGE,
        "image_id": IMAGE_ID,
        "image_sentry_version": "23.7.1",
        "image_plugin_version": "6.0.0",
        "services": ["cron", "web", "worker"],
        "running_services": ["cron", "redis", "web", "worker"],
        "stale_services": [],
        "url_prefix": "https://sentry.example.com",
        "has_image_hook": False,
        "compose_version": "2.26.1-4",
        "env_files": [],
        "installed": True,
    }
    assert {call["cwd"] for call in docker.calls} == {str(checkout)}


def test_image_hook(docker, checkout):
    (checkout / "sentry" / "enhance-image.sh").write_text("")
    assert run_module("sentry_info", sentry_dir=str(checkout))["has_image_hook"] is True


def test_never_installed(docker, checkout):
    docker.answer("image inspect", stderr=f"Error: No such image: {IMAGE}\n", code=1)
    docker.answer("ps --all", "")
    facts = run_module("sentry_info", sentry_dir=str(checkout))
    assert facts["installed"] is False
    assert facts["image_id"] is None
    assert facts["image_plugin_version"] is None
    assert facts["stale_services"] == facts["services"]
    assert not any("run" in call["arguments"] for call in docker.calls)


def test_watched_file_newer_than_one_container(docker, checkout):
    settings = checkout / "sentry" / "sentry.conf.py"
    settings.write_text("")
    os.utime(settings, (1795334400, 1795334400))  # 2026-11-22 08:00:00 UTC
    older = container("worker", started="2026-11-22T07:59:59.999Z")
    docker.answer("inspect c1 c2 c3 c4", [container("web"), older, container("cron")])
    facts = run_module(
        "sentry_info",
        sentry_dir=str(checkout),
        watch=["sentry/sentry.conf.py", "sentry/not-there"],
    )
    assert facts["stale_services"] == ["worker"]


def test_tag_without_a_release_asks_the_image(docker, checkout):
    (checkout / ".env").write_text("SENTRY_IMAGE=ghcr.io/getsentry/sentry:nightly\n")
    docker.answer("run " + IMAGE, {"sentry": "26.9.0.dev0", "sentry-auth-oidc": None})
    facts = run_module("sentry_info", sentry_dir=str(checkout))
    assert facts["version"] == "26.9.0.dev0"
    assert facts["image_plugin_version"] is None


@pytest.mark.parametrize(
    ("release", "env_files", "version"),
    [
        ("24.9.0", [".env.custom"], "24.8.0"),
        ("25.2.0", [".env", ".env.custom"], "24.8.0"),
    ],
)
def test_env_custom_reaches_compose(docker, checkout, release, env_files, version):
    (checkout / ".env").write_text(f"SENTRY_IMAGE=getsentry/sentry:{release}\n")
    (checkout / ".env.custom").write_text("SENTRY_IMAGE=getsentry/sentry:24.8.0\n")
    facts = run_module("sentry_info", sentry_dir=str(checkout))
    assert facts["env_files"] == env_files
    assert facts["version"] == version
    config_call = next(call["arguments"] for call in docker.calls if "config" in call["arguments"])
    passed = [word for name in env_files for word in ("--env-file", name)]
    assert config_call == ["compose", *passed, "config", "--format", "json"]


def test_folder_that_does_not_exist(docker, tmp_path):
    failed = run_module("sentry_info", sentry_dir=str(tmp_path / "nothing"))
    assert failed["failed"]
    assert "is not a folder on this host: set sentry_dir" in failed["msg"]


@pytest.mark.parametrize("missing", ["docker-compose.yml", "sentry"])
def test_folder_that_is_no_checkout(docker, checkout, missing):
    (checkout / missing).rename(checkout / "elsewhere")
    failed = run_module("sentry_info", sentry_dir=str(checkout))
    assert f"not a checkout of self-hosted Sentry: it has no {missing}" in failed["msg"]


def test_compose_project_without_web(docker, checkout):
    docker.answer("compose config", {"name": "other", "services": {"redis": {"image": "redis"}}})
    failed = run_module("sentry_info", sentry_dir=str(checkout))
    assert "has no service web" in failed["msg"]


def test_compose_missing(docker, checkout):
    docker.answer("compose version", stderr="docker: 'compose' is not a docker command.\n", code=1)
    failed = run_module("sentry_info", sentry_dir=str(checkout))
    assert "install the compose plugin" in failed["msg"]
    assert "is not a docker command" in failed["msg"]


def test_compose_too_old(docker, checkout):
    (checkout / ".env").write_text("SENTRY_IMAGE=getsentry/sentry:25.2.0\n")
    failed = run_module("sentry_info", sentry_dir=str(checkout))
    assert failed["msg"] == (
        "docker compose 2.26.1-4 is too old for Sentry 25.2.0: it needs 2.32.2 or newer"
    )


def test_daemon_not_reachable(docker, checkout):
    docker.answer(
        "image inspect",
        stderr="Cannot connect to the Docker daemon at unix:///var/run/docker.sock."
        " Is the docker daemon running?\n",
        code=1,
    )
    failed = run_module("sentry_info", sentry_dir=str(checkout))
    assert failed["msg"].startswith("the Docker daemon is not reachable: start it")


def test_image_that_does_not_answer(docker, checkout):
    docker.answer("run " + IMAGE, "sh: 1: exec: python3: not found\n")
    failed = run_module("sentry_info", sentry_dir=str(checkout))
    assert f"the image {IMAGE} did not tell its packages" in failed["msg"]


INSPECT = "inspect c1 c2 c3 c4"


@pytest.fixture
def no_pause(monkeypatch):
    monkeypatch.setattr(wait, "_PAUSE", 0)


def stack(**web):
    """The project's containers, of which the web service's is as given."""
    others = [container(name) for name in ("worker", "cron", "redis")]
    return [container("web", **web), *others]


def test_waits_until_the_health_check_is_content(docker, checkout, no_pause):
    docker.answer(INSPECT, stack(health="healthy"))
    docker.answer(INSPECT, stack(health="starting"), calls=4)
    facts = run_module("sentry_info", sentry_dir=str(checkout), wait=True)
    assert facts["running_services"] == ["cron", "redis", "web", "worker"]
    looks = [call for call in docker.calls if call["arguments"][0] == "inspect"]
    assert len(looks) == 6  # before waiting, three times too early, once ready, for the result


def test_without_wait_an_unready_service_is_a_fact(docker, checkout):
    docker.answer(INSPECT, stack(status="restarting"))
    facts = run_module("sentry_info", sentry_dir=str(checkout))
    assert facts["stale_services"] == ["web"]


def test_waits_no_longer_for_a_service_that_dies_at_every_start(docker, checkout, no_pause):
    secret = "    OIDC_CLIENT_SECRET = 'planted'"
    docker.answer("compose logs web", f"Traceback\n{secret}\nModuleNotFoundError: pyuwsgi\n")
    docker.answer(INSPECT, stack(status="restarting", restarts=7))
    docker.answer(INSPECT, stack(health="starting", restarts=6), calls=3)
    docker.answer(INSPECT, stack(health="starting", restarts=4), calls=2)
    failed = run_module("sentry_info", sentry_dir=str(checkout), wait=True)
    assert failed["msg"] == (
        "the service web died 3 times right after its start: the end of its log: "
        "Traceback / ModuleNotFoundError: pyuwsgi"
    )


def test_says_what_is_not_ready_when_the_time_is_over(docker, checkout):
    docker.answer("compose logs web", stderr="no such service: web\n", code=1)
    docker.answer(INSPECT, stack(health="unhealthy"))
    failed = run_module("sentry_info", sentry_dir=str(checkout), wait=True, wait_timeout=0.1)
    assert "not ready after 0.1 s: web is unhealthy; " in failed["msg"]
    assert "no such service: web" in failed["msg"]
