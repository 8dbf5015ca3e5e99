# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of the machine, with a docker client that answers in many ways."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry import machine
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.docker import SentryHost
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.machine import (
    Machine,
    free_memory,
    free_space,
    read_machine,
)
from tests.support.fake_docker import FakeDocker

ENGINE = {"Version": "26.1.5", "Components": [{"Name": "Engine", "Version": "26.1.5"}]}
# As the service of Podman 4.9 answers a docker client.
PODMAN = {"Version": "4.9.3", "Components": [{"Name": "Podman Engine", "Version": "4.9.3"}]}
INFO = {"MemTotal": 8_000_000_000, "NCPU": 4, "SecurityOptions": ["name=seccomp,profile=builtin"]}


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeDocker:
    fake = FakeDocker(tmp_path / "bin")
    monkeypatch.setenv("PATH", fake.path)
    return fake


def read(folder: Path) -> Machine:
    return read_machine(SentryHost(str(folder)))


def test_what_docker_and_its_file_systems_tell(docker: FakeDocker, tmp_path: Path) -> None:
    docker.answer("version --format", {"Server": ENGINE})
    docker.answer("info --format", {**INFO, "DockerRootDir": str(tmp_path)})
    found = read(tmp_path)
    assert (found.docker_version, found.is_podman, found.is_rootless) == ("26.1.5", False, False)
    assert (found.memory, found.cpus) == (8_000_000_000, 4)
    assert found.docker_dir == str(tmp_path)
    assert found.free_for_docker
    assert found.free_in_folder
    assert found.free_memory


def test_podman_behind_a_docker_client(docker: FakeDocker, tmp_path: Path) -> None:
    docker.answer("version --format", {"Server": PODMAN})
    docker.answer("info --format", INFO)
    assert read(tmp_path).is_podman


def test_an_engine_without_root(docker: FakeDocker, tmp_path: Path) -> None:
    docker.answer("version --format", {"Server": ENGINE})
    docker.answer("info --format", {**INFO, "SecurityOptions": ["name=rootless"]})
    assert read(tmp_path).is_rootless


@pytest.mark.parametrize("answer", ["", "no JSON", "[]", "null", '{"Server": null}'])
def test_what_docker_does_not_tell_is_not_known(
    docker: FakeDocker, tmp_path: Path, answer: str
) -> None:
    docker.answer("version --format", answer)
    docker.answer("info --format", answer)
    found = read(tmp_path)
    assert (found.docker_version, found.memory, found.docker_dir) == (None, None, None)
    assert found.free_for_docker is None


def test_docker_that_fails_is_told_by_those_who_need_it(docker: FakeDocker, tmp_path: Path) -> None:
    docker.answer("version", code=1)
    docker.answer("info", code=1)
    assert read(tmp_path).docker_version is None


def test_a_folder_of_another_machine() -> None:
    """Docker's own folder, where the engine runs in a virtual machine or far away."""
    assert free_space("/no/such/folder") is None


@pytest.mark.parametrize(
    ("text", "free"),
    [
        ("MemTotal: 16 kB\nMemAvailable:   2048 kB\n", 2048 * 1024),
        ("MemTotal: 16 kB\n", None),
        ("MemAvailable: many\n", None),
        ("", None),
    ],
)
def test_free_memory(text: str, free: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "meminfo").write_text(text)
    monkeypatch.setattr(machine, "_MEMINFO", str(tmp_path / "meminfo"))
    assert free_memory() == free
