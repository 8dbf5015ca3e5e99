# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the simulator remembers, in SQLite, so that it survives a restart."""

from __future__ import annotations

from pathlib import Path

from .artifacts import Artifacts
from .clients import Clients
from .database import Database
from .system_settings import SystemSettings
from .users import Users


class Store:
    """All tables of one simulator."""

    def __init__(self, folder: Path | None, system_client_id: str) -> None:
        """Open (or make) the database in a folder; None keeps it in memory."""
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        self.database = Database(folder / "encvoy-id.sqlite3" if folder else None)
        self.settings = SystemSettings(self.database)
        self.clients = Clients(self.database)
        self.users = Users(self.database, self.clients, system_client_id)
        self.artifacts = Artifacts(self.database)


__all__ = ["Store"]
