# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Registered applications ("clients") and the roles that users have in them."""

from __future__ import annotations

import json
import string
from collections.abc import Mapping
from random import SystemRandom
from typing import Any

from .database import Database
from .filters import Condition
from .time import now_iso

_random = SystemRandom()
ALPHANUMERICS = string.ascii_letters + string.digits
WIDGET_COLORS = {"font_color": "#fff", "link_color": "#000", "button_color": "#4C6AD4"}

# The record as GET answers it, in the server's order, with the defaults of a new client.
NEW_CLIENT: dict[str, Any] = {
    "avatar": None,
    "cover": None,
    "cover_mode": "",
    "created_at": None,
    "description": None,
    "domain": None,
    "name": None,
    "catalog": False,
    "mini_widget": False,
    "authorize_only_admins": False,
    "authorize_only_employees": False,
    "show_avatar_in_widget": False,
    "hide_avatars_of_big_providers": False,
    "hide_widget_header": False,
    "hide_widget_footer": False,
    "hide_widget_create_account": False,
    "widget_title": "WIDGET_APP_NAME",
    "widget_colors": WIDGET_COLORS,
    "widget_info": "",
    "widget_info_out": "",
    "required_providers_ids": [],
    "client_id": None,
    "client_secret": None,
    "redirect_uris": [],
    "post_logout_redirect_uris": [],
    "application_type": "web",
    "grant_types": ["authorization_code", "refresh_token"],
    "id_token_signed_response_alg": "RS256",
    "request_uris": [],
    "require_auth_time": False,
    "response_types": ["code"],
    "subject_type": "public",
    "token_endpoint_auth_method": "client_secret_basic",
    "introspection_endpoint_auth_method": "client_secret_basic",
    "revocation_endpoint_auth_method": "client_secret_basic",
    "require_signed_request_object": False,
    "access_token_ttl": 1800,
    "refresh_token_ttl": 86400,
    "type_id": None,
    "parent_id": None,
}
AUTH_METHOD_FIELDS = (
    "token_endpoint_auth_method",
    "introspection_endpoint_auth_method",
    "revocation_endpoint_auth_method",
)


def random_name(length: int) -> str:
    """Random alphanumerics, the form of the server's client ids (22) and secrets (87)."""
    return "".join(_random.choices(ALPHANUMERICS, k=length))


class Clients:
    """The table of clients."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, client_id: str) -> dict[str, Any] | None:
        """The client's record, or None; ids are case-sensitive."""
        return self._db.doc("SELECT doc FROM clients WHERE client_id = ?", (client_id,))

    def add(self, values: Mapping[str, Any], owner: int | None = None) -> dict[str, Any]:
        """Store a new client with the server's defaults for everything not in ``values``.

        ``owner`` is the id of the user who gets the role OWNER in it.
        """
        client = NEW_CLIENT | {
            "client_id": random_name(22),
            "client_secret": random_name(87),
            "created_at": now_iso(),
        }
        client |= values
        self._db.run(
            "INSERT INTO clients (client_id, doc) VALUES (?, ?)",
            (client["client_id"], json.dumps(client)),
        )
        if owner is not None:
            self.set_role(owner, client["client_id"], "OWNER")
        return client

    def add_organization(
        self, user_id: int, domain: str, client_id: str | None = None
    ) -> dict[str, Any]:
        """Store the organization that an organization manager (role ADMIN) gets."""
        client_id = client_id or random_name(22)
        home = f"{domain}/{client_id}"
        return self.add(
            {
                "client_id": client_id,
                "name": f"Org{user_id}",
                "domain": home,
                "redirect_uris": [f"{home}/code", f"{home}/login"],
                "post_logout_redirect_uris": [home],
                **dict.fromkeys(AUTH_METHOD_FIELDS, "none"),
            },
            owner=user_id,
        )

    def update(self, client_id: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Change some fields of an existing client and return the whole record."""
        client = self.get(client_id)
        if client is None:
            raise KeyError(client_id)
        client |= values
        self._db.run(
            "UPDATE clients SET doc = ? WHERE client_id = ?", (json.dumps(client), client_id)
        )
        return client

    def delete(self, client_id: str) -> None:
        """Remove a client with its roles, consents and (for an organization) its clients."""
        for row in self._db.rows(
            "SELECT client_id FROM clients WHERE json_extract(doc, '$.parent_id') = ?",
            (client_id,),
        ):
            self.delete(row["client_id"])
        for table in ("clients", "roles", "consents"):
            self._db.run(f"DELETE FROM {table} WHERE client_id = ?", (client_id,))

    def count(self, where: Condition) -> int:
        """How many clients meet the condition."""
        row = self._db.row(f"SELECT COUNT(*) AS n FROM clients WHERE {where.sql}", where.values)
        return row["n"] if row else 0

    def select(
        self, where: Condition, order: Condition, limit: int | None, offset: int | None
    ) -> list[dict[str, Any]]:
        """The clients that meet a condition, sorted and paged."""
        rows = self._db.rows(
            f"SELECT doc FROM clients WHERE {where.sql} ORDER BY {order.sql} LIMIT ? OFFSET ?",
            (*where.values, *order.values, -1 if limit is None else limit, offset or 0),
        )
        return [json.loads(row["doc"]) for row in rows]

    def domains(self) -> list[str]:
        """Every client's application URL, where it has one."""
        rows = self._db.rows("SELECT json_extract(doc, '$.domain') AS domain FROM clients")
        return [row["domain"] for row in rows if row["domain"]]

    def role(self, user_id: int, client_id: str) -> str | None:
        """The user's role in a client, or None."""
        row = self._db.row(
            "SELECT role FROM roles WHERE user_id = ? AND client_id = ?", (user_id, client_id)
        )
        return row["role"] if row else None

    def set_role(self, user_id: int, client_id: str, role: str) -> None:
        """Give the user a role in a client, instead of any that was there."""
        self._db.run("INSERT OR REPLACE INTO roles VALUES (?, ?, ?)", (user_id, client_id, role))

    def role_count(self, client_id: str) -> int:
        """How many users have a role in a client."""
        row = self._db.row("SELECT COUNT(*) AS n FROM roles WHERE client_id = ?", (client_id,))
        return row["n"] if row else 0

    def members(self, client_id: str) -> list[tuple[int, str]]:
        """The ids and roles of a client's users, by id."""
        rows = self._db.rows(
            "SELECT user_id, role FROM roles WHERE client_id = ? ORDER BY user_id", (client_id,)
        )
        return [(row["user_id"], row["role"]) for row in rows]

    def home(self, user_id: int) -> str | None:
        """The client under which a user creates clients: the system, or the own organization."""
        row = self._db.row(
            "SELECT r.client_id FROM roles r JOIN clients c USING (client_id)"
            " WHERE r.user_id = ? AND r.role IN ('OWNER', 'EDITOR')"
            " AND json_extract(c.doc, '$.parent_id') IS NULL ORDER BY c.rowid LIMIT 1",
            (user_id,),
        )
        return row["client_id"] if row else None
