# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts that follow from what was read: whose processes, what is stale, what is installed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry import facts, versions
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.checkout import Checkout
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.containers import (
    Container,
    parse_time,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.docker import SentryHost
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.facts import Facts
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.image import Image
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.observations import (
    Packages,
    Process,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.project import Project
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.web_service import WebService
from tests.support.fake_docker import FakeDocker
from tests.support.sentry_host import CONFIG, IMAGE_ID, container

USERS = {"root": (0, 0), "sentry": (999, 998), "www": (33, 34), "app": (1001, 1002)}
PROCESS = Process(999, 998, users=USERS)
NOW = parse_time("2026-11-22T08:10:00Z")


def known(folder: Path, *found: dict[str, Any], user: str | None = None, **changes: Any) -> Facts:
    project = replace(Project.from_config(CONFIG, str(folder)), user=user)
    containers = tuple(Container.from_inspect(each) for each in found)
    checkout = Checkout(SentryHost(str(folder)), project, containers, "2.26.1")
    web = WebService.observe(checkout)
    right = Facts(checkout, Image(IMAGE_ID, ""), Packages("23.7.1"), PROCESS, web, now=NOW)
    return replace(right, **changes)


@pytest.mark.parametrize(
    ("user", "image_user", "expected"),
    [
        (None, "", (999, 998)),
        (None, "app", (1001, 1002)),
        (None, "0", (999, 998)),
        ("root", "app", (999, 998)),
        ("1001:7", "", (1001, 7)),
        ("1001", "", (1001, 1002)),
        ("1234", "", (1234, 0)),
        ("www", "", (33, 34)),
        ("nobody-knows", "", (999, 998)),
    ],
)
def test_the_user_of_sentrys_processes(
    tmp_path: Path, user: str | None, image_user: str, expected: tuple[int, int]
) -> None:
    found = known(tmp_path, user=user, image=Image(IMAGE_ID, image_user))
    assert found.web_user == expected


def test_the_user_of_upstreams_image(tmp_path: Path) -> None:
    assert known(tmp_path, image=None, process=None).web_user == (999, 999)


@pytest.mark.parametrize(
    ("found", "has_image", "has_data", "installed"),
    [
        ([container("web", status="exited")], False, False, True),
        ([container("redis")], True, True, True),
        ([], True, True, True),
        ([], True, False, False),
        ([], False, True, False),
    ],
)
def test_installed(
    tmp_path: Path, found: list[dict[str, Any]], has_image: bool, has_data: bool, installed: bool
) -> None:
    image = Image(IMAGE_ID, "") if has_image else None
    assert known(tmp_path, *found, image=image, has_data=has_data).installed is installed


def test_dying_services_are_those_on_the_image(tmp_path: Path) -> None:
    names = ("worker", "redis")
    dying = [container(name, restarts=5, started="2026-11-22T08:09:30Z") for name in names]
    found = known(tmp_path, *dying)
    assert found.dying == ["worker"]


def test_a_database_elsewhere_needs_settings(tmp_path: Path) -> None:
    host = SentryHost(str(tmp_path))
    assert not facts.has_data(host, ())
    (tmp_path / "sentry").mkdir()
    (tmp_path / "sentry" / "sentry.conf.py").write_text("")
    assert facts.has_data(host, ())


@pytest.mark.parametrize(
    ("printed", "hashes"),
    [
        ("web 1\nworker 2\n", {"web": "1", "worker": "2"}),
        ("", {}),
        ("a warning of three words", {}),
    ],
)
def test_config_hashes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, printed: str, hashes: dict[str, str]
) -> None:
    docker = FakeDocker(tmp_path / "bin")
    monkeypatch.setenv("PATH", docker.path)
    docker.answer("compose config --hash *", printed)
    assert facts.config_hashes(SentryHost(str(tmp_path))) == hashes


@pytest.mark.parametrize(
    ("in_file", "inside", "expected"),
    [
        ("https://a", "https://a", ("https://a", "config.yml")),
        ("https://a", None, ("https://a", "config.yml")),
        (None, "https://b", ("https://b", "sentry")),
        (None, "", (None, None)),
        (None, None, (None, None)),
    ],
)
def test_where_the_url_prefix_is_from(
    tmp_path: Path, in_file: str | None, inside: str | None, expected: tuple[str, str]
) -> None:
    (tmp_path / "sentry").mkdir()
    if in_file:
        (tmp_path / "sentry" / "config.yml").write_text(f"system.url-prefix: {in_file}\n")
    found = facts.as_result(known(tmp_path), inside)
    assert (found["url_prefix"], found["url_prefix_source"]) == expected


@pytest.mark.parametrize(
    ("base", "version"),
    [
        # An upgrade that is not built yet: what is going to be built counts.
        ("ghcr.io/getsentry/sentry:25.5.1", "25.5.1"),
        ("ghcr.io/getsentry/sentry:nightly", "24.12.0.dev0"),
        ("ghcr.io/getsentry/sentry@sha256:0123", "24.12.0.dev0"),
        ("registry.example.com/sentry:1.4", "24.12.0.dev0"),
        ("registry.example.com/sentry", "24.12.0.dev0"),
    ],
)
def test_an_image_whose_name_has_no_release_is_asked_itself(
    tmp_path: Path, base: str, version: str
) -> None:
    found = known(tmp_path, packages=Packages("24.12.0.dev0"))
    of_base = versions.image_version(base)
    project = replace(found.checkout.project, version=of_base)
    found = replace(found, checkout=replace(found.checkout, project=project))
    assert facts.as_result(found)["version"] == version


def test_nobody_knows_the_version_of_an_image_that_is_not_there(tmp_path: Path) -> None:
    found = known(tmp_path, image=None, packages=None)
    project = replace(found.checkout.project, version=None)
    found = replace(found, checkout=replace(found.checkout, project=project))
    assert facts.as_result(found)["version"] is None
