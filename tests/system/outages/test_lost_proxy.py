# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""nginx looks for a web container that has gone: a run was killed right after recreating it."""

from __future__ import annotations

import time

import httpx
import pytest

from tests.support.commands import run
from tests.system.sandbox import Sandbox

LOSE = """
set -e
cp /etc/hosts /tmp/hosts
getent hosts memcached | sed "s/ .*/ web/" >> /etc/hosts
nginx -s reload
sleep 1
cat /tmp/hosts > /etc/hosts
"""


def status(sandbox: Sandbox) -> int:
    return httpx.get(f"{sandbox.sentry_url}/_health/", timeout=60).status_code


@pytest.fixture
def lost(sandbox: Sandbox) -> None:
    """nginx takes an address for the web container's that another one has."""
    run("docker", "exec", f"{sandbox.prefix}-nginx-1", "sh", "-c", LOSE)
    for _ in range(20):
        if status(sandbox) == 502:
            return
        time.sleep(0.5)
    raise AssertionError("nginx still finds the web container")


@pytest.mark.usefixtures("lost")
def test_nginx_is_told_where_the_web_container_is(sandbox: Sandbox) -> None:
    check = sandbox.play("site", "--check")
    done = sandbox.play("site")

    assert (check.returncode, check.changed) == (0, 1), check.output
    assert (done.returncode, done.changed) == (0, 1), done.output
    assert status(sandbox) == 200
