"""Starts the scenarios when the tests start, so that they run beside all the others."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest

from tests.molecule.background import Scenario

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


def pytest_collection_finish(session: pytest.Session) -> None:
    session.stash[STARTED] = {}
    if session.config.option.collectonly:
        return
    for item in session.items:
        if item.path.parent == HERE:
            name = item.callspec.params["name"]
            session.stash[STARTED][name] = Scenario(name)
    if session.stash[STARTED]:
        # The scenarios are what takes longest; all that runs beside them stands back.
        stand_back()


def pytest_sessionfinish(session: pytest.Session) -> None:
    for scenario in session.stash.get(STARTED, {}).values():
        scenario.stop()
    if session.stash.get(STARTED, {}):
        rank_session(0)


@pytest.fixture
def started(request: pytest.FixtureRequest) -> dict[str, Scenario]:
    """The scenarios that this session runs, by name."""
    return request.session.stash[STARTED]
