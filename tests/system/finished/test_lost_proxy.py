"""nginx looks for a web container that has gone: a run was killed right after recreating it."""

from __future__ import annotations

import httpx
import pytest

from tests.system.world import run

STAGE = "tests/system/finished/stage_apply.yml"


@pytest.fixture
def lost(world):
    """The web container has another address since nginx was started."""
    container = f"{world.prefix}-web-1"
    network, _, _ = world.encvoy_url.removeprefix("https://").rpartition(".")
    run("docker", "network", "disconnect", world.prefix, container)
    run(
        "docker", "network", "connect", "--alias", "web", "--ip", f"{network}.250",
        world.prefix, container,
    )  # fmt: skip
    assert httpx.get(f"{world.sentry_url}/_health/", timeout=60).status_code in (502, 504)


@pytest.mark.usefixtures("lost")
def test_nginx_is_told_where_the_web_container_is_now(world):
    check = world.play(STAGE, "--check")
    run = world.play(STAGE)
    found = httpx.get(f"{world.sentry_url}/_health/")
    again = world.play(STAGE)

    assert (check.returncode, check.changed) == (0, 1), check.output
    assert (run.returncode, run.changed) == (0, 1), run.output
    assert found.status_code == 200
    assert (again.returncode, again.changed) == (0, 0), again.output
