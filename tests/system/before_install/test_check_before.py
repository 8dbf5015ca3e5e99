# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A check run on a Sentry with password login foresees what a run does, and does none of it."""

from __future__ import annotations

import pytest

from tests.support.commands import Play
from tests.system.sandbox import Sandbox, State


@pytest.fixture(scope="module")
def before(sandbox: Sandbox) -> State:
    """What there was before the check run."""
    return sandbox.state()


@pytest.fixture(scope="module")
def check(sandbox: Sandbox, before: State) -> Play:
    return sandbox.play("site", "--check", "--diff")


@pytest.mark.parametrize(
    "foreseen",
    [
        "The client application is created",
        "/auth/sso/",
        "releases email, email_verified, given_name, family_name for new users",
        "for the members alice@example.com, bob@example.com",
        "sentry-auth-oidc==",
        "OIDC_CLIENT_ID",
        "The Sentry image is built",
        "The services are brought up anew",
        "The auth provider is turned on",
        "There is no login page while the new web container starts",
    ],
)
def test_everything_that_is_to_be_done_is_foreseen(check: Play, foreseen: str) -> None:
    assert check.returncode == 0, check.output
    assert foreseen in check.words


def test_nothing_was_touched(sandbox: Sandbox, before: State, check: Play) -> None:
    assert check.changed > 0
    assert sandbox.state() == before


def test_no_line_of_the_sites_own_is_shown(sandbox: Sandbox, check: Play) -> None:
    own = sandbox.on_host("grep", "DATABASES", "sentry/sentry.conf.py").strip()

    assert own not in check.output
