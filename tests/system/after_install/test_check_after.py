# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A check run after the playbook has run finds nothing to do."""

from __future__ import annotations


def test_nothing_would_be_changed_and_nothing_was(world):
    before = world.state()

    check = world.play("site", "--check", "--diff")

    assert (check.returncode, check.changed) == (0, 0), check.output
    assert f"Log in at {world.sentry_url}/auth/login/sentry/" in check.output
    assert world.state() == before
