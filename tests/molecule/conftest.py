"""Starts the scenarios when the tests start, so that they run beside all the others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.molecule.background import Scenario

HERE = Path(__file__).parent
STARTED = pytest.StashKey[dict[str, Scenario]]()


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
        os.nice(10)


def pytest_sessionfinish(session: pytest.Session) -> None:
    for scenario in session.stash.get(STARTED, {}).values():
        scenario.stop()


@pytest.fixture
def started(request: pytest.FixtureRequest) -> dict[str, Scenario]:
    """The scenarios that this session runs, by name."""
    return request.session.stash[STARTED]
