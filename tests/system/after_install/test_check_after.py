# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A check run after the playbook has run finds nothing to do."""

from __future__ import annotations

from tests.system.sandbox import Sandbox


def test_nothing_would_be_changed_and_nothing_was(sandbox: Sandbox) -> None:
    before = sandbox.state()

    check = sandbox.play("site", "--check", "--diff")

    assert (check.returncode, check.changed) == (0, 0), check.output
    assert f"Log in at {sandbox.sentry_url}/auth/login/sentry/" in check.output
    assert sandbox.state() == before
