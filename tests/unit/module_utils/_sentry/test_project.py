# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What docker compose config says about the services: a project, or an error."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.docker import SentryError
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.project import (
    Project,
    WebSettings,
    sentry_version,
)
from tests.support.sentry_host import CONFIG, IMAGE, config


def test_a_project_as_upstream_has_it() -> None:
    assert Project.from_config(CONFIG, "/opt/sentry") == Project(
        name="sentry-self-hosted",
        version="23.7.1",
        image=IMAGE,
        services=("cron", "web", "worker"),
        proxy="nginx",
        beside_web=(),
        user=None,
        volumes=("sentry-postgres",),
    )


@pytest.mark.parametrize(
    ("web", "version"),
    [
        ({"build": {"args": {"SENTRY_IMAGE": "ghcr.io/getsentry/sentry:25.2.0"}}}, "25.2.0"),
        ({"build": {"args": {"SENTRY_IMAGE": "ghcr.io/getsentry/sentry:nightly"}}}, None),
        ({"build": {"args": ["SENTRY_IMAGE"]}}, None),
        ({"build": {"args": {"SENTRY_IMAGE": None}}}, None),
        ({"build": {}}, None),
        ({"build": None, "image": "registry.example.com/sentry:24.1.0"}, "24.1.0"),
    ],
)
def test_the_release_is_that_of_the_image_it_is_built_from(
    web: dict[str, Any], version: str | None
) -> None:
    assert sentry_version(config(**web)) == version


def test_no_service_web() -> None:
    with pytest.raises(SentryError, match="^sentry_dir: The Compose project in /d has no service"):
        Project.from_config({"name": "other", "services": {"redis": {"image": "redis"}}}, "/d")


@pytest.mark.parametrize("image", [None, ""])
def test_a_web_service_without_image(image: str | None) -> None:
    with pytest.raises(SentryError, match="service web of the Compose project in /d has no image"):
        Project.from_config(config(image=image), "/d")


@pytest.mark.parametrize(
    ("user", "found"), [("1001:1001", "1001:1001"), (1001, "1001"), (0, "0"), ("", None)]
)
def test_the_user_of_the_web_service(user: object, found: str | None) -> None:
    assert Project.from_config(config(user=user), "/d").user == found


@pytest.mark.parametrize(
    ("depends_on", "needed"),
    [
        (
            {"redis": {"condition": "service_healthy"}, "a": {"condition": "service_started"}},
            "a redis",
        ),
        ({"migration": {"condition": "service_completed_successfully"}}, ""),
        ({"redis": None}, "redis"),
        (["redis"], "redis"),
        (None, ""),
    ],
)
def test_what_web_depends_on(depends_on: object, needed: str) -> None:
    project = Project.from_config(config(depends_on=depends_on or {}), "/d")
    assert " ".join(project.beside_web) == needed


@pytest.mark.parametrize(
    ("web", "expected"),
    [
        ({}, WebSettings()),
        ({"container_name": "sentry"}, WebSettings(container_name="sentry")),
        ({"ports": [{"target": 9000, "published": "9000"}]}, WebSettings(publishes_port=True)),
        ({"ports": [{"target": 9000, "published": "9000-9009"}]}, WebSettings(publishes_port=True)),
        # Docker chooses one for each container.
        ({"ports": [{"target": 9000}]}, WebSettings()),
        ({"ports": None}, WebSettings()),
        ({"network_mode": "host"}, WebSettings(publishes_port=True)),
        ({"networks": {"default": None}}, WebSettings()),
        ({"networks": {"a": {"ipv4_address": "10.0.0.5"}}}, WebSettings(address="10.0.0.5")),
        ({"networks": {"a": {"ipv6_address": "fd00::5"}}}, WebSettings(address="fd00::5")),
        ({"mac_address": "02:42:ac:11:00:02"}, WebSettings(address="02:42:ac:11:00:02")),
        ({"deploy": {"replicas": 2}}, WebSettings(replicas=2)),
        ({"scale": 3}, WebSettings(replicas=3)),
    ],
)
def test_what_counts_for_the_number_of_web_containers(
    web: dict[str, Any], expected: WebSettings
) -> None:
    assert Project.from_config(config(**web), "/d").web == expected


def test_a_database_elsewhere_has_no_volume() -> None:
    services = {name: spec for name, spec in CONFIG["services"].items() if name != "postgres"}
    assert Project.from_config({**CONFIG, "services": services}, "/d").volumes == ()


_VALUE = st.none() | st.text(max_size=9) | st.integers(-1, 9) | st.booleans()
_VOLUME = st.dictionaries(st.sampled_from(["type", "source", "target"]), _VALUE)
_SERVICE = st.fixed_dictionaries(
    {},
    optional={
        "image": st.none() | st.sampled_from(["", IMAGE, "redis"]) | st.text(max_size=9),
        "build": st.none()
        | st.fixed_dictionaries(
            {}, optional={"args": st.none() | st.dictionaries(st.text(max_size=9), _VALUE)}
        ),
        "user": _VALUE,
        "scale": st.integers(0, 3),
        "deploy": st.none() | st.fixed_dictionaries({}, optional={"replicas": st.integers(0, 2)}),
        "volumes": st.none() | st.lists(_VOLUME, max_size=2),
    },
)
_CONFIG = st.fixed_dictionaries(
    {},
    optional={
        "name": st.none() | st.text(max_size=9),
        "services": st.none()
        | st.dictionaries(st.sampled_from(["web", "worker", "postgres"]), _SERVICE),
        "volumes": st.none()
        | st.dictionaries(st.text(max_size=5), st.none() | st.dictionaries(st.text(), _VALUE)),
    },
)


@settings(deadline=None)
@given(_CONFIG)
def test_any_configuration_is_a_project_or_an_error_that_names_the_option(
    found: dict[str, Any],
) -> None:
    try:
        project = Project.from_config(found, "/opt/sentry")
    except SentryError as error:
        message = str(error)
    else:
        message = "sentry_dir: "
        assert project.image
        assert set(project.services) <= set(found["services"])
    assert message.startswith("sentry_dir: ")
