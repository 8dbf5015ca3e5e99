# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""People at work with Sentry while it is changed: nobody of them is to notice."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import httpx

from tests.support.poll import Poll
from tests.system.sandbox import Member, Sandbox

# Seconds; an answer that is late on a busy machine is an answer.
PATIENCE = 30


@contextlib.contextmanager
def everybody_is_served(sandbox: Sandbox, member: Member) -> Iterator[None]:
    """Ten times a second somebody opens the login page, sends a form, and works logged in.

    All come through nginx. Afterwards who was logged in still is.
    """
    login_page = f"{sandbox.sentry_url}/auth/login/sentry/"
    with sandbox.browser_session() as somebody, contextlib.ExitStack() as open_polls:
        somebody.log_in_with_encvoy_id(member.encvoy_id)
        cookies = somebody.browser.cookies
        polls = [
            Poll(login_page, timeout=PATIENCE),
            Poll(login_page, timeout=PATIENCE, form=True),
            Poll(f"{sandbox.sentry_url}/api/0/users/me/", timeout=PATIENCE, cookies=cookies),
        ]
        for poll in polls:
            open_polls.enter_context(poll)
        yield
        open_polls.close()
        failures = {poll.url: poll.failures for poll in polls if poll.failures}
        assert not failures, failures
        assert all(poll.polls > 10 for poll in polls), "nobody has looked"
        me = somebody.who_am_i()
        assert me.status_code == httpx.codes.OK, me.text
        assert me.json()["email"] == member.email, me.text


def web_containers(sandbox: Sandbox) -> dict[str, str]:
    """Image of every web container, running or not, by its id."""
    listed = sandbox.on_host(
        "docker", "ps", "--all", "--quiet", "--no-trunc",
        "--filter", f"label=com.docker.compose.project={sandbox.prefix}",
        "--filter", "label=com.docker.compose.service=web",
    ).split()  # fmt: skip
    images = sandbox.on_host("docker", "inspect", "--format", "{{.Image}}", *listed).split()
    return dict(zip(listed, images))


def image_to_run(sandbox: Sandbox) -> str:
    image = f"{sandbox.prefix}/sentry-self-hosted-local"
    return sandbox.on_host("docker", "image", "inspect", "--format", "{{.Id}}", image).strip()
