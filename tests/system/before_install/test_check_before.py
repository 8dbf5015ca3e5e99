# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A check run on a Sentry with password login foresees what a run does, and does none of it."""

from __future__ import annotations

import pytest

from tests.support.commands import Play
from tests.system.sandbox import Sandbox


@pytest.fixture(scope="module")
def before(sandbox: Sandbox):
    """What there was before the check run."""
    return sandbox.state()


@pytest.fixture(scope="module")
def check(sandbox: Sandbox, before):
    return sandbox.play("site", "--check", "--diff")


def test_everything_that_is_to_be_done_is_foreseen(sandbox: Sandbox, check: Play) -> None:
    assert check.returncode == 0, check.output
    foreseen = [
        f"{sandbox.sentry_url}/auth/sso/",
        "sentry-auth-oidc==",
        "OIDC_CLIENT_ID",
        "docker compose build web",
        "docker compose exec nginx nginx -s reload",
    ]
    assert [what for what in foreseen if what not in check.output] == []


def test_nothing_was_touched(sandbox: Sandbox, before, check: Play) -> None:
    assert check.changed > 0
    assert sandbox.state() == before
