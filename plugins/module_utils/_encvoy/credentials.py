# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: ways to authorise a request: an access token, HTTP Basic."""

from __future__ import annotations

import base64
import contextlib

from .errors import EncvoyError
from .http import Session
from .login import (
    find_system_client_id,
    log_in,
    revoke,
)


class Credentials:
    """How requests are authorised. ``system_client_id`` is found where it is not given."""

    def __init__(self, session: Session, system_client_id: str | None) -> None:
        self._session = session
        self._system_client_id = system_client_id

    def system_client_id(self) -> str:
        if not self._system_client_id:
            self._system_client_id = find_system_client_id(self._session)
        return self._system_client_id

    def header(self) -> str:
        """The value of the Authorization header."""
        raise NotImplementedError

    def renew(self) -> bool:
        """After the server refused the token: whether there is another one now."""
        return False

    def close(self) -> None:
        """Give back what was fetched here."""


class Bearer(Credentials):
    """An access token: a given one, and an own one where an account is given."""

    def __init__(
        self,
        session: Session,
        system_client_id: str | None,
        access_token: str | None,
        login: str | None,
        password: str | None,
    ) -> None:
        super().__init__(session, system_client_id)
        self._access_token = access_token
        self._account = (login, password) if login and password else None
        self._own_token: str | None = None

    def header(self) -> str:
        if self._access_token is None:
            self.renew()
        return f"Bearer {self._access_token}"

    def renew(self) -> bool:
        """Logs in, once."""
        if self._account is None or self._own_token is not None:
            return False
        login, password = self._account
        token = log_in(self._session, self.system_client_id(), login, password)
        self._access_token = self._own_token = token.access_token
        return True

    def close(self) -> None:
        """A token that was given belongs to the giver; the own one is revoked."""
        if self._own_token is not None:
            # It expires by itself within half an hour, so a failure here is none of the task.
            with contextlib.suppress(EncvoyError):
                revoke(self._session, self.system_client_id(), self._own_token)


class Basic(Credentials):
    """Login and password in each request, which a server in production refuses."""

    def __init__(
        self, session: Session, system_client_id: str | None, login: str, password: str
    ) -> None:
        super().__init__(session, system_client_id)
        # Measured: the server cuts the password at a colon.
        if ":" in login or ":" in password:
            raise EncvoyError(
                "auth_method: basic cannot carry a colon in login or password. Use auth_method"
                " login."
            )
        credentials = base64.b64encode(f"{login}:{password}".encode()).decode()
        session.add_secret(credentials)
        self._header = f"Basic {credentials}"

    def header(self) -> str:
        return self._header
