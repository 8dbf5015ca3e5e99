# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One SQLite database, shared by the server's event loop and by tests in another thread."""

from __future__ import annotations

import json
import re
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS clients (client_id TEXT PRIMARY KEY, doc TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS clients_name ON clients (
    json_extract(doc, '$.name'), json_extract(doc, '$.domain'));
CREATE INDEX IF NOT EXISTS clients_domain ON clients (json_extract(doc, '$.domain'));
CREATE INDEX IF NOT EXISTS clients_parent ON clients (json_extract(doc, '$.parent_id'));
CREATE TABLE IF NOT EXISTS users (
    id INTEGER PRIMARY KEY AUTOINCREMENT, login TEXT NOT NULL UNIQUE, doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS roles (
    user_id INTEGER, client_id TEXT, role TEXT NOT NULL, PRIMARY KEY (user_id, client_id));
CREATE INDEX IF NOT EXISTS roles_client ON roles (client_id);
CREATE TABLE IF NOT EXISTS consents (
    user_id INTEGER, client_id TEXT, scopes TEXT NOT NULL, PRIMARY KEY (user_id, client_id));
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL, public INTEGER);
CREATE TABLE IF NOT EXISTS artifacts (
    kind TEXT, id TEXT, doc TEXT NOT NULL, expires REAL NOT NULL,
    session TEXT, grant_id TEXT, PRIMARY KEY (kind, id));
"""


@lru_cache(maxsize=256)
def _like_pattern(pattern: str) -> re.Pattern[str]:
    """A PostgreSQL LIKE pattern (``%``, ``_``, backslash escapes) as a regular expression."""
    parts = []
    position = 0
    while position < len(pattern):
        char = pattern[position]
        if char == "\\" and position + 1 < len(pattern):
            position += 1
            parts.append(re.escape(pattern[position]))
        else:
            parts.append({"%": ".*", "_": "."}.get(char, re.escape(char)))
        position += 1
    return re.compile("".join(parts), re.DOTALL)


def _like(value: str | None, pattern: str, fold: int) -> bool:
    if value is None:
        return False
    if fold:
        value, pattern = value.lower(), pattern.lower()
    return _like_pattern(pattern).fullmatch(value) is not None


class Database:
    """Every statement is one transaction of its own, unless inside :meth:`transaction`."""

    def __init__(self, path: Path | None) -> None:
        """Open the file, or a database in memory for None."""
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(
            path or ":memory:", check_same_thread=False, isolation_level=None
        )
        self._connection.row_factory = sqlite3.Row
        self._connection.create_function("pg_like", 3, _like, deterministic=True)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(SCHEMA)

    def run(self, statement: str, values: Sequence[Any] = ()) -> None:
        """Execute one statement."""
        with self._lock:
            self._connection.execute(statement, values)

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """All rows of a query."""
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    def row(self, statement: str, values: Sequence[Any] = ()) -> sqlite3.Row | None:
        """The first row of a query, or None."""
        rows = self.rows(statement, values)
        return rows[0] if rows else None

    def doc(self, statement: str, values: Sequence[Any] = ()) -> dict[str, Any] | None:
        """The JSON object in column ``doc`` of the first row, or None."""
        row = self.row(statement, values)
        return json.loads(row["doc"]) if row else None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run the statements of a ``with`` block as one transaction."""
        with self._lock:
            self._connection.execute("BEGIN")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()
