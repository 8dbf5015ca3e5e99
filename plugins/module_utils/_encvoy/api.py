# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: the management API: authorised requests, errors, paging."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .credentials import Credentials
from .errors import EncvoyError, OutcomeUnknown, RequestRejected
from .session import Answer, Session

_ROOT = "/api/v1"
_PAGE = 100
_TOKEN_REFUSED = "T3E0068"  # noqa: S105 -- an error code of the server

# Who may do something; completes "That takes the role …".
ADMINISTRATOR = "owner or editor of the system"
MANAGER = f"{ADMINISTRATOR}, or manager of the organization that it belongs to"

_STRANGE = " Check url, and whether a proxy or another application answers there."
# What to do, by the server's error code. The texts that come with the codes are in the server's
# language setting, so nothing may depend on them.
_ADVICE = {
    _TOKEN_REFUSED: "The access token is expired, revoked, or of another server or client than the"
    " system client. Run encvoy_login again, or give login and password beside it, so that it can"
    " be renewed.",
    "T3E0003": "There is no such login.",
    "T3E0067": "The system client must not be changed.",
    "T3E0072": "Check login and password.",
    "T3E0073": "The server does not allow this kind of login (number, e-mail or name).",
}


class Api:
    """The management API as one account.

    Everywhere, ``what`` completes "Could not …", and ``role`` "That takes the role …".
    """

    def __init__(self, session: Session, credentials: Credentials) -> None:
        self.session = session
        self.credentials = credentials

    def get(
        self,
        what: str,
        path: str,
        params: Mapping[str, Any] | None = None,
        role: str = MANAGER,
    ) -> Any:
        return self._call(what, "GET", path, role, params)

    def post(self, what: str, path: str, body: Mapping[str, Any], role: str = MANAGER) -> Any:
        return self._call(what, "POST", path, role, body=body)

    def put(self, what: str, path: str, body: Mapping[str, Any], role: str = MANAGER) -> Any:
        return self._call(what, "PUT", path, role, body=body)

    def delete(self, what: str, path: str, role: str = MANAGER) -> None:
        self._call(what, "DELETE", path, role)

    def pages(
        self, what: str, path: str, key: str, params: Mapping[str, Any], role: str = MANAGER
    ) -> Iterator[dict[str, Any]]:
        """All rows, page by page.

        :param key: a unique field: sorted by any other, the server loses rows between pages
        """
        order = {"sortBy": key, "sortDirection": "asc", "limit": _PAGE}
        offset = 0
        while True:
            answer = self.get(what, path, {**params, **order, "offset": offset}, role)
            rows = self.rows(what, answer)
            yield from rows
            if len(rows) < _PAGE:
                return
            offset += _PAGE

    def rows(self, what: str, answer: Any) -> list[dict[str, Any]]:
        if not isinstance(answer, list) or not all(isinstance(row, dict) for row in answer):
            raise EncvoyError(
                f"Could not {what}: the server's answer is not a list of objects.{_STRANGE}"
            )
        return answer

    def _call(
        self,
        what: str,
        method: str,
        path: str,
        role: str,
        params: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        """The parsed body; None for an empty one."""
        answer = self._send(what, method, path, params, body)
        # A request with a refused token did nothing, so even a create may be sent again.
        if answer.status == 401 and _code(answer) == _TOKEN_REFUSED and self.credentials.renew():
            answer = self._send(what, method, path, params, body)
        if answer.status >= 400:
            raise self._rejection(what, method, role, answer)
        if answer.status < 300 and not answer.body:
            return None
        parsed = answer.json()
        if answer.status >= 300 or parsed is None:
            error = self._strange_text(what, answer)
            raise EncvoyError(error) if method == "GET" else OutcomeUnknown(error)
        return parsed

    def _send(
        self,
        what: str,
        method: str,
        path: str,
        params: Mapping[str, Any] | None,
        body: Mapping[str, Any] | None,
    ) -> Answer:
        headers = {"Authorization": self.credentials.header()}
        return self.session.send(
            what, method, _ROOT + path, params=params, body=body, headers=headers
        )

    def _strange_text(self, what: str, answer: Answer) -> str:
        kind = "HTML" if b"<html" in answer.body[:1000].lower() else "something else"
        text = f"Could not {what}: the server answered {answer.status} with {kind} instead of JSON."
        if answer.location:
            text += f" The answer leads to {self.session.redact(answer.location)}."
        return text + _STRANGE

    def _rejection(self, what: str, method: str, role: str, answer: Answer) -> EncvoyError:
        document, code = answer.fields(), _code(answer)
        said = ", ".join(
            self.session.redact(document[key])
            for key in ("message", "details")
            if document.get(key)
        )
        reason = ", ".join(part for part in (code, said) if part)
        text = f"Could not {what}: the server answered {answer.status}"
        text += f" ({reason})." if reason else "."
        advice = _advice(answer.status, code, role, bool(document.get("details")))
        text += f" {advice}" if advice else ""
        if answer.status >= 500 and method == "POST":
            return OutcomeUnknown(text)
        return RequestRejected(text, answer.status, code)


def _advice(status: int, code: str | None, role: str, has_details: bool) -> str | None:
    if status >= 500:
        # Measured: with its OIDC service down, the server answers 500 with details.
        service = "see that its OIDC service runs, " if has_details else ""
        return (
            f"The server or what stands behind it is in trouble: {service}see its log, and run"
            " again."
        )
    if status == 429:
        return "The server limits the number of requests. Run again later."
    if status == 403 and code is None:
        return f"The account's role does not allow it. That takes the role {role}."
    if code == "T3E0026":
        return (
            "There is no such object, or the account's role does not reach it. That takes the role"
            f" {role}."
        )
    return _ADVICE.get(code or "")


def _code(answer: Answer) -> str | None:
    """The last part of the errorCode, ``T3E0068`` of ``translation.errors.T3E0068``."""
    code = answer.fields().get("errorCode")
    return code.rsplit(".", 1)[-1] if isinstance(code, str) else None
