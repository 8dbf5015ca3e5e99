# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A deadline on a clock of the test's own."""

from __future__ import annotations

import time

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.wait import Clock, Deadline
from tests.support.fake_services import FakeClock


def test_a_deadline() -> None:
    clock = FakeClock()
    deadline = Deadline.after(10.0, clock)
    assert (deadline.is_over, deadline.remaining) == (False, 10.0)
    clock.sleep(9.9)
    assert (deadline.is_over, deadline.remaining) == (False, 0.5)
    clock.sleep(0.1)
    assert (deadline.is_over, deadline.remaining) == (True, 0.5)


@pytest.mark.parametrize(("passed", "expected"), [(0.0, 3.0), (8.0, 2.0), (10.0, 0.0), (11.0, 0.0)])
def test_a_pause_ends_at_the_deadline(passed: float, expected: float) -> None:
    clock = FakeClock()
    deadline = Deadline.after(10.0, clock)
    clock.sleep(passed)
    began = clock.now()
    deadline.pause(3.0)
    assert clock.now() - began == pytest.approx(expected)


def test_the_clock_of_the_host() -> None:
    clock = Clock()
    began, real = clock.now(), time.monotonic()
    clock.sleep(0.02)
    assert 0.02 <= clock.now() - began <= time.monotonic() - real + 0.01
