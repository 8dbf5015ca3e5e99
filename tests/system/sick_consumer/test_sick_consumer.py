# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Sentry in the layout of a newer self-hosted, with one consumer that is sick and stays so.

The role has turned single sign-on on already, beside that consumer.
"""

from __future__ import annotations

import httpx

from tests.support.poll import Poll
from tests.system.enhance_image import BREAK_START, BROKEN_START, own_line_in_enhance_image
from tests.system.sandbox import Member, Sandbox

# The role gives up on a Sentry after this many seconds; no run of these may come near to it.
HEALTH_TIMEOUT = 300
SICK = "uptime-results"


def login_page(sandbox: Sandbox) -> httpx.Response:
    return httpx.get(f"{sandbox.sentry_url}/auth/login/sentry/", timeout=30)


def test_members_log_in(sandbox: Sandbox, members: dict[str, Member]) -> None:
    with sandbox.browser_session() as visitor:
        visitor.log_in_with_encvoy_id(members["alice"].encvoy_id)

        assert visitor.who_am_i().json()["email"] == members["alice"].email


def test_the_sick_consumer_is_reported_and_not_held_against_the_run(sandbox: Sandbox) -> None:
    report = sandbox.play("verify")

    assert (report.returncode, report.changed) == (0, 0), report.output
    assert f"{SICK} is " in report.words


def test_changed_settings_reach_sentry_beside_it(sandbox: Sandbox) -> None:
    """Where web is replaced, nginx knows the new one at once, and waits for no consumer."""
    with Poll(f"{sandbox.sentry_url}/auth/login/sentry/") as poll:
        run = sandbox.play(
            "site",
            "--extra-vars=sentry_sso_provider_name=Another-name",
            "--extra-vars=sentry_sso_apply_strategy=recreate",
        )

    assert run.returncode == 0, run.output
    assert "There is no login page while the new web container starts" in run.words
    assert "Login with Another-name" in login_page(sandbox).text
    assert poll.failed > 0
    assert poll.seconds_without < HEALTH_TIMEOUT / 3
    assert sandbox.play("site").returncode == 0


def test_a_start_that_fails_is_taken_back_beside_it(sandbox: Sandbox) -> None:
    """The rollback does not wait for the sick consumer either, and nginx finds the old web."""
    before = login_page(sandbox).text.count("Login with Encvoy ID")
    with own_line_in_enhance_image(sandbox, BREAK_START):
        version = f"sentry_sso_plugin_version={sandbox.another_plugin}"
        run = sandbox.play("site", f"--extra-vars={version}")

        assert run.returncode != 0, run.output
        assert BROKEN_START in run.words
        assert "Sentry is as it was before, and its files, too." in run.words
    page = login_page(sandbox)
    assert page.status_code == httpx.codes.OK
    assert page.text.count("Login with Encvoy ID") == before


def test_a_plain_compose_up_recreates_nothing_afterwards(sandbox: Sandbox) -> None:
    before = sandbox.containers()
    sandbox.compose("up", "--detach")

    assert sandbox.containers() == before
