# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All checks, in the order in which a login meets them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.checks.report import all_checks
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.checks.result import (
    Expected,
    is_ok,
)
from tests.support.right_sentry import CLAIM_NAMES, EXPECTED, NAMES, RIGHT, failed, inside


def test_all_is_right() -> None:
    checks = all_checks(EXPECTED, RIGHT)
    assert [check.name for check in checks] == NAMES
    assert all(check.ok and check.detail and not check.action for check in checks)
    assert is_ok(checks)


def test_what_is_not_given_is_not_compared() -> None:
    little = Expected("https://sentry.example.com", "sentry", "client")
    seen = replace(inside(secret_matches=None), claims=None)
    assert [check.name for check in all_checks(little, seen)] == NAMES[: -len(CLAIM_NAMES)]
    assert not failed(seen, little)


def test_a_client_that_does_not_exist_is_a_line_of_the_list() -> None:
    found = failed(RIGHT, replace(EXPECTED, client_id=None))
    assert list(found) == ["client_registered"]
    assert "Run the playbook encvoy.sentry.site" in found["client_registered"].action


@pytest.mark.parametrize(
    ("unready", "dying", "severity"),
    [
        ({"web": "unhealthy"}, [], "error"),
        ({"nginx": "exited"}, [], "error"),
        ({"postgres": "absent"}, [], "error"),
        ({"memcached": "exited"}, [], "warning"),
        ({"worker": "starting"}, [], "warning"),
        ({}, ["cron"], "warning"),
        ({"cron": "restarting"}, ["cron"], "warning"),
    ],
)
def test_services_that_do_not_serve(
    unready: dict[str, str], dying: list[str], severity: str
) -> None:
    check = failed(replace(RIGHT, unready=unready, dying=dying))["services_settled"]
    assert check.severity == severity
    assert all(f"{service} is {status}" in check.detail for service, status in unready.items())
    assert "docker compose logs" in check.action
