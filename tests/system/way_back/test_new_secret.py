# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client secret is replaced at both ends of the real Sentry, and people log in with it."""

from __future__ import annotations

import re

import pytest

from tests.support.commands import Play
from tests.system.sandbox import Member, Sandbox


@pytest.fixture(scope="module")
def secret_before(sandbox: Sandbox) -> str:
    return str(sandbox.client()["client_secret"])


@pytest.fixture(scope="module")
def rotated(sandbox: Sandbox, secret_before: str) -> Play:
    """A run after one that was killed when Encvoy ID had a new secret, and Sentry had not."""
    killed = sandbox.play("rotate_secret", kill_at="TASK [encvoy.sentry.sentry_sso : Bring web up")
    assert killed.returncode < 0, killed.output
    assert sandbox.client()["client_secret"] != secret_before
    return sandbox.play("rotate_secret", "-vvv", "--diff")


def test_encvoy_id_and_sentry_have_the_same_new_secret(
    sandbox: Sandbox, rotated: Play, secret_before: str
) -> None:
    assert rotated.returncode == 0, rotated.output
    secret = sandbox.client()["client_secret"]
    assert secret != secret_before
    assert sandbox.on_host("cat", "sentry/encvoy-oidc-client-secret") == secret
    assert secret not in rotated.output
    assert secret_before not in rotated.output


def test_the_time_in_which_logins_failed_is_told(rotated: Play) -> None:
    found = re.search(r"Logins failed for about ([\d.]+) seconds", rotated.words)
    assert found, rotated.output
    assert 0 < float(found[1]) < 120


def test_people_log_in_with_it(sandbox: Sandbox, rotated: Play, members: dict[str, Member]) -> None:
    with sandbox.browser_session() as visitor:
        visitor.log_in_with_encvoy_id(members["bob"].encvoy_id)
        assert visitor.who_am_i().json()["email"] == members["bob"].email


def test_nothing_of_the_run_is_left_behind(sandbox: Sandbox, rotated: Play) -> None:
    assert "encvoy-sentry" not in sandbox.on_host("ls", "-A", ".", "sentry")
