# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where Sentry's own commands, and the collection's scripts, begin."""

from __future__ import annotations

import os


def configure() -> None:
    """Run the settings file that a test names, as Sentry does; without one do nothing."""
    from . import importer

    path = os.environ.get("TEST_SETTINGS")
    if path:
        importer.load_settings(path)
