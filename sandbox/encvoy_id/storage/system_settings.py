# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The system's own settings (``/api/v1/settings``), with the vendor's values at first start."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .database import Database

# name: (value of a fresh installation, whether everybody may read it)
VENDOR: dict[str, tuple[Any, bool]] = {
    "two_factor_authentication": (
        {"available_provider_ids": [], "controlled_methods": []},
        False,
    ),
    "i18n": ({"default_language": "en-US"}, True),
    "ignore_required_fields_for_clients": (False, False),
    "data_processing_agreement": ("", True),
    "prohibit_identifier_binding": (False, True),
    "authorize_only_admins": (False, True),
    "registration_policy": ("allowed", True),
    "default_public_profile_claims_gravatar": ("", True),
    "default_public_profile_claims_oauth": ("picture nickname", True),
    "sentry": ({"dsn": "", "enabled": False, "user_id": ""}, False),
    "allowed_login_fields": ("login phone_number", True),
    "catalog": (False, False),
}


class SystemSettings:
    """The table of settings."""

    def __init__(self, database: Database) -> None:
        self._db = database
        for name, (value, public) in VENDOR.items():
            self._db.run(
                "INSERT OR IGNORE INTO settings VALUES (?, ?, ?)",
                (name, json.dumps(value), int(public)),
            )

    def get(self, name: str) -> Any:
        """The value of one setting."""
        row = self._db.row("SELECT value FROM settings WHERE name = ?", (name,))
        if row is None:
            raise KeyError(name)
        return json.loads(row["value"])

    def all(self, *, private: bool) -> dict[str, Any]:
        """Every setting, or only the public ones."""
        rows = self._db.rows("SELECT * FROM settings WHERE public >= ?", (0 if private else 1,))
        return {row["name"]: json.loads(row["value"]) for row in rows}

    def update(self, values: Mapping[str, Any]) -> None:
        """Change existing settings; KeyError when one does not exist (then nothing is changed)."""
        for name in values:
            self.get(name)
        for name, value in values.items():
            self._db.run("UPDATE settings SET value = ? WHERE name = ?", (json.dumps(value), name))
