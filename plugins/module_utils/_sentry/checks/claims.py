# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: checks of what Encvoy ID tells Sentry about people.

The members of the Sentry organization are judged, by what is released about them and by what they
have filled in. Other accounts of Encvoy ID, service accounts among them, are only counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..docker import SentryError
from ..observations import Member
from .result import ERROR, WARNING, Check, failed, passed

_MOST_NAMES = 10


@dataclass(frozen=True)
class Person:
    """A user of Encvoy ID.

    :param released: claims that applications get
    :param empty: profile fields that the person has not filled in
    """

    user_id: str
    login: str | None
    email: str | None
    released: frozenset[str]
    empty: frozenset[str]

    @property
    def name(self) -> str:
        return self.login or self.email or self.user_id

    def tells(self, claims: Iterable[str]) -> bool:
        """Whether applications get all of these, filled in."""
        return set(claims) <= self.released - self.empty


@dataclass(frozen=True)
class Claims:
    """What Encvoy ID releases.

    :param of_new_users: claims that users made from now on release
    :param users: None when the credentials may see none
    :param reason: why there are none
    :param is_complete: whether all users are among them
    """

    of_new_users: frozenset[str]
    users: tuple[Person, ...] | None
    reason: str | None = None
    is_complete: bool = True

    @classmethod
    def from_option(cls, found: Mapping[str, Any]) -> Claims:
        """Return the claims of a module's option, which encvoy_sso_info returned.

        :raises SentryError: they are something else
        """
        users = found.get("users")
        try:
            return cls(
                of_new_users=frozenset(found["default_claims"]),
                users=None if users is None else tuple(_person(user) for user in users),
                reason=found.get("users_reason"),
                is_complete=found.get("users_complete") is not False,
            )
        except (LookupError, TypeError, AttributeError):
            raise SentryError(
                "claims: It lacks default_claims, or its users are no users. Give what"
                " encvoy_sso_info returns as claims."
            ) from None


@dataclass(frozen=True)
class _Rule:
    """Which claims a login needs, and what happens without them."""

    name: str
    claims: tuple[str, ...]
    consequence: str
    severity: str = ERROR


_EMAIL = _Rule(
    "email_released",
    ("email",),
    'a login ends with "Authentication error: Unable to fetch user information from provider"'
    " (the id_token has no e-mail)",
)
_LINKING = _Rule(
    "silent_linking",
    ("email_verified",),
    "an existing member has to confirm with the Sentry password at the first login instead of"
    " being linked silently",
    WARNING,
)
# Encvoy ID makes the claim ``name`` of these two, and leaves it out unless both are released.
_NAME = "name"
_OF_NAME = ("given_name", "family_name")


def _rules(name_claim: str | None) -> tuple[_Rule, ...]:
    """Return the rules; a plugin that can take the name of another claim needs that one alone."""
    needed = _OF_NAME if name_claim in (None, _NAME) else (str(name_claim),)
    consequence = "without a name the first login ends with HTTP 500"
    return _EMAIL, _Rule("name_released", needed, consequence), _LINKING


def claims_checks(
    claims: Claims,
    members: Sequence[Member] | None,
    planned: Sequence[str] = (),
    name_claim: str | None = None,
) -> list[Check]:
    """Return the checks of released claims.

    :param members: of the Sentry organization, None when Sentry could not be asked
    :param planned: claims that are about to be released for new users and for the members
    :param name_claim: of which Sentry takes the name, None where its plugin takes ``name``
    """
    known = _members_at_encvoy_id(claims, members or ())
    after = [_with_planned(person, planned) for person in known]
    new_users = claims.of_new_users | set(planned)
    return [_judge(rule, claims, new_users, after, members) for rule in _rules(name_claim)]


def _judge(
    rule: _Rule,
    claims: Claims,
    new_users: frozenset[str],
    people: Sequence[Person],
    members: Sequence[Member] | None,
) -> Check:
    what = " and ".join(rule.claims)
    lacking = [person for person in people if not person.tells(rule.claims)]
    new_users_lack = not set(rule.claims) <= new_users
    seen = _seen(claims, people, members)
    if not new_users_lack and not lacking:
        return passed(rule.name, f"{what}: released for new users; {seen}.", rule.severity)
    nobody_can = bool(people) and len(lacking) == len(people)
    severity = ERROR if rule.severity == ERROR and (new_users_lack or nobody_can) else WARNING
    detail = " ".join([*_faults(rule, what, new_users_lack, lacking), f"Looked at: {seen}."])
    return failed(rule.name, detail, _action(rule, what, new_users_lack, lacking), severity)


def _faults(rule: _Rule, what: str, new_users_lack: bool, lacking: Sequence[Person]) -> list[str]:
    """Return sentences that say who does not tell what, and why that matters."""
    unreleased = [person for person in lacking if not set(rule.claims) <= person.released]
    unfilled = [person for person in lacking if person not in unreleased]
    hit = ["new users (default)"] if new_users_lack else []
    if unreleased:
        hit.append(_names(unreleased))
    found = []
    if hit:
        found.append(f"Encvoy ID does not release {what} for {' and for '.join(hit)}")
    if unfilled:
        found.append(f"{what} released, but empty in the profile of {_names(unfilled)}")
    return [f"{'; '.join(found)}: {rule.consequence}."]


def _action(rule: _Rule, what: str, new_users_lack: bool, lacking: Sequence[Person]) -> str:
    actions = []
    unreleased = [person for person in lacking if not set(rule.claims) <= person.released]
    if new_users_lack or unreleased:
        actions.append(
            f"Release {what} with the module encvoy.sentry.encvoy_public_claims, or in Encvoy ID in"
            " the profile's privacy settings; it is each person's own data."
        )
    if len(unreleased) < len(lacking):
        actions.append(f"Have {what} filled in, in Encvoy ID in the person's profile.")
    return " ".join(actions)


def _members_at_encvoy_id(claims: Claims, members: Sequence[Member]) -> list[Person]:
    """Return the users of Encvoy ID who are active members of the Sentry organization.

    Sentry knows a linked member by the id, and anybody else by the e-mail address.
    """
    active = [member for member in members if member.active]
    ids = {member.identity for member in active if member.identity}
    addresses = {email for member in active for email in member.emails}
    return [
        person
        for person in claims.users or ()
        if person.user_id in ids or (person.email or "").lower() in addresses
    ]


def _with_planned(person: Person, planned: Sequence[str]) -> Person:
    return Person(
        person.user_id,
        person.login,
        person.email,
        person.released | frozenset(planned),
        person.empty,
    )


def _seen(claims: Claims, people: Sequence[Person], members: Sequence[Member] | None) -> str:
    """Return which people were judged, and how many were not."""
    if claims.users is None:
        return f"existing users could not be looked at ({claims.reason or 'no rights'})"
    if members is None:
        return "members could not be looked at, for Sentry did not answer"
    others = len(claims.users) - len(people)
    more = "" if claims.is_complete else " and users beyond the limit"
    return (
        f"{len(people)} of {len(members)} members are users of Encvoy ID; not looked at: {others}"
        f" other users{more}"
    )


def _names(people: Sequence[Person]) -> str:
    names = [person.name for person in people]
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    listed = ", ".join(names[:_MOST_NAMES]) + more
    return f"the member {listed}" if len(names) == 1 else f"the members {listed}"


def _person(user: Mapping[str, Any]) -> Person:
    return Person(
        user_id=str(user.get("id")),
        login=user.get("login"),
        email=user.get("email"),
        released=frozenset(user.get("claims") or ()),
        empty=frozenset(user.get("empty") or ()),
    )
