# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: which claims about a user the server releases to applications."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from .api import ADMINISTRATOR, Api
from .errors import EncvoyError, OutcomeUnknown, RequestRejected

_DEFAULTS = "default_public_profile_claims_oauth"
_CLAIMS = "public_profile_claims_oauth"
# The server itself gives it to each user, and an application needs it; so it is never taken away.
_ALWAYS = "id"
# The fields that a login to an application needs a value of, released or not.
_LOGIN_FIELDS = ("email", "given_name", "family_name", "nickname")
# Claims that are no fields of a profile, and the fields of every server: what a server that does
# not list its fields is taken to have.
_BESIDE_FIELDS = ("id", "email_public", "email_verified", "phone_number_verified", "locale")
_STANDARD_FIELDS = (
    *("sub", "login", "email", "phone_number", "nickname", "given_name", "family_name"),
    *("birthdate", "picture", "custom_fields", "password_updated_at", "password_change_required"),
)


@dataclass(frozen=True)
class User:
    """A user as far as applications are concerned.

    :param claims: the names of the claims that are released to applications
    :param empty: the fields that a login needs and that the person has not filled in
    """

    id: int
    login: str | None
    claims: tuple[str, ...]
    email: str | None = None
    empty: tuple[str, ...] = ()

    def shown(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "login": self.login,
            "email": self.email,
            "claims": list(self.claims),
            "empty": list(self.empty),
        }

    def with_claims(self, claims: Iterable[str]) -> User:
        return replace(self, claims=tuple(claims))


def claim_faults(claims: Iterable[str]) -> list[str]:
    """The server separates names by spaces and stores unknown ones as they are."""
    return [
        f"claims: {claim!r} is not the name of a claim. Give one, for example email."
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

    # --- Reading ----------------------------------------------------------------------------------

    def defaults(self) -> list[str]:
        """What is released about users who are created from now on."""
        settings = self._api.get("read the server's settings", "/settings")
        if not isinstance(settings, dict) or not isinstance(settings.get(_DEFAULTS), str):
            raise EncvoyError(
                f"Could not read the server's settings: there is no {_DEFAULTS} in the answer."
                " Check url."
            )
        return _split(settings[_DEFAULTS])

    def overview(self, limit: int) -> dict[str, Any]:
        """``default_claims``, ``users`` (None where the account may not see them, and why).

        :param limit: users to read at most; each takes a request
        """
        found: dict[str, Any] = {"default_claims": self.defaults(), "users_reason": None}
        try:
            # One more than asked for tells whether there are more.
            users = self.first_users(limit + 1 if limit else 0)
        except RequestRejected as refused:
            if refused.status != 403:
                raise
            return {**found, "users": None, "users_reason": str(refused), "users_complete": False}
        return {
            **found,
            "users": [user.shown() for user in users[:limit]],
            "users_complete": limit > 0 and len(users) <= limit,
        }

    def first_users(self, limit: int) -> list[User]:
        """The first ``limit`` users by id, fewer when there are fewer."""
        found: list[User] = []
        if limit:
            for row in self._rows({}):
                found.append(self._read(_user_id(row)))
                if len(found) == limit:
                    break
        return found

    def named(self, names: Iterable[str]) -> dict[str, User]:
        """The users with these logins or e-mail addresses, each once, by the first of its names.

        :raises EncvoyError: for names that are nobody's, all of them at once, or several people's
        """
        found = {name: self._candidates(name) for name in dict.fromkeys(names)}
        missing = [repr(name) for name, users in found.items() if not users]
        if missing:
            raise EncvoyError(
                f"users: no user has the login or e-mail address {', '.join(missing)}, or the"
                " account may not see that user. Correct the name, or use an account with the role"
                f" {ADMINISTRATOR}."
            )
        for name, users in found.items():
            if len(users) > 1:
                logins = ", ".join(repr(user.login) for user in users)
                raise EncvoyError(
                    f"users: {name!r} is the e-mail address of {len(users)} users: {logins}. Name"
                    " the one that is meant by the login."
                )
        first: dict[int, tuple[str, User]] = {}
        for name, users in found.items():
            first.setdefault(users[0].id, (name, users[0]))
        return dict(first.values())

    def known_names(self) -> frozenset[str]:
        """What a claim can be called: the server's own profile fields, and what goes with them."""
        what = "read the fields of a profile"
        try:
            answer = self._api.get(what, "/settings/profile_fields", role=ADMINISTRATOR)
            rows = self._api.rows(what, answer)
        except RequestRejected as refused:
            if refused.status != 404:
                raise
            rows = []
        names = [row.get("field") or row.get("key") or row.get("name") for row in rows]
        listed = [name for name in names if isinstance(name, str)]
        return frozenset([*_BESIDE_FIELDS, *(listed or _STANDARD_FIELDS)])

    def _candidates(self, name: str) -> list[User]:
        """The user with this login, else all with this e-mail address (the server's lower case)."""
        users = [self._read(_user_id(row)) for row in self._rows({"search": name})]
        by_login = [user for user in users if user.login == name]
        return by_login or [user for user in users if (user.email or "").lower() == name.lower()]

    def _rows(self, parameters: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        return self._api.pages("list the users", self._path(), "id", parameters, ADMINISTRATOR)

    def _path(self, user_id: int | None = None) -> str:
        """The route of the users: they are those of the system client."""
        system = quote(self._api.credentials.system_client_id(), safe="")
        return f"/clients/{system}/users" + ("" if user_id is None else f"/{user_id}")

    def _read(self, user_id: int) -> User:
        """One user, only for an id that was just listed: for any other the server never answers.

        The user's own route, /users/<id>/private_scopes, never answers for users who have not
        logged in yet.
        """
        what = f"read the user {user_id}"
        answer = self._api.get(what, self._path(user_id), role=ADMINISTRATOR)
        user = answer.get("user") if isinstance(answer, dict) else None
        if not isinstance(user, dict) or not isinstance(user.get(_CLAIMS), str):
            raise RequestRejected(
                "Could not read what is released about users. That takes the role"
                f" {ADMINISTRATOR}.",
                status=403,
            )
        empty = tuple(name for name in _LOGIN_FIELDS if not str(user.get(name) or "").strip())
        claims = tuple(_split(user[_CLAIMS]))
        return User(user_id, user.get("login"), claims, user.get("email") or None, empty)

    # --- Writing ----------------------------------------------------------------------------------

    def set_defaults(self, claims: Iterable[str]) -> None:
        claims = list(claims)
        what = "set the claims that are released about new users"
        with _may_have_changed():
            self._api.put(what, "/settings", {_DEFAULTS: " ".join(claims)}, ADMINISTRATOR)
        if set(self.defaults()) != set(claims):
            raise EncvoyError(f"Could not {what}: the server did not store them. Run again.")

    def set_user(self, user: User, claims: Iterable[str]) -> User:
        claims = list(claims)
        added = [claim for claim in claims if claim not in user.claims]
        removed = [claim for claim in user.claims if claim not in claims]
        what = f"set the claims that are released about {user.login!r}"
        sent = False
        for privacy, names in (("publicOauth", added), ("private", removed)):
            if names:
                body = {"claim_privacy": privacy, "field": " ".join(names)}
                with _may_have_changed(sent):
                    self._api.put(what, f"/users/{user.id}/private_scopes", body, ADMINISTRATOR)
                sent = True
        now = self._read(user.id)
        if set(now.claims) != set(claims):
            raise EncvoyError(
                f"Could not {what}: the server did not store them. Run again.",
                {"changed": set(now.claims) != set(user.claims)},
            )
        return now


@contextlib.contextmanager
def _may_have_changed(already: bool = False) -> Iterator[None]:
    """Mark the error of a write that took effect in part, or of which nobody knows."""
    try:
        yield
    except EncvoyError as error:
        if already or isinstance(error, OutcomeUnknown):
            error.result["changed"] = True
        raise


def _user_id(row: Mapping[str, Any]) -> int:
    user = row.get("user")
    if not isinstance(user, dict) or not isinstance(user.get("id"), int):
        raise EncvoyError("Could not list the users: the server's answer has no ids. Check url.")
    return int(user["id"])


def _split(claims: str) -> list[str]:
    return list(dict.fromkeys(claims.split()))
