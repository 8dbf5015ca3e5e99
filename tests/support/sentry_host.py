# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the Sentry modules share: a project folder, and docker's answers about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.fake_docker import FakeDocker

IMAGE = "sentry-self-hosted-local"
IMAGE_ID = "sha256:" + "a" * 64
CONFIG = {
    "name": "sentry-self-hosted",
    "services": {
        "web": {"image": IMAGE},
        "worker": {"image": IMAGE},
        "cron": {"image": IMAGE, "scale": 1},
        "paused": {"image": IMAGE, "deploy": {"replicas": 0}},
        "redis": {"image": "redis:6.2"},
    },
}


def container(
    service: str,
    *,
    status: str = "running",
    image: str = IMAGE_ID,
    started: str = "2026-11-22T08:00:00.5Z",
    health: str | None = None,
    restarts: int = 0,
) -> dict[str, Any]:
    """The part of ``docker inspect`` that the modules read."""
    checked = {"Health": {"Status": health}} if health else {}
    return {
        "Image": image,
        "RestartCount": restarts,
        "State": {"Status": status, "StartedAt": started, **checked},
        "Config": {"Labels": {"com.docker.compose.service": service}},
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
    docker.answer("compose version --short", "2.26.1-4\n")
    docker.answer("compose config --format json", CONFIG)
    docker.answer("image inspect " + IMAGE, IMAGE_ID + "\n")
    docker.answer("run " + IMAGE, {"sentry": "23.7.1", "sentry-auth-oidc": "6.0.0"})
    docker.answer("ps --all", "c1\nc2\nc3\nc4\n")
    docker.answer(
        "inspect c1 c2 c3 c4", [container(name) for name in ("web", "worker", "cron", "redis")]
    )
    return docker
