# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentry is not root, here as in upstream's image."""

from __future__ import annotations

from tests.system.sandbox import Sandbox


def test_a_settings_file_that_only_root_may_read_stops_sentry(sandbox: Sandbox) -> None:
    settings = "sentry/sentry.conf.py"
    mode = sandbox.on_host("stat", "-c", "%a", settings).strip()
    sandbox.on_host("chmod", "0600", settings)
    try:
        printed = sandbox.compose(
            "run", "--rm", "--no-deps", "--no-TTY", "web", "config", "list", check=False
        )
    finally:
        sandbox.on_host("chmod", mode, settings)

    assert "PermissionError" in printed
