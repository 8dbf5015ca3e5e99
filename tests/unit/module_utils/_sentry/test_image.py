# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The image is asked without Sentry's start: of a running container, or of a new one."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.containers import Container
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.docker import (
    SentryError,
    SentryHost,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.image import (
    Image,
    ask_image,
    ask_running,
    find_image,
)
from tests.support.fake_docker import FakeDocker
from tests.support.sentry_host import PACKAGES, PROCESS, container

ANSWER = {"packages": PACKAGES, "process": PROCESS}


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeDocker:
    client = FakeDocker(tmp_path / "bin")
    monkeypatch.setenv("PATH", client.path)
    return client


@pytest.mark.parametrize(
    ("printed", "user"),
    [
        ({"Id": "sha256:a", "Config": {"User": "app"}}, "app"),
        ({"Id": "sha256:a", "Config": {"User": ""}}, ""),
        ({"Id": "sha256:a", "Config": None}, ""),
        ({"Id": "sha256:a"}, ""),
    ],
)
def test_an_image(docker: FakeDocker, tmp_path: Path, printed: object, user: str) -> None:
    docker.answer("image inspect local", printed)
    assert find_image(SentryHost(str(tmp_path)), "local") == Image("sha256:a", user)


def test_no_image(docker: FakeDocker, tmp_path: Path) -> None:
    docker.answer("image inspect local", stderr="Error: No such image: local\n", code=1)
    assert find_image(SentryHost(str(tmp_path)), "local") is None


@pytest.mark.parametrize("printed", ["", "{}", "[]", "no JSON"])
def test_something_else_than_an_image(docker: FakeDocker, tmp_path: Path, printed: str) -> None:
    docker.answer("image inspect local", printed)
    with pytest.raises(SentryError, match="^docker image inspect: It printed no image local"):
        find_image(SentryHost(str(tmp_path)), "local")


def test_a_daemon_that_is_not_there(docker: FakeDocker, tmp_path: Path) -> None:
    docker.answer("image inspect", stderr="Cannot connect to the Docker daemon\n", code=1)
    with pytest.raises(SentryError, match="The Docker daemon is not reachable"):
        find_image(SentryHost(str(tmp_path)), "local")


def test_an_image_is_asked_without_network(docker: FakeDocker, tmp_path: Path) -> None:
    docker.reply("run", ANSWER)
    packages, process = ask_image(SentryHost(str(tmp_path)), "local")
    assert (packages.plugin_version, process.uid) == ("6.0.0", 999)
    (call,) = docker.calls
    begin = ["run", "--rm", "--interactive", "--network", "none", "--entrypoint", "sh", "local"]
    assert call["arguments"][:8] == begin


def test_a_running_container_is_asked(docker: FakeDocker, tmp_path: Path) -> None:
    docker.reply("exec id-of-web", ANSWER)
    web = Container.from_inspect(container("web"))
    packages, process = ask_running(SentryHost(str(tmp_path)), web)
    assert (packages.sentry, process.gid) == ("23.7.1", 999)
