# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the script inside Sentry answers, as types."""

from __future__ import annotations

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.observations import (
    Distribution,
    Packages,
    Process,
    host_id,
)


@pytest.mark.parametrize(
    ("id_map", "own", "on_host"),
    [
        ((), 999, 999),
        (((0, 0, 4294967295),), 999, 999),
        # userns-remap, and rootless Docker of user 1000.
        (((0, 100000, 65536),), 999, 100999),
        (((0, 1000, 1), (1, 100000, 65536)), 0, 1000),
        (((0, 1000, 1), (1, 100000, 65536)), 999, 100998),
        (((0, 1000, 1),), 999, 999),
    ],
)
def test_host_id(id_map: tuple[tuple[int, int, int], ...], own: int, on_host: int) -> None:
    assert host_id(own, id_map) == on_host


def test_the_plugin_of_the_image() -> None:
    plugin = Distribution("sentry-auth-oidc", "6.0.0")
    on_a_volume = Distribution("sentry-auth-oidc", "7.0.0", in_image=False)
    other = Distribution("doda-sentry-auth-oidc", "1")
    assert Packages("23.7.1", (other, on_a_volume, plugin)).plugin_version == "6.0.0"
    assert Packages("23.7.1", (other, on_a_volume)).plugin_version is None
    assert Packages("23.7.1", (other, on_a_volume)).of_image == (other,)


def test_process() -> None:
    answer = {
        "uid": 999,
        "gid": 998,
        "uid_map": [[0, 100000, 65536]],
        "gid_map": [],
        "users": {"sentry": [999, 998]},
    }
    assert Process.from_answer(answer) == Process(
        999, 998, ((0, 100000, 65536),), (), {"sentry": (999, 998)}
    )
