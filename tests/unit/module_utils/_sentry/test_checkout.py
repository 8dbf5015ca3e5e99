# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose Sentry is in a folder, and how docker compose is to be called there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry import checkout
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.containers import Container
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.docker import SentryError
from tests.support.fake_docker import FakeDocker
from tests.support.sentry_host import (
    config_of_release,
    container,
    installed_docker,
    make_checkout,
    set_containers,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_checkout(tmp_path / "sentry")


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeDocker:
    client = installed_docker(tmp_path / "bin")
    monkeypatch.setenv("PATH", client.path)
    return client


def names(found: checkout.Checkout) -> list[str]:
    return [each.service for each in found.containers]


def test_a_sentry_that_runs(docker: FakeDocker, folder: Path) -> None:
    found = checkout.load_checkout(str(folder))
    assert (found.version, found.compose_version) == ("23.7.1", "2.26.1-4")
    assert names(found) == ["web", "worker", "cron", "redis"]
    assert found.host.project is None
    assert {call["cwd"] for call in docker.calls} == {str(folder)}


def test_a_folder_that_does_not_exist(docker: FakeDocker, tmp_path: Path) -> None:
    with pytest.raises(SentryError, match="^sentry_dir: .*/nothing is not a folder on this host"):
        checkout.load_checkout(str(tmp_path / "nothing"))


@pytest.mark.parametrize("missing", ["docker-compose.yml", "sentry"])
def test_a_folder_that_is_no_checkout(docker: FakeDocker, folder: Path, missing: str) -> None:
    (folder / missing).rename(folder / "elsewhere")
    with pytest.raises(SentryError, match=f"^sentry_dir: .*for it has no {missing}"):
        checkout.load_checkout(str(folder))


def test_containers_under_another_project_name_are_the_folders(
    docker: FakeDocker, folder: Path
) -> None:
    """``docker compose -p sentry up -d``: https://github.com/getsentry/self-hosted/pull/1169"""
    set_containers(docker, [container("web", project="mine"), container("redis", project="mine")])
    found = checkout.load_checkout(str(folder))
    assert found.host.project == "mine"
    assert found.host.compose_command[1:] == ["compose", "--project-name", "mine"]
    assert names(found) == ["web", "redis"]


def test_a_folder_behind_a_symbolic_link(docker: FakeDocker, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    set_containers(docker, [container("web", directory=str(folder), project="mine")])
    assert checkout.load_checkout(str(tmp_path / "link")).host.project == "mine"


def test_containers_of_another_folder_are_not_the_folders(
    docker: FakeDocker, folder: Path, tmp_path: Path
) -> None:
    set_containers(docker, [container("web", directory=str(tmp_path), project="other")])
    docker.answer("ps --all --quiet", "")
    found = checkout.load_checkout(str(folder))
    assert names(found) == []
    assert found.host.project is None


def test_a_folder_that_was_moved_keeps_its_containers(docker: FakeDocker, folder: Path) -> None:
    set_containers(docker, [container("web", directory="/nowhere/any/more")])
    assert names(checkout.load_checkout(str(folder))) == ["web"]


def test_a_project_of_another_sentry_is_refused(
    docker: FakeDocker, folder: Path, tmp_path: Path
) -> None:
    set_containers(docker, [container("web", directory=str(tmp_path))])
    with pytest.raises(SentryError) as raised:
        checkout.load_checkout(str(folder))
    assert f"has containers that were started from {tmp_path}." in str(raised.value)


def project_of(*found: tuple[str, str, str]) -> str:
    """The project of containers: service, project, status."""
    made = [
        container(service, project=project, status=status) for service, project, status in found
    ]
    containers = [Container.from_inspect(each) for each in made]
    selected: str = checkout.select_project(containers, "configured")
    return selected


@pytest.mark.parametrize(
    ("found", "project"),
    [
        ([], "configured"),
        ([("web", "configured", "running")], "configured"),
        ([("web", "other", "running")], "other"),
        ([("web", "other", "exited")], "other"),
        ([("redis", "other", "running")], "other"),
        ([("web", "other", "running"), ("web", "configured", "exited")], "other"),
        ([("web", "other", "exited"), ("web", "configured", "exited")], "configured"),
    ],
)
def test_select_project(found: list[tuple[str, str, str]], project: str) -> None:
    assert project_of(*found) == project


@pytest.mark.parametrize(
    "found",
    [
        [("web", "a", "running"), ("web", "configured", "running")],
        [("web", "a", "exited"), ("web", "b", "exited")],
    ],
)
def test_several_projects_are_named(found: list[tuple[str, str, str]]) -> None:
    with pytest.raises(SentryError, match="several Compose projects come from this folder: a, "):
        project_of(*found)


@pytest.mark.parametrize(
    ("release", "env_files"),
    [
        ("getsentry/sentry:24.9.0", (".env.custom",)),
        ("ghcr.io/getsentry/sentry:25.1.0", (".env.custom",)),
        ("ghcr.io/getsentry/sentry:25.2.0", (".env", ".env.custom")),
        ("ghcr.io/getsentry/sentry:nightly", (".env", ".env.custom")),
    ],
)
def test_env_custom_reaches_compose(
    docker: FakeDocker, folder: Path, release: str, env_files: tuple[str, ...]
) -> None:
    (folder / ".env.custom").write_text("")
    docker.answer("compose version --short", "2.40.0\n")
    docker.answer("compose --env-file .env config --format", config_of_release(release))
    docker.answer("--env-file .env.custom config --format", config_of_release("x:24.8.0"))
    found = checkout.load_checkout(str(folder))
    assert found.host.env_files == env_files
    assert found.version == "24.8.0"
    known = None if release.endswith("nightly") else release.rpartition(":")[2]
    assert found.env_version == known


def test_env_custom_without_which_the_project_is_not_whole(
    docker: FakeDocker, folder: Path
) -> None:
    (folder / ".env.custom").write_text("")
    docker.answer("compose version --short", "2.40.0\n")
    docker.answer("compose --env-file .env config --format", stderr="X is required\n", code=1)
    docker.answer("--env-file .env.custom config --format", config_of_release("x:25.8.0"))
    assert checkout.load_checkout(str(folder)).host.env_files == (".env", ".env.custom")


def test_an_older_image_in_a_newer_layout(docker: FakeDocker, folder: Path) -> None:
    """By its release .env.custom would count alone, and the layout cannot do without .env."""
    (folder / ".env.custom").write_text("")
    old = config_of_release("x:23.7.1")
    docker.answer("compose --env-file .env.custom config --format", stderr="X is empty\n", code=1)
    docker.answer("compose --env-file .env config --format", old)
    docker.answer("compose --env-file .env --env-file .env.custom config --format", old)
    assert checkout.load_checkout(str(folder)).host.env_files == (".env", ".env.custom")


def test_env_custom_alone(docker: FakeDocker, folder: Path) -> None:
    (folder / ".env").rename(folder / ".env.custom")
    assert checkout.load_checkout(str(folder)).host.env_files == (".env.custom",)


@pytest.mark.parametrize(
    ("printed", "message"),
    [
        ("2.26.1", "docker compose: Version 2.26.1 is too old for Sentry 25.2.0. Install 2.32.2"),
        ("dev", "docker compose: Its version 'dev' is not understood, and Sentry 25.2.0 needs"),
        ("", "docker compose: Its version '' is not understood"),
    ],
)
def test_compose_that_does_not_fit(
    docker: FakeDocker, folder: Path, printed: str, message: str
) -> None:
    docker.answer("compose config --format json", config_of_release("getsentry/sentry:25.2.0"))
    docker.answer("compose version --short", printed + "\n")
    with pytest.raises(SentryError) as raised:
        checkout.load_checkout(str(folder))
    assert str(raised.value).startswith(message)


@pytest.mark.parametrize(
    ("version", "compose"),
    [
        ("podman version 4.9.3\n", "2.24.0\n"),
        ("podman version 4.9.3\n", "podman-compose version 1.3.0\npodman version 4.9.3\n"),
        ("Docker version 26.1.5\n", "podman-compose version 1.3.0\n"),
    ],
)
def test_podman_is_refused(docker: FakeDocker, folder: Path, version: str, compose: str) -> None:
    docker.answer("--version", version)
    docker.answer("compose version --short", compose)
    with pytest.raises(SentryError, match="^docker: It is Podman here, which is not supported"):
        checkout.load_checkout(str(folder))


def test_compose_missing(docker: FakeDocker, folder: Path) -> None:
    docker.answer("compose version", stderr="docker: 'compose' is not a docker command.\n", code=1)
    with pytest.raises(SentryError, match="Install the compose plugin") as raised:
        checkout.load_checkout(str(folder))
    assert "is not a docker command" in str(raised.value)


@pytest.mark.parametrize("config", ["[]", "null", "services:\n"])
def test_compose_that_prints_no_project(docker: FakeDocker, folder: Path, config: str) -> None:
    docker.answer("compose config --format json", config)
    with pytest.raises(SentryError, match="^docker compose config: It "):
        checkout.load_checkout(str(folder))


def test_a_container_that_goes_while_it_is_looked_at(docker: FakeDocker, folder: Path) -> None:
    set_containers(docker, [container("web"), container("redis")])
    docker.answer("inspect id-of-web id-of-redis", stderr="Error: No such object\n", code=1)
    docker.answer("inspect id-of-web", [container("web")], calls=None)
    docker.answer("inspect id-of-redis", stderr="Error: No such object: id-of-redis\n", code=1)
    assert names(checkout.load_checkout(str(folder))) == ["web"]


def test_read_text(tmp_path: Path) -> None:
    (tmp_path / "config.yml").mkdir()
    with pytest.raises(SentryError, match=r"config\.yml: It cannot be read"):
        checkout.read_text(str(tmp_path), "config.yml")
    assert checkout.read_text(str(tmp_path), "nothing") == ""


_CONTAINER = st.builds(
    container,
    st.sampled_from(["web", "redis"]),
    status=st.sampled_from(["running", "exited"]),
    project=st.sampled_from(["a", "b", "configured"]),
)


@settings(deadline=None)
@given(st.lists(_CONTAINER, max_size=5))
def test_any_containers_have_a_project_or_an_error_that_names_them(
    found: list[dict[str, Any]],
) -> None:
    containers = [Container.from_inspect(each) for each in found]
    projects = {each.project for each in containers} or {"configured"}
    try:
        selected = {checkout.select_project(containers, "configured")}
    except SentryError as error:
        listed = str(error).split(": ")[2].partition(".")[0]
        selected = set(listed.split(", "))
        assert len(selected) > 1
    assert selected <= projects
