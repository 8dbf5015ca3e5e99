# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: which claims about a user the server releases to applications."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .api import Api
from .errors import (
    EncvoyError,
    RequestRejected,
)

_DEFAULTS = "default_public_profile_claims_oauth"
_CLAIMS = "public_profile_claims_oauth"
# The server itself gives it to each user, and an application needs it; so it is never taken away.
_ALWAYS = "id"


@dataclass(frozen=True)
class User:
    """A user, and the names of the claims that applications get about this user."""

    id: int
    login: str | None
    claims: tuple[str, ...]

    def shown(self) -> dict[str, Any]:
        return {"id": self.id, "login": self.login, "claims": list(self.claims)}


def claim_faults(claims: Iterable[str]) -> list[str]:
    """The server separates names by spaces and stores unknown ones as they are."""
    return [
        f"claims: {claim!r} is not the name of a claim, as email or given_name."
        for claim in claims
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", claim)
    ]


def wanted(current: Iterable[str], claims: Iterable[str], state: str) -> list[str]:
    """The claims after a change: ``state`` is present (add), absent (take away) or exact."""
    now, asked = list(dict.fromkeys(current)), list(dict.fromkeys(claims))
    if state == "present":
        return now + [claim for claim in asked if claim not in now]
    if state == "absent":
        return [claim for claim in now if claim not in asked or claim == _ALWAYS]
    kept = [claim for claim in now if claim in asked or claim == _ALWAYS]
    return kept + [claim for claim in asked if claim not in kept]


class PublicClaims:
    """The release settings that one account reaches."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def defaults(self) -> list[str]:
        """What users get who are created from now on."""
        settings = self._api.get("read the server's settings", "/settings")
        if not isinstance(settings, dict) or not isinstance(settings.get(_DEFAULTS), str):
            raise EncvoyError(
                f"Could not read the server's settings: there is no {_DEFAULTS} in the answer."
                " Check url."
            )
        return _split(settings[_DEFAULTS])

    def set_defaults(self, claims: Iterable[str]) -> None:
        claims = list(claims)
        self._api.put(
            "set the claims that are released about new users",
            "/settings",
            {_DEFAULTS: " ".join(claims)},
        )
        if set(self.defaults()) != set(claims):
            raise EncvoyError(
                "The server did not store the claims that are released about new users. Run again."
            )

    def everybody(self, limit: int) -> list[User]:
        """The first ``limit`` users by id, fewer when there are fewer."""
        found = []
        if limit:
            for row in self._rows({}):
                found.append(self._read(_user_id(row)))
                if len(found) == limit:
                    break
        return found

    def named(self, login: str) -> User:
        """The user with this login. Raises EncvoyError when there is none."""
        for row in self._rows({"search": login}):
            user = self._read(_user_id(row))
            if user.login == login:
                return user
        raise EncvoyError(
            f"users: there is no user with the login {login!r}, or the account may not see it."
        )

    def set_user(self, user: User, claims: Iterable[str]) -> User:
        claims = list(claims)
        added = [claim for claim in claims if claim not in user.claims]
        removed = [claim for claim in user.claims if claim not in claims]
        what = f"set the claims that are released about {user.login!r}"
        for privacy, names in (("publicOauth", added), ("private", removed)):
            if names:
                body = {"claim_privacy": privacy, "field": " ".join(names)}
                self._api.put(what, f"/users/{user.id}/private_scopes", body)
        now = self._read(user.id)
        if set(now.claims) != set(claims):
            raise EncvoyError(f"Could not {what}: the server did not store them. Run again.")
        return now

    def _rows(self, parameters: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        system = self._api.credentials.system_client_id()
        return self._api.pages("list the users", f"/clients/{system}/users", "id", parameters)

    def _read(self, user_id: int) -> User:
        """Only for an id that was just listed: for any other the server never answers.

        The user's own route, /users/<id>/private_scopes, never answers for users who have not
        logged in yet.
        """
        system = self._api.credentials.system_client_id()
        answer = self._api.get(f"read the user {user_id}", f"/clients/{system}/users/{user_id}")
        user = answer.get("user") if isinstance(answer, dict) else None
        if not isinstance(user, dict) or not isinstance(user.get(_CLAIMS), str):
            raise RequestRejected(
                "Could not read what is released about users: that takes the role owner or editor"
                " of the system.",
                status=403,
            )
        return User(user_id, user.get("login"), tuple(_split(user[_CLAIMS])))


def _user_id(row: Mapping[str, Any]) -> int:
    user = row.get("user")
    if not isinstance(user, dict) or not isinstance(user.get("id"), int):
        raise EncvoyError("Could not list the users: the server's answer has no ids. Check url.")
    return int(user["id"])


def _split(claims: str) -> list[str]:
    return list(dict.fromkeys(claims.split()))
