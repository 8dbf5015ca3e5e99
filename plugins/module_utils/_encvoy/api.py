# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: the management API: authorised requests, errors, paging."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .credentials import Credentials
from .errors import (
    EncvoyError,
    OutcomeUnknown,
    RequestRejected,
)
from .http import Answer, Session

_ROOT = "/api/v1"
_PAGE = 100
_TOKEN_REFUSED = "T3E0068"  # noqa: S105 -- an error code of the server

# What to do, by the server's error code. The texts that come with the codes are in the server's
# language setting, so nothing may depend on them.
_ADVICE = {
    _TOKEN_REFUSED: "The access token is expired, revoked, or of another client than the system"
    " client. Run encvoy_login again, or give login and password beside it, so that it can be"
    " renewed.",
    "T3E0003": "There is no such login.",
    "T3E0026": "There is no such object, or the account's role does not reach it: that takes the"
    " role owner or editor of the system, or manager of the organization that it belongs to.",
    "T3E0060": "HTTP Basic needs a login and a password that is not empty.",
    "T3E0067": "The system client must not be changed.",
    "T3E0072": "Check login and password.",
    "T3E0073": "The server does not allow this kind of login (number, e-mail or name).",
    "T3E0077": "The server runs in production, where it refuses HTTP Basic. Use auth_method login.",
}
_NO_ROLE = (
    "The account's role does not allow it: that takes the role owner or editor of the system, or"
    " manager of an organization."
)


class Api:
    """The management API as one account. ``what`` completes "Could not …" everywhere."""

    def __init__(self, session: Session, credentials: Credentials) -> None:
        self.session = session
        self.credentials = credentials

    def get(self, what: str, path: str, params: Mapping[str, Any] | None = None) -> Any:
        return self._call(what, "GET", path, params)

    def post(self, what: str, path: str, body: Mapping[str, Any]) -> Any:
        return self._call(what, "POST", path, body=body)

    def put(self, what: str, path: str, body: Mapping[str, Any]) -> Any:
        return self._call(what, "PUT", path, body=body)

    def delete(self, what: str, path: str) -> None:
        self._call(what, "DELETE", path)

    def pages(
        self, what: str, path: str, key: str, params: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """All rows, page by page.

        ``key`` is a unique field: sorted by any other, the server loses rows between pages.
        """
        offset = 0
        while True:
            rows = self.get(
                what,
                path,
                {**params, "sortBy": key, "sortDirection": "asc", "limit": _PAGE, "offset": offset},
            )
            yield from self.rows(what, rows)
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
        params: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        """The parsed body; None for an empty one."""
        answer = self._send(what, method, path, params, body)
        # A request with a refused token did nothing, so even a create may be sent again.
        if answer.status == 401 and _code(answer) == _TOKEN_REFUSED and self.credentials.renew():
            answer = self._send(what, method, path, params, body)
        if answer.status >= 400:
            raise self._refusal(what, method, answer)
        if answer.status < 300 and not answer.body:
            return None
        parsed = answer.json()
        if answer.status >= 300 or parsed is None:
            kind = "HTML" if b"<html" in answer.body[:1000].lower() else "something else"
            error = (
                f"Could not {what}: the server answered {answer.status} with {kind} instead of"
                f" JSON.{_STRANGE}"
            )
            if answer.location:
                error += f" The answer leads to {self.session.redact(answer.location)}."
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

    def _refusal(self, what: str, method: str, answer: Answer) -> EncvoyError:
        document = answer.json()
        document = document if isinstance(document, dict) else {}
        code = _code(answer)
        said = ", ".join(
            self.session.redact(document[key])
            for key in ("message", "details")
            if document.get(key)
        )
        text = f"Could not {what}: the server answered {answer.status}"
        text += f" ({', '.join(part for part in (code, said) if part)})." if code or said else "."
        if answer.status >= 500:
            text += (
                " The server or what stands behind it is in trouble: see its log, and run again."
            )
            return (
                OutcomeUnknown(text)
                if method == "POST"
                else RequestRejected(text, answer.status, code)
            )
        if answer.status == 429:
            text += " The server limits the number of requests. Run again later."
        elif answer.status == 403 and code is None:
            text += " " + _NO_ROLE
        elif code in _ADVICE:
            text += " " + _ADVICE[code]
        return RequestRejected(text, answer.status, code)


_STRANGE = " Check url, and whether a proxy or another application answers there."


def _code(answer: Answer) -> str | None:
    """The last part of the errorCode, ``T3E0068`` of ``translation.errors.T3E0068``."""
    document = answer.json()
    code = document.get("errorCode") if isinstance(document, dict) else None
    return code.rsplit(".", 1)[-1] if isinstance(code, str) else None
