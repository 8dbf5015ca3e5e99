# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One container of a service, as it is told."""

from __future__ import annotations

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.watched import Watched
from tests.support.sentry_host import container


@pytest.mark.parametrize(
    ("status", "is_fine", "is_over"),
    [
        ("running", True, False),
        ("healthy", True, False),
        ("starting", False, False),
        ("unhealthy", False, False),
        ("restarting", False, False),
        ("exited", False, True),
        ("dead", False, True),
        ("absent", False, False),
    ],
)
def test_a_status(status: str, is_fine: bool, is_over: bool) -> None:
    watched = Watched("web", status=status)
    assert (watched.is_fine, watched.is_over) == (is_fine, is_over)


@pytest.mark.parametrize(
    ("watched", "told"),
    [
        (Watched("web", status="exited", exit_code=3), "exited with code 3"),
        (Watched("web", status="starting", runs=True, deaths=2), "starting, died 2 times"),
        (Watched("web", status="restarting", deaths=2), "restarting"),
        (Watched("web"), "absent"),
    ],
)
def test_how_it_is_told(watched: Watched, told: str) -> None:
    assert watched.told == told


def test_what_is_read_of_it() -> None:
    found = container("web", address="172.18.0.7", restarts=5, health="starting")
    seen = Watched.from_inspect({**found, "Created": "1970-01-01T00:01:00Z"}, {"id-of-web": 3})
    assert (seen.deaths, seen.status, seen.created_at) == (2, "starting", 60.0)
    assert seen.addresses == {"default": "172.18.0.7"}
    assert Watched.from_inspect(found, {"id-of-web": 9}).deaths == 5
