# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""User accounts, their roles in the system, and what they consented to."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from typing import Any

from .clients import Clients
from .database import Database
from .time import now_iso

# Sandbox passwords only: a cheap cost keeps a test that makes accounts fast.
SCRYPT_COST = {"n": 2**6, "r": 8, "p": 1}


def hash_password(password: str, salt: str | None = None) -> str:
    """The salted hash under which a password is stored."""
    salt = salt or secrets.token_hex(8)
    digest = hashlib.scrypt(password.encode(), salt=salt.encode(), **SCRYPT_COST)
    return f"{salt}${digest.hex()}"


class Users:
    """The table of users."""

    def __init__(self, database: Database, clients: Clients, system_client_id: str) -> None:
        self._db = database
        self._clients = clients
        self._system = system_client_id

    def get(self, user_id: int) -> dict[str, Any] | None:
        """The account with this id, or None."""
        return self._db.doc("SELECT doc FROM users WHERE id = ?", (user_id,))

    def find(self, field: str, value: str) -> dict[str, Any] | None:
        """The account whose ``login`` or ``email`` is exactly this, or None."""
        if field == "login":
            return self._db.doc("SELECT doc FROM users WHERE login = ?", (value,))
        return self._db.doc(
            "SELECT doc FROM users WHERE json_extract(doc, '$.email') = ?", (value,)
        )

    def any(self) -> bool:
        """Whether there is an account at all."""
        return self._db.row("SELECT id FROM users LIMIT 1") is not None

    def add(self, values: Mapping[str, Any], password: str, claims: str) -> dict[str, Any]:
        """Store a new account; ``claims`` are the public claims (without the leading ``id``)."""
        moment = now_iso()
        user = {
            "email": None,
            "email_public": None,
            "email_verified": False,
            "phone_number": None,
            "phone_number_verified": None,
            "nickname": None,
            "login": None,
            "family_name": None,
            "given_name": None,
            "birthdate": moment,
            "password_updated_at": moment,
            "password_change_required": None,
            "picture": None,
            "custom_fields": None,
            "public_profile_claims_oauth": f"id {claims}".strip(),
            "public_profile_claims_gravatar": "",
            "profile_privacy": True,
            "deleted": None,
            "locale": None,
            "blocked": False,
            "requires_step": None,
            "password": hash_password(password),
        } | dict(values)
        statement = "INSERT INTO users (login, doc) VALUES (?, '{}') RETURNING id"
        (row,) = self._db.rows(statement, (user["login"],))
        user = {"id": row["id"]} | user
        self._save(user)
        self._clients.set_role(user["id"], self._system, "USER")
        return user

    def update(self, user_id: int, values: Mapping[str, Any]) -> None:
        """Change some fields of an existing account."""
        user = self.get(user_id)
        if user is None:
            raise KeyError(user_id)
        self._save(user | dict(values))

    def _save(self, user: Mapping[str, Any]) -> None:
        self._db.run(
            "UPDATE users SET login = ?, doc = ? WHERE id = ?",
            (user["login"], json.dumps(user), user["id"]),
        )

    @staticmethod
    def password_is(user: Mapping[str, Any], password: str) -> bool:
        """Whether this is the account's password."""
        salt = user["password"].partition("$")[0]
        return hmac.compare_digest(user["password"], hash_password(password, salt))

    def system_role(self, user_id: int) -> str | None:
        """The account's role in the system: OWNER, EDITOR, ADMIN, USER; None: no such account."""
        return self._clients.role(user_id, self._system)

    def consent(self, user_id: int, client_id: str) -> str:
        """The scopes that the user granted to a client, separated by spaces."""
        row = self._db.row(
            "SELECT scopes FROM consents WHERE user_id = ? AND client_id = ?", (user_id, client_id)
        )
        return row["scopes"] if row else ""

    def set_consent(self, user_id: int, client_id: str, scopes: str) -> None:
        """Remember the scopes that the user granted to a client."""
        self._db.run(
            "INSERT OR REPLACE INTO consents VALUES (?, ?, ?)", (user_id, client_id, scopes)
        )
