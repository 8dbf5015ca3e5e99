# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: the access token that requests are authorised with."""

from __future__ import annotations

from .errors import EncvoyError
from .login import find_system_client_id, log_in, revoke
from .session import Session


class Credentials:
    """An access token: a given one, and an own one where an account is given.

    :param system_client_id: found where it is not given and needed
    :param account: login and password
    """

    def __init__(
        self,
        session: Session,
        system_client_id: str | None = None,
        access_token: str | None = None,
        account: tuple[str, str] | None = None,
    ) -> None:
        self._session = session
        self._system_client_id = system_client_id
        self._access_token = access_token
        self._account = account
        self._own_token: str | None = None

    def system_client_id(self) -> str:
        if not self._system_client_id:
            self._system_client_id = find_system_client_id(self._session)
        return self._system_client_id

    def header(self) -> str:
        """The value of the Authorization header."""
        if self._access_token is None:
            self.renew()
        return f"Bearer {self._access_token}"

    def renew(self) -> bool:
        """After the server refused the token: log in, once; whether there is another token now."""
        if self._account is None or self._own_token is not None:
            return False
        login, password = self._account
        token = log_in(self._session, self.system_client_id(), login, password)
        self._access_token = self._own_token = token.access_token
        return True

    def close(self) -> str | None:
        """Revoke the own token; a given one belongs to the giver.

        :returns: why it could not be revoked. It expires by itself within half an hour, so that
            is no failure of the task.
        """
        if self._own_token is not None:
            try:
                revoke(self._session, self.system_client_id(), self._own_token)
            except EncvoyError as error:
                return f"{error} The access token of this task expires by itself."
        return None
