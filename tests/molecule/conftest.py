# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starts the scenarios when the tests start, so that they run beside all the others."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.molecule.background import SCENARIOS, Scenario

HERE = Path(__file__).parent
STARTED = pytest.StashKey[dict[str, Scenario]]()
AUTOGROUP = Path("/proc/self/autogroup")


def stand_back() -> None:
    """Let everything else on this machine go before this process and what it starts from now on."""
    os.nice(10)
    rank_session(10)


def rank_session(niceness: int) -> None:
    """Set the niceness of this session, where Linux shares processor time among sessions first.

    Niceness of a process counts only within its session then (sched(7), "The autogroup feature").
    Nobody but root may take it back, and the session is the user's terminal.
    """
    if os.geteuid() == 0:
        with contextlib.suppress(OSError):
            AUTOGROUP.write_text(str(niceness))


def start(session: pytest.Session, names: Iterable[str]) -> None:
    """Start these scenarios, unless they have been."""
    scenarios = session.stash.setdefault(STARTED, {})
    missing = [name for name in names if name not in scenarios]
    if missing and not session.config.option.collectonly:
        scenarios.update({name: Scenario(name) for name in missing})
        # The scenarios are what takes longest; all that runs beside them stands back.
        stand_back()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Start before the tests are collected, which takes seconds in a fresh checkout.

    pytest knows this file so early only where this folder is among its arguments (or testpaths).
    """
    start(session, SCENARIOS)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Start what is asked for at the latest, and stop what is not (``-k``, ``--deselect``)."""
    asked = {item.callspec.params["name"] for item in session.items if item.path.parent == HERE}
    start(session, asked)
    for name, scenario in session.stash[STARTED].items():
        if name not in asked:
            scenario.stop()


def pytest_sessionfinish(session: pytest.Session) -> None:
    scenarios = session.stash.get(STARTED, {})
    for scenario in scenarios.values():
        scenario.stop()
    if scenarios:
        rank_session(0)


@pytest.fixture
def started(request: pytest.FixtureRequest) -> dict[str, Scenario]:
    """The scenarios that this session runs, by name."""
    return request.session.stash[STARTED]
