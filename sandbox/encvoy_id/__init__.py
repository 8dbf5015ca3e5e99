# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulator of Encvoy ID 1.0.10: its management API and its OpenID Connect side.

It answers as the real server was seen to answer, its traps included. Start it with
``python -m sandbox.encvoy_id --help``, or use :func:`running_server` in tests.
"""

from __future__ import annotations

from .app import create_app
from .settings import SYSTEM_CLIENT_ID, Settings
from .testing.server import RunningServer, running_server

__all__ = ["SYSTEM_CLIENT_ID", "RunningServer", "Settings", "create_app", "running_server"]
