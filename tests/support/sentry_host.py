# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the Sentry modules share: a project folder, and docker's answers about it."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from tests.support.fake_docker import FakeDocker

IMAGE = "sentry-self-hosted-local"
IMAGE_ID = "sha256:" + "a" * 64
PROJECT = "sentry-self-hosted"
CONFIG: dict[str, Any] = {
    "name": PROJECT,
    "services": {
        "web": {"image": IMAGE, "build": {"args": {"SENTRY_IMAGE": "getsentry/sentry:23.7.1"}}},
        "worker": {"image": IMAGE},
        "cron": {"image": IMAGE, "scale": 1},
        "paused": {"image": IMAGE, "deploy": {"replicas": 0}},
        "redis": {"image": "redis:6.2"},
        "nginx": {"image": "nginx"},
        "postgres": {
            "image": "postgres",
            "volumes": [{"type": "volume", "source": "sentry-postgres"}],
        },
    },
    "volumes": {"sentry-postgres": {"name": "sentry-postgres", "external": True}},
}
RUNNING = ("web", "worker", "cron", "redis")
PROCESS = {
    "uid": 999,
    "gid": 999,
    "uid_map": [[0, 0, 4294967295]],
    "gid_map": [[0, 0, 4294967295]],
    "users": {"root": [0, 0], "sentry": [999, 999]},
}
PYTHON = {
    "executable": "/usr/local/bin/python3",
    "version": "3.8.20",
    "has_pip": True,
    "commands": ["pip"],
}
PACKAGES = {
    "sentry": "23.7.1",
    "oidc": [{"name": "sentry-auth-oidc", "version": "6.0.0", "in_image": True}],
    "python": PYTHON,
}


def config(**web: Any) -> dict[str, Any]:
    """CONFIG with other settings of the service ``web``; None removes one."""
    changed = copy.deepcopy(CONFIG)
    service = changed["services"]["web"]
    service.update(web)
    for name in [name for name, value in web.items() if value is None]:
        del service[name]
    return changed


def config_of_release(sentry_image: str) -> dict[str, Any]:
    """CONFIG of a checkout that is set to another release."""
    return config(build={"args": {"SENTRY_IMAGE": sentry_image}})


def container(
    service: str,
    *,
    status: str = "running",
    image: str = IMAGE_ID,
    started: str = "2026-11-22T08:00:00.5Z",
    health: str | None = None,
    restarts: int = 0,
    project: str = PROJECT,
    directory: str = "{cwd}",
    user: str = "",
    address: str = "",
    config_hash: str = "",
) -> dict[str, Any]:
    """The part of ``docker inspect`` that the modules read."""
    checked = {"Health": {"Status": health}} if health else {}
    labels = {
        "com.docker.compose.service": service,
        "com.docker.compose.project": project,
        "com.docker.compose.project.working_dir": directory,
        "com.docker.compose.config-hash": config_hash,
    }
    return {
        "Id": "id-of-" + service,
        "Image": image,
        "RestartCount": restarts,
        "State": {"Status": status, "StartedAt": started, **checked},
        "Config": {"Labels": labels, "User": user},
        "NetworkSettings": {"Networks": {"default": {"IPAddress": address}}},
    }


def make_checkout(folder: Path, env: str = "SENTRY_IMAGE=getsentry/sentry:23.7.1\n") -> Path:
    """Make the files of a self-hosted checkout that the modules look at."""
    (folder / "sentry").mkdir(parents=True)
    (folder / "docker-compose.yml").write_text("services: {}\n")
    (folder / ".env").write_text(env)
    (folder / "sentry" / "config.yml").write_text(
        "mail.backend: dummy\nsystem.url-prefix: 'https://sentry.example.com'\n"
    )
    return folder


def installed_docker(folder: Path) -> FakeDocker:
    """A docker client that knows a Sentry that is installed and runs."""
    docker = FakeDocker(folder)
    docker.answer("--version", "Docker version 26.1.5, build a72d7cd\n")
    docker.answer("version --format", {"Server": {"Version": "26.1.5"}})
    docker.answer("info --format", {"MemTotal": 16 * 1024**3, "NCPU": 4})
    docker.answer("compose version --short", "2.26.1-4\n")
    docker.answer("compose config --format json", CONFIG)
    docker.answer("compose config --hash", "web h1\n")
    docker.answer("image inspect " + IMAGE, {"Id": IMAGE_ID, "Config": {"User": ""}})
    docker.answer("image inspect --format {{.Id}} " + IMAGE, IMAGE_ID + "\n")
    docker.answer("run " + IMAGE, runs_stdin=True)
    docker.answer("exec id-of-web", runs_stdin=True)
    docker.answer("top id-of-web -eo pid,rss", "PID  RSS\n1  614400\n")
    docker.answer("volume ls", "sentry-postgres\n")
    set_containers(docker, [container(name) for name in RUNNING])
    return docker


def set_containers(docker: FakeDocker, containers: list[dict[str, Any]]) -> None:
    """Let the docker client know these containers, all made from the folder where it is called."""
    labels = [each["Config"]["Labels"] for each in containers]
    folders = [each["com.docker.compose.project.working_dir"] for each in labels]
    ids = [each["Id"] for each in containers]
    pairs = zip(ids, folders, strict=True)
    docker.answer("ps --all", "\n".join(f"{own}\t{folder}" for own, folder in pairs))
    docker.answer("ps --all --quiet", "\n".join(ids))
    docker.answer("inspect", containers)
    docker.answer("image inspect " + IMAGE, {"Id": IMAGE_ID, "Config": {"User": ""}})
    docker.answer("image inspect --format {{.Id}} " + IMAGE, IMAGE_ID + "\n")
