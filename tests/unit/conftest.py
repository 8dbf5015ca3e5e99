# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures for the tests of the plugins."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy import retry
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.clients import creation
from sandbox.encvoy_id import Settings
from tests.support.encvoy_server import EncvoyServer, Snapshot, encvoy_server


@pytest.fixture(scope="session")
def _simulator() -> Iterator[tuple[EncvoyServer, Snapshot]]:
    with encvoy_server(Settings(hang_seconds=10)) as here:
        yield here, Snapshot(here)


@pytest.fixture
def encvoy(_simulator: tuple[EncvoyServer, Snapshot]) -> EncvoyServer:
    """A simulator of Encvoy ID as it is after its first start."""
    here, snapshot = _simulator
    snapshot.restore()
    return here


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses between attempts are there for real servers; here they only take time."""
    monkeypatch.setattr(retry, "PAUSES", (0.0, 0.0))
    monkeypatch.setattr(creation, "LOOKS", (0.0, 0.0, 0.0, 0.0))


@pytest.fixture(autouse=True)
def _clean_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Neither options nor proxies nor request locks of whoever runs the tests."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
    for name in ("URL", "LOGIN", "PASSWORD", "ACCESS_TOKEN", "SYSTEM_CLIENT_ID", "CA_PATH"):
        monkeypatch.delenv(f"ENCVOY_{name}", raising=False)
    for name in (
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
    ):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
