# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
import yaml

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry import stack
from tests.support.sentry_host import CONFIG, IMAGE_ID, container


@pytest.mark.parametrize(
    ("reference", "version"),
    [
        ("getsentry/sentry:23.7.1", "23.7.1"),
        ("ghcr.io/getsentry/sentry:26.8.0", "26.8.0"),
        ("registry.example.com:5000/sentry:24.1.0-own.2", "24.1.0"),
        ("getsentry/sentry:23.7.1@sha256:0123", "23.7.1"),
        ("ghcr.io/getsentry/sentry:nightly", None),
        ("registry.example.com:5000/sentry", None),
        ("getsentry/sentry@sha256:25.2.0", None),
        ("", None),
        (None, None),
    ],
)
def test_image_version(reference, version):
    assert stack.image_version(reference) == version


def test_versions_compare_by_number():
    ordered = ["9.1.2", "20.10.1", "24.6.0", "24.12.0", "25.2.0"]
    assert sorted(set(ordered), key=stack.version_key) == ordered
    assert stack.version_key("2.26.1-4") == (2, 26, 1)
    assert stack.version_key("nightly") == ()


def test_parse_env():
    text = (
        "# SENTRY_IMAGE=commented\n"
        "SENTRY_IMAGE=first\n"
        "export SENTRY_IMAGE = \"getsentry/sentry:25.2.0\"  # pinned\n"
        "PLAIN=value # a comment\n"
        "HASH=a#b\n"
        "SINGLE='two words'\n"
        "EMPTY=\n"
        "no assignment\n"
    )  # fmt: skip
    assert stack.parse_env(text) == {
        "SENTRY_IMAGE": "getsentry/sentry:25.2.0",
        "PLAIN": "value",
        "HASH": "a#b",
        "SINGLE": "two words",
        "EMPTY": "",
    }


@pytest.mark.parametrize(
    ("version", "has_custom", "files"),
    [
        ("24.9.0", False, ()),
        ("25.2.0", False, ()),
        ("25.1.0", True, (".env.custom",)),
        ("25.2.0", True, (".env", ".env.custom")),
        (None, True, (".env", ".env.custom")),
    ],
)
def test_env_file_names(version, has_custom, files):
    assert stack.env_file_names(version, has_custom) == files


@pytest.mark.parametrize(
    ("version", "compose"),
    [
        ("23.7.1", "2.0.0"),
        ("24.6.0", "2.19.0"),
        ("25.1.0", "2.19.0"),
        ("26.8.0", "2.32.2"),
        (None, "2.0.0"),
    ],
)
def test_oldest_compose(version, compose):
    assert stack.oldest_compose(version) == compose


def test_services_on_image():
    assert stack.services_on_image(CONFIG, "web") == ["cron", "web", "worker"]


@pytest.mark.parametrize(
    ("containers", "image_id", "stale"),
    [
        ([container("web")], IMAGE_ID, []),
        ([], IMAGE_ID, ["web"]),
        ([container("worker")], IMAGE_ID, ["web"]),
        ([container("web")], "sha256:new", ["web"]),
        ([container("web")], None, ["web"]),
        ([container("web", status="exited")], IMAGE_ID, ["web"]),
        ([container("web", status="restarting")], IMAGE_ID, ["web"]),
        ([container("web", started="2026-11-22T07:59:59Z")], IMAGE_ID, ["web"]),
        ([container("web"), container("web", image="sha256:old")], IMAGE_ID, ["web"]),
    ],
)
def test_stale_services(containers, image_id, stale):
    changed_at = stack.parse_time("2026-11-22T08:00:00Z")
    assert stack.stale_services(["web"], containers, image_id, changed_at) == stale


def test_running_and_existing_services():
    containers = [container("web"), container("cron", status="exited"), container("web")]
    assert stack.running_services(containers) == ["web"]
    assert stack.has_container(containers, "cron")
    assert not stack.has_container(containers, "worker")


@pytest.mark.parametrize(
    ("stamp", "seconds"),
    [
        ("1970-01-01T00:00:01Z", 1),
        ("1970-01-01T00:01:00.5Z", 60.5),
        ("1970-01-01T00:00:00.123456789Z", 0.123456789),
        ("0001-01-01T00:00:00Z", -62135596800),  # a container that was never started
    ],
)
def test_parse_time(stamp, seconds):
    assert stack.parse_time(stamp) == seconds


@pytest.mark.parametrize(
    "line",
    [
        "system.url-prefix: https://sentry.example.com",
        "system.url-prefix: 'https://sentry.example.com'",
        'system.url-prefix: "https://sentry.example.com:9000/"  # public',
        "system.url-prefix:   https://sentry.example.com # public",
        "'system.url-prefix': http://10.0.0.1:9000",
        "# system.url-prefix: https://example.sentry.com",
        "system.url-prefix: ''",
        "system.url-prefix:",
        "mail.from: system.url-prefix@example.com",
    ],
)
def test_url_prefix_is_what_yaml_says(line):
    text = f"mail.backend: dummy\n{line}\nsystem.secret-key: 'x'\n"
    expected = yaml.safe_load(text).get("system.url-prefix") or None
    assert stack.parse_url_prefix(text) == expected


@pytest.mark.parametrize(
    ("found", "unready"),
    [
        ([container("web")], {}),
        ([container("web", health="healthy")], {}),
        ([container("web", health="starting")], {"web": "starting"}),
        ([container("web", health="unhealthy")], {"web": "unhealthy"}),
        ([container("web", status="restarting", health="starting")], {"web": "restarting"}),
        ([container("web", status="exited")], {"web": "exited"}),
        ([container("web"), container("web", status="created")], {"web": "created"}),
        ([], {"web": "absent"}),
        ([container("redis")], {"web": "absent"}),
    ],
)
def test_unready_services(found, unready):
    assert stack.unready_services(["web"], found) == unready


def test_restarts_are_counted_by_service():
    found = [container("web", restarts=2), container("web", restarts=1), container("cron")]
    assert stack.restart_counts(found) == {"web": 3, "cron": 0}
