# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentry does not need the identity provider to start, only to log members in."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

import httpx

from tests.support.commands import run
from tests.system.sandbox import Member, Sandbox


@contextlib.contextmanager
def identity_provider_stopped(sandbox: Sandbox) -> Iterator[None]:
    """Encvoy ID is off for a while, and answers again afterwards."""
    container = f"{sandbox.prefix}-id"
    run("docker", "stop", "--time", "2", container)
    try:
        yield
    finally:
        run("docker", "start", container)
        wait_until_it_answers(f"{sandbox.encvoy_url}/oidc/jwks")


def wait_until_it_answers(url: str) -> httpx.Response:
    for _ in range(60):
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(url, verify=False)
        time.sleep(0.5)
    raise AssertionError(f"no answer from {url} within 30 seconds")


def test_sentry_restarts_and_serves_its_login_page(
    sandbox: Sandbox, members: dict[str, Member]
) -> None:
    with identity_provider_stopped(sandbox):
        sandbox.compose("restart", "--timeout", "5", "web")
        sandbox.compose("up", "--detach", "--wait", "--no-recreate", "web")
        sandbox.compose("exec", "-T", "nginx", "nginx", "-s", "reload")
        with sandbox.browser_session() as visitor:
            page = visitor.login_page()

        assert page.status_code == 200
        assert "Login with Encvoy ID" in page.text

    with sandbox.browser_session() as visitor:
        visitor.log_in_with_encvoy_id(members["bob"].encvoy_id)
        assert visitor.who_am_i().json()["email"] == members["bob"].email
