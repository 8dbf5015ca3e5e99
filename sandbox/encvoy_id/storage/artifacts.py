# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the OIDC side keeps for a while: interactions, sessions, grants, codes and tokens."""

from __future__ import annotations

import json
import secrets
import time
from typing import Any

from .database import Database


def new_uid() -> str:
    """A random id of 21 characters, the form of the real server's interaction ids."""
    return secrets.token_urlsafe(16)[:21]


class Artifacts:
    """Short-lived objects by kind and id; those of a session or grant die with it."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def put(
        self,
        kind: str,
        key: str,
        doc: dict[str, Any],
        ttl: float,
        *,
        session: str | None = None,
        grant: str | None = None,
    ) -> None:
        """Store an object for ``ttl`` seconds."""
        self._db.run(
            "INSERT OR REPLACE INTO artifacts VALUES (?, ?, ?, ?, ?, ?)",
            (kind, key, json.dumps(doc), time.time() + ttl, session, grant),
        )

    def get(self, kind: str, key: str) -> dict[str, Any] | None:
        """An object that has not expired, or None."""
        return self._db.doc(
            "SELECT doc FROM artifacts WHERE kind = ? AND id = ? AND expires > ?",
            (kind, key, time.time()),
        )

    def change(self, kind: str, key: str, values: dict[str, Any]) -> None:
        """Change some members of an existing object, keeping its expiry."""
        doc = self.get(kind, key)
        if doc is not None:
            self._db.run(
                "UPDATE artifacts SET doc = ? WHERE kind = ? AND id = ?",
                (json.dumps(doc | values), kind, key),
            )

    def delete(self, kind: str, key: str) -> None:
        """Forget one object."""
        self._db.run("DELETE FROM artifacts WHERE kind = ? AND id = ?", (kind, key))

    def end_session(self, session: str) -> None:
        """Forget a browser session with every token that came out of it."""
        self.delete("session", session)
        self._db.run("DELETE FROM artifacts WHERE session = ?", (session,))

    def end_grant(self, grant: str) -> None:
        """Forget a grant with every code and token that came out of it."""
        self._db.run("DELETE FROM artifacts WHERE grant_id = ?", (grant,))

    def expire(self, kind: str) -> None:
        """Let every object of a kind be expired now (for tests of expiry)."""
        self._db.run("UPDATE artifacts SET expires = 0 WHERE kind = ?", (kind,))
