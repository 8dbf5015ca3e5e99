# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: client applications: find, read, send, change, delete."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from ..api import ADMINISTRATOR, Api
from ..errors import EncvoyError, OutcomeUnknown, RequestRejected
from .plan import differing

# The server's ids are letters and digits; its own client's id is chosen by the administrator.
_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._~-]*")
# The roles that see every client, and those that see some and may create one.
SEES_ALL = ("OWNER", "EDITOR")
_SEES_SOME = (*SEES_ALL, "ADMIN")


class Clients:
    """The client applications that one account reaches."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.session = api.session

    # --- Reading ----------------------------------------------------------------------------------

    def read(self, client_id: str) -> dict[str, Any] | None:
        """The whole record, secret included; None when there is no such client.

        :raises EncvoyError: when the account gets only the short form, which has no redirect_uris:
            compared with that, everything would look changed
        """
        if not _ID.fullmatch(client_id):
            raise EncvoyError(
                f"client_id: {client_id!r} is not an id. Give one, for example"
                " navhZjqZ0XfnDfXZpNnXwT."
            )
        what = f"read the client {client_id}"
        record = self._api.get(what, _path(client_id))
        if (
            not isinstance(record, dict)
            or not {"client_id", "rules"}.intersection(record)
            or record.get("client_id", client_id) != client_id
        ):
            raise EncvoyError(
                f"Could not {what}: the server's answer is not a client. Check client_id and url."
            )
        if "client_id" not in record:
            # For a missing id the server answers 200 with {"rules": []}.
            return None
        if "redirect_uris" not in record:
            raise EncvoyError(
                f"Could not {what}: the account's role is shown only its public part. That takes"
                " the role owner or editor of the system, or manager of the organization that the"
                " client belongs to."
            )
        if not isinstance(record.get("client_secret"), str):
            raise EncvoyError(
                f"Could not {what}: the server's answer has no client_secret. Check url, and"
                " whether a proxy changes the answers."
            )
        self.session.secrets.add(record["client_secret"])
        return record

    def find(self, name: str, domain: str) -> list[dict[str, Any]]:
        """The list rows of all clients with exactly this name and address, the oldest first."""
        what = f"look for the client {name!r}"
        rows = self._filtered(what, {"name": name, "domain": domain})
        exact = [row for row in rows if row.get("name") == name and row.get("domain") == domain]
        return sorted(exact, key=_age)

    def serving(self, redirect_uri: str) -> list[dict[str, Any]]:
        """The list rows of the clients that have this redirect URI."""
        return list(
            self._filtered("look for similar clients", {"redirect_uris": {"has": redirect_uri}})
        )

    def search(self, parameters: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """The list rows for ``search`` or ``filter``, without the system client."""
        for row in self._api.pages("list the clients", "/clients", "client_id", parameters):
            if not self.is_system(row):
                yield row

    def _filtered(self, what: str, condition: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        return self._api.pages(what, "/clients", "client_id", {"filter": json.dumps(condition)})

    def locate(
        self, client_id: str | None, name: str | None, domain: str | None
    ) -> dict[str, Any] | None:
        """The one client that is meant, whole; None when there is none.

        :raises EncvoyError: when several match
        """
        if client_id is not None:
            return self.read(client_id)
        rows = self.find(name or "", domain or "")
        if len(rows) > 1:
            raise EncvoyError(
                f"{len(rows)} clients have the name {name!r} and the application URL {domain!r}:"
                f" {listed(rows)}. Say which one is meant with client_id, and delete the others."
            )
        return self.must_read(rows[0]["client_id"]) if rows else None

    def is_system(self, record: Mapping[str, Any]) -> bool:
        """Whether this is the server's own client. Only it and organizations have no parent."""
        if record.get("parent_id") or record.get("parent"):
            return False
        if str(record.get("domain") or "").rstrip("/") == self.session.settings.url:
            return True
        return record.get("client_id") == self._api.credentials.system_client_id()

    # --- Writing ----------------------------------------------------------------------------------

    def roles(self) -> list[str]:
        """The account's roles in the system: OWNER, EDITOR, ADMIN (of an organization), USER."""
        account = self._api.get("read the account's role", "/users/me")
        roles = account.get("Role") if isinstance(account, dict) else None
        return [str(role.get("role")) for role in roles or [] if isinstance(role, dict)]

    def require_sight(self, what: str, sees: Iterable[str] = _SEES_SOME) -> None:
        """Raise EncvoyError when the account could not see a client that is there.

        A user sees an empty list and no error, a manager the clients of the own organization.

        :param what: completes "Could not …"
        :param sees: the roles that see enough
        """
        roles = self.roles()
        if not set(roles).intersection(sees):
            others = ", or manager of an organization" if "ADMIN" in sees else ""
            raise EncvoyError(
                f"Could not {what}: the account has the role {', '.join(roles) or 'none'}, which"
                f" does not see every client. That takes the role {ADMINISTRATOR}{others}."
            )

    def require_type(self, type_id: str) -> None:
        """Raise EncvoyError for an unknown type: a request that names one is never answered."""
        what = "read the types of clients"
        rows = self._api.rows(what, self._api.get(what, "/settings/client_types"))
        known = {str(row.get("id")): row.get("name") for row in rows}
        if type_id not in known:
            listed = ", ".join(f"{key} ({name})" for key, name in known.items()) or "none"
            raise EncvoyError(
                f"type_id: {type_id!r} does not exist. The server has: {listed}. Give one of these."
            )

    def must_read(self, client_id: str) -> dict[str, Any]:
        record = self.read(client_id)
        if record is None:
            raise EncvoyError(
                f"The client {client_id} has just been deleted by something else. Run again."
            )
        return record

    def post(self, body: Mapping[str, Any]) -> str:
        """Send a creation, once; returns the id. See creation for doing it safely."""
        what = f"create the client {body['name']!r}"
        answer = self._api.post(what, "/clients", body)
        if not isinstance(answer, dict) or not isinstance(answer.get("client_id"), str):
            raise OutcomeUnknown(
                f"Could not {what}: the server's answer has no client_id. Run again."
            )
        self.session.secrets.add(answer.get("client_secret"))
        return str(answer["client_id"])

    def update(self, record: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
        """Send the changes of a client that was just read; returns the new record."""
        client_id = record["client_id"]
        what = f"change the client {record.get('name')!r} ({client_id})"
        self.session.secrets.add(changes.get("client_secret"))
        message = f"Could not {what}: the server agreed, but did not do it. Run again."
        now: Any = None
        try:
            now = self._api.put(what, _path(client_id), changes)
        except OutcomeUnknown as lost:
            message = f"{lost} The client was not changed."
        except RequestRejected as refused:
            if refused.status < 500:
                raise
            message = f"{refused} The client was not changed."
        if not isinstance(now, dict) or not {"client_id", "redirect_uris"}.issubset(now):
            now = self.must_read(client_id)
        updated: dict[str, Any] = now
        if differing(changes, updated):
            raise EncvoyError(message)
        return updated

    def delete(self, client_id: str) -> None:
        what = f"delete the client {client_id}"
        message = f"Could not {what}: the server agreed, but it is still there. Run again."
        try:
            self._api.delete(what, _path(client_id))
        except OutcomeUnknown as lost:
            message = f"{lost} The client was not deleted."
        try:
            gone = self.read(client_id) is None
        except RequestRejected as refused:
            # To a manager of an organization, a client that is not there is one out of reach.
            if refused.code != "T3E0026":
                raise
            gone = True
        if not gone:
            raise EncvoyError(message)


def _path(client_id: str) -> str:
    return "/clients/" + quote(client_id, safe="")


def _age(row: Mapping[str, Any]) -> tuple[str, str]:
    """Sorts the oldest first, in the same order for everybody who looks."""
    return str(row.get("created_at")), str(row.get("client_id"))


def listed(rows: list[dict[str, Any]]) -> str:
    """Clients in an error message."""
    return ", ".join(f"{row['client_id']} (created {row.get('created_at')})" for row in rows)
