# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts of a Sentry, by a docker client that answers from a table."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.scripts import probe
from tests.support.fake_docker import FakeDocker
from tests.support.module_runner import Outcome, run_module
from tests.support.sentry_host import (
    IMAGE,
    IMAGE_ID,
    PYTHON,
    config,
    container,
    installed_docker,
    make_checkout,
    set_containers,
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return make_checkout(tmp_path / "sentry")


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeDocker:
    client = installed_docker(tmp_path / "bin")
    monkeypatch.setenv("PATH", client.path)
    answers(client, "exec id-of-web")
    return client


def answers(
    docker: FakeDocker,
    words: str,
    version: str | None = "6.0.0",
    users: dict[str, list[int]] | None = None,
    uid_map: list[list[int]] | None = None,
    sentry: str = "23.7.1",
) -> None:
    """Let the script answer so that is asked of the image, or of its running container."""
    owner = {"name": "sentry-auth-oidc", "version": version, "in_image": True}
    found = {
        "packages": {"sentry": sentry, "oidc": [owner] if version else [], "python": PYTHON},
        "process": {
            "uid": 999,
            "gid": 999,
            "uid_map": uid_map or [[0, 0, 4294967295]],
            "gid_map": uid_map or [[0, 0, 4294967295]],
            "users": users or {"root": [0, 0], "sentry": [999, 999]},
        },
    }
    docker.reply(words, found)


def look(checkout: Path) -> Outcome:
    return run_module("sentry_info", sentry_dir=str(checkout))


def called(docker: FakeDocker, *words: str) -> bool:
    return any(set(words) <= set(call["arguments"]) for call in docker.calls)


def test_facts_of_a_running_sentry(docker: FakeDocker, checkout: Path) -> None:
    facts = look(checkout).result
    facts.pop("invocation")
    web_service = facts.pop("web_service")
    assert web_service.pop("free_memory") > 0
    assert web_service == {
        "container_name": None,
        "address": None,
        "publishes_port": False,
        "replicas": 1,
        "running": 1,
        "proxy": "nginx",
        "proxy_runs": False,
        "compose_version": "2.26.1-4",
        "memory": 600,
        "obstacles": ["nginx does not run now"],
    }
    assert facts == {
        "changed": False,
        "sentry_dir": str(checkout),
        "project": "sentry-self-hosted",
        "version": "23.7.1",
        "image": IMAGE,
        "image_id": IMAGE_ID,
        "image_sentry_version": "23.7.1",
        "image_plugin_version": "6.0.0",
        "image_packages_owning_oidc": ["sentry-auth-oidc"],
        "running_image_id": IMAGE_ID,
        "services": ["cron", "web", "worker"],
        "running_services": ["cron", "redis", "web", "worker"],
        "unhealthy_services": {},
        "stale_services": [],
        "proxy_service": "nginx",
        "url_prefix": "https://sentry.example.com",
        "url_prefix_source": "config.yml",
        "installed": True,
        "compose_version": "2.26.1-4",
        "env_files": [],
        "compose_command": [str(docker.folder / "docker"), "compose"],
        "web_user": {"uid": 999, "gid": 999},
    }
    assert not called(docker, "run")


def test_while_a_new_web_starts_beside_the_old_one(docker: FakeDocker, checkout: Path) -> None:
    """Or after a run that was killed then: the old one serves, and both are looked at."""
    old = {**container("web", health="healthy"), "Created": "2026-11-22T08:00:00Z"}
    new = container("web", image="sha256:new", health="starting")
    new.update(Id="id-of-new", Created="2026-11-22T09:00:00Z")
    others = [container(name) for name in ("worker", "cron", "redis", "nginx")]
    set_containers(docker, [new, old, *others])
    facts = look(checkout)
    assert facts["running_image_id"] == IMAGE_ID
    assert facts["stale_services"] == ["web"]
    assert facts["unhealthy_services"] == {}
    assert facts["web_service"]["running"] == 2
    asked = [call["arguments"] for call in docker.calls if "exec" in call["arguments"]]
    assert asked
    assert all("id-of-web" in arguments for arguments in asked)


def test_never_installed(docker: FakeDocker, checkout: Path) -> None:
    docker.answer("image inspect", stderr=f"Error: No such image: {IMAGE}\n", code=1)
    docker.answer("volume ls", "")
    docker.answer("ps --all", "")
    facts = look(checkout)
    assert facts["installed"] is False
    assert facts["image_id"] is None
    assert facts["image_plugin_version"] is None
    assert facts["running_image_id"] is None
    assert facts["stale_services"] == facts["services"]
    assert set(facts["unhealthy_services"].values()) == {"absent"}
    assert not called(docker, "run")
    assert not called(docker, "exec")


@pytest.mark.parametrize(
    ("containers", "volumes", "has_image", "installed"),
    [
        # Stopped: https://github.com/getsentry/self-hosted/issues/3556
        ([container("web", status="exited")], "sentry-postgres", True, True),
        ([container("web", status="exited")], "sentry-postgres", False, True),
        # docker compose down: no containers at all.
        ([], "other\nsentry-postgres", True, True),
        # An install.sh that ended before it built.
        ([], "sentry-postgres", False, False),
        # A checkout whose image somebody built.
        ([], "other", True, False),
    ],
)
def test_what_install_sh_leaves_behind_decides(
    docker: FakeDocker,
    checkout: Path,
    containers: list[dict[str, Any]],
    volumes: str,
    has_image: bool,
    installed: bool,
) -> None:
    set_containers(docker, containers)
    docker.answer("volume ls", volumes + "\n")
    answers(docker, "run")
    if not has_image:
        docker.answer("image inspect", stderr="Error: No such image\n", code=1)
    assert look(checkout)["installed"] is installed


def test_an_image_that_does_not_run_yet_is_asked_itself(docker: FakeDocker, checkout: Path) -> None:
    set_containers(docker, [container("web", image="sha256:old")])
    answers(docker, "run --network none " + IMAGE, version=None)
    facts = look(checkout)
    assert facts["image_plugin_version"] is None
    assert facts["running_image_id"] == "sha256:old"
    assert called(docker, "run")
    assert not called(docker, "exec")


def test_a_container_that_dies_while_it_is_asked(docker: FakeDocker, checkout: Path) -> None:
    docker.answer("exec id-of-web", stderr="Container is not running\n", code=1)
    answers(docker, "run --network none " + IMAGE)
    assert look(checkout)["image_plugin_version"] == "6.0.0"


def test_settings_newer_than_one_container(docker: FakeDocker, checkout: Path) -> None:
    settings = checkout / "sentry" / "sentry.conf.py"
    settings.write_text("")
    os.utime(settings, (1795334400, 1795334400))  # 2026-11-22 08:00:00 UTC
    older = container("worker", started="2026-11-22T07:59:59.999Z")
    set_containers(docker, [container("web"), older, container("cron")])
    assert look(checkout)["stale_services"] == ["worker"]


def test_a_configuration_that_was_changed(docker: FakeDocker, checkout: Path) -> None:
    """``extra_hosts`` added to the override file: Compose computes another hash."""
    names = ("web", "worker", "cron")
    set_containers(docker, [container(name, config_hash="old-" + name) for name in names])
    docker.answer("compose config --hash", "web new\nworker old-worker\ncron old-cron\n")
    assert look(checkout)["stale_services"] == ["web"]


def test_hashes_that_compose_does_not_tell(docker: FakeDocker, checkout: Path) -> None:
    docker.answer("compose config --hash", stderr="unknown flag: --hash\n", code=16)
    assert look(checkout)["stale_services"] == []


def test_tag_without_a_release_is_that_of_the_image(docker: FakeDocker, checkout: Path) -> None:
    docker.answer("compose config --format", config(build=None))
    answers(docker, "exec id-of-web", sentry="26.9.0.dev0")
    assert look(checkout)["version"] == "26.9.0.dev0"


def test_nothing_tells_the_release(docker: FakeDocker, checkout: Path) -> None:
    docker.answer("compose config --format", config(build=None))
    docker.answer("image inspect", stderr="Error: No such image\n", code=1)
    assert look(checkout)["version"] is None


USERS = {"root": [0, 0], "sentry": [999, 998], "www": [33, 34], "app": [1001, 1002]}
REMAPPED = [[0, 100000, 65536]]


@pytest.mark.parametrize(
    ("user", "image_user", "uid_map", "expected"),
    [
        (None, "", None, (999, 998)),
        (None, "app", None, (1001, 1002)),
        ("root", "app", None, (999, 998)),
        ("0:0", "", None, (999, 998)),
        ("1001:1001", "", None, (1001, 1001)),
        ("1001", "", None, (1001, 1002)),
        ("1234", "", None, (1234, 0)),
        ("www", "", None, (33, 34)),
        ("www:7", "", None, (33, 7)),
        (None, "", REMAPPED, (100999, 100998)),
    ],
)
def test_user_that_sentry_has(
    docker: FakeDocker,
    checkout: Path,
    user: str | None,
    image_user: str,
    uid_map: list[list[int]] | None,
    expected: tuple[int, int],
) -> None:
    docker.answer("compose config --format", config(user=user) if user else config())
    docker.answer("image inspect", {"Id": IMAGE_ID, "Config": {"User": image_user}})
    answers(docker, "exec id-of-web", users=USERS, uid_map=uid_map)
    assert look(checkout)["web_user"] == {"uid": expected[0], "gid": expected[1]}


def test_user_without_an_image_is_upstreams(docker: FakeDocker, checkout: Path) -> None:
    docker.answer("image inspect", stderr="Error: No such image\n", code=1)
    assert look(checkout)["web_user"] == {"uid": 999, "gid": 999}


def test_a_site_without_upstreams_proxy(docker: FakeDocker, checkout: Path) -> None:
    changed = config()
    del changed["services"]["nginx"]
    docker.answer("compose config --format", changed)
    assert look(checkout)["proxy_service"] is None


def test_another_project_name_is_part_of_the_command(docker: FakeDocker, checkout: Path) -> None:
    set_containers(docker, [container("web", project="mine")])
    facts = look(checkout)
    assert facts["project"] == "mine"
    assert facts["compose_command"][1:] == ["compose", "--project-name", "mine"]
    assert called(docker, "--project-name", "mine", "--hash")


def test_no_url_prefix(docker: FakeDocker, checkout: Path) -> None:
    (checkout / "sentry" / "config.yml").unlink()
    facts = look(checkout)
    assert (facts["url_prefix"], facts["url_prefix_source"]) == (None, None)


@pytest.mark.parametrize(
    ("words", "stderr", "said"),
    [
        ("ps --all", "permission denied while trying to connect", "Use become."),
        ("ps --all", "Cannot connect to the Docker daemon at unix://", "systemctl start docker"),
        ("compose config --format", "invalid project", "docker compose config: It failed"),
        ("volume ls", "no", "docker volume: It failed"),
    ],
)
def test_docker_that_fails(
    docker: FakeDocker, checkout: Path, words: str, stderr: str, said: str
) -> None:
    docker.answer(words, stderr=stderr + "\n", code=1)
    failed = look(checkout)
    assert failed.failed
    assert said in failed.msg


def test_a_folder_that_is_none(docker: FakeDocker, tmp_path: Path) -> None:
    failed = look(tmp_path / "nothing")
    assert failed.msg.startswith("sentry_dir: ")


def test_the_script_is_one_of_the_collection() -> None:
    """What the docker client stands in for above."""
    assert set(probe.of_image({})) == {"packages", "process"}
