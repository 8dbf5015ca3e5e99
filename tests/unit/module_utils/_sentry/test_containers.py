# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What docker inspect says about the services."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.containers import (
    Container,
    parse_time,
    running_services,
    serving_first,
    stale_services,
    unready_services,
)
from tests.support.sentry_host import IMAGE_ID, container

WRITTEN = parse_time("2026-11-22T08:00:00Z")


def read(*found: dict[str, Any]) -> list[Container]:
    return [Container.from_inspect(each) for each in found]


@pytest.mark.parametrize(
    ("found", "image_id", "stale"),
    [
        ([container("web")], IMAGE_ID, []),
        ([], IMAGE_ID, ["web"]),
        ([container("worker")], IMAGE_ID, ["web"]),
        ([container("web")], "sha256:new", ["web"]),
        ([container("web")], None, ["web"]),
        ([container("web", status="exited")], IMAGE_ID, ["web"]),
        ([container("web", status="restarting")], IMAGE_ID, ["web"]),
        ([container("web", started="2026-11-22T07:59:59Z")], IMAGE_ID, ["web"]),
        ([container("web", started="2026-11-22T08:59:59+01:00")], IMAGE_ID, ["web"]),
        ([container("web"), container("web", image="sha256:old")], IMAGE_ID, ["web"]),
    ],
)
def test_stale_services(
    found: list[dict[str, Any]], image_id: str | None, stale: list[str]
) -> None:
    assert stale_services(["web"], read(*found), image_id, WRITTEN) == stale


@pytest.mark.parametrize(
    ("hashes", "stale"),
    [
        ({"web": "1", "worker": "2"}, []),
        ({"web": "new", "worker": "2"}, ["web"]),
        # Another release of Compose, which computes all of them otherwise.
        ({"web": "new", "worker": "new"}, []),
        ({}, []),
    ],
)
def test_a_service_whose_configuration_changed_is_stale(
    hashes: dict[str, str], stale: list[str]
) -> None:
    found = read(container("web", config_hash="1"), container("worker", config_hash="2"))
    assert stale_services(["web", "worker"], found, IMAGE_ID, WRITTEN, hashes) == stale


def test_running_services() -> None:
    found = read(container("web"), container("cron", status="exited"), container("web"))
    assert running_services(found) == ["web"]


@pytest.mark.parametrize(
    ("found", "unready"),
    [
        ([container("web")], {}),
        ([container("web", health="healthy")], {}),
        ([container("web", health="none")], {}),
        ([container("web", health="starting")], {"web": "starting"}),
        ([container("web", health="unhealthy")], {"web": "unhealthy"}),
        ([container("web", status="restarting", health="starting")], {"web": "restarting"}),
        ([container("web", status="exited")], {"web": "exited"}),
        # While a new one starts beside the old one, there is a login page.
        ([container("web"), container("web", status="created")], {}),
        ([container("web", health="starting"), container("web", health="healthy")], {}),
        (
            [container("web", status="exited"), container("web", health="starting")],
            {"web": "starting"},
        ),
        ([], {"web": "absent"}),
        ([container("redis")], {"web": "absent"}),
    ],
)
def test_unready_services(found: list[dict[str, Any]], unready: dict[str, str]) -> None:
    assert unready_services(["web"], read(*found)) == unready


def test_every_container_of_another_service_has_to_serve() -> None:
    found = read(container("worker"), container("worker", status="created"))
    assert unready_services(["worker"], found) == {"worker": "created"}


@pytest.mark.parametrize(
    ("old", "new", "first"),
    [
        # (status, health)
        (("running", "healthy"), ("running", "starting"), "old"),
        (("running", "healthy"), ("running", "healthy"), "old"),
        (("running", None), ("running", None), "old"),
        (("running", "unhealthy"), ("running", "healthy"), "new"),
        (("running", "unhealthy"), ("running", "starting"), "old"),
        (("running", "unhealthy"), ("exited", None), "old"),
        (("exited", None), ("running", "starting"), "new"),
        (("running", "healthy"), ("created", None), "old"),
    ],
)
def test_the_one_of_two_that_serves(
    old: tuple[str, str | None], new: tuple[str, str | None], first: str
) -> None:
    """Docker lists the newest first."""
    found = [
        {**container("web", status=status, health=health), "Id": name, "Created": stamp}
        for name, (status, health), stamp in (
            ("new", new, "2026-11-22T09:00:00Z"),
            ("old", old, "2026-11-22T08:00:00Z"),
        )
    ]
    assert serving_first(read(*found))[0].container_id == first


@pytest.mark.parametrize(
    ("status", "restarts", "age", "dying"),
    [
        ("running", 0, 1, False),
        ("running", 2, 1, False),
        ("running", 3, 1, True),
        ("running", 3, 3600, False),
        ("restarting", 0, 3600, True),
        ("exited", 0, 1, False),
    ],
)
def test_a_service_that_keeps_dying(status: str, restarts: int, age: float, dying: bool) -> None:
    (found,) = read(container("web", status=status, restarts=restarts))
    assert found.keeps_dying(found.started_at + age) is dying


@pytest.mark.parametrize(
    ("stamp", "seconds"),
    [
        ("1970-01-01T00:00:01Z", 1),
        ("1970-01-01T00:01:00.5Z", 60.5),
        ("1970-01-01T00:00:00.123456789Z", 0.123456789),
        ("1970-01-01T01:00:00.25+01:00", 0.25),
        ("1970-01-01T00:00:00-05:30", 19800),
        ("1970-01-01T02:00:01.5+0200", 1.5),
        ("1970-01-01 02:00:01 +0200 CEST", 1),
        ("0001-01-01T00:00:00Z", -62135596800),  # a container that was never started
        ("", 0),
        (None, 0),
        ("yesterday", 0),
        ("2026-13-40T99:00:00Z", 0),
    ],
)
def test_parse_time(stamp: str | None, seconds: float) -> None:
    assert parse_time(stamp) == seconds


@settings(deadline=None)
@given(st.text())
def test_any_text_is_a_time_or_none(text: str) -> None:
    assert isinstance(parse_time(text), float)


_KEYS = ("Id", "State", "Config", "Image", "RestartCount", "NetworkSettings")


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(_KEYS), st.none() | st.just({}), max_size=6))
def test_a_container_of_which_little_is_known(found: dict[str, Any]) -> None:
    (seen,) = read(found)
    assert not seen.is_running
    assert seen.status == "unknown"


def test_what_is_read_of_a_container() -> None:
    found = container("web", user="1001:1001", address="172.18.0.7", project="p", directory="/d")
    (seen,) = read(found)
    assert (seen.user, seen.exec_user, seen.addresses) == (
        "1001:1001",
        None,
        {"default": "172.18.0.7"},
    )
    assert (seen.project, seen.directory, seen.container_id) == ("p", "/d", "id-of-web")
    assert read(container("web"))[0].exec_user == "sentry"
    assert read(container("web"))[0].addresses == {}


def test_an_address_of_a_network_without_ipv4() -> None:
    web = container("web")
    web["NetworkSettings"] = {"Networks": {"a": {"IPAddress": "", "GlobalIPv6Address": "fd00::7"}}}
    assert read(web)[0].addresses == {"a": "fd00::7"}


def test_the_files_of_compose_that_a_container_was_made_by() -> None:
    web = container("web")
    label = "com.docker.compose.project.config_files"
    web["Config"]["Labels"][label] = "/opt/sentry/docker-compose.yml,/opt/sentry/tls.yml"
    assert read(web)[0].config_files == ("/opt/sentry/docker-compose.yml", "/opt/sentry/tls.yml")
    assert read(container("web"))[0].config_files == ()
