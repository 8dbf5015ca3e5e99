"""Fixtures for the tests of the plugins."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy import http
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.clients import creation
from sandbox.encvoy_id import Settings
from tests.support.encvoy_server import Memory, World, world


@pytest.fixture(scope="session")
def _simulator() -> Iterator[tuple[World, Memory]]:
    with world(Settings(hang_seconds=10)) as here:
        yield here, Memory(here)


@pytest.fixture
def encvoy(_simulator: tuple[World, Memory]) -> World:
    """A simulator of Encvoy ID as it is after its first start."""
    here, memory = _simulator
    memory.restore()
    return here


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses between attempts are there for real servers; here they only take time."""
    monkeypatch.setattr(http, "PAUSES", (0.0, 0.0))
    monkeypatch.setattr(creation, "LOOKS", (0.0, 0.0, 0.0, 0.0))


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither options nor proxies of whoever runs the tests."""
    for name in ("URL", "LOGIN", "PASSWORD", "ACCESS_TOKEN", "SYSTEM_CLIENT_ID", "CA_PATH"):
        monkeypatch.delenv(f"ENCVOY_{name}", raising=False)
    for name in (
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "http_proxy",
        "https_proxy",
        "all_proxy",
    ):
        monkeypatch.delenv(name, raising=False)
