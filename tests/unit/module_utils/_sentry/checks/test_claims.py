# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Members are judged by what is released about them and by what they have filled in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.checks.claims import (
    Claims,
    claims_checks,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.checks.report import (
    Observed,
    all_checks,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.checks.result import is_ok
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.observations import Member
from tests.support.right_sentry import (
    CLAIM_NAMES,
    CLAIMS,
    EXPECTED,
    INSIDE,
    RIGHT,
    failed,
)

VENDOR = ["id", "picture", "nickname"]


def user(
    number: int, login: str, claims: Sequence[str], empty: Sequence[str] = ()
) -> dict[str, Any]:
    return {
        "id": number,
        "login": login,
        "email": f"{login}@example.com",
        "claims": list(claims),
        "empty": list(empty),
    }


def member(name: str, **changes: Any) -> Member:
    email = f"{name}@example.com"
    return replace(Member(email, (email,), None, linked=False, active=True), **changes)


def released(
    default: Sequence[str],
    users: Sequence[dict[str, Any]] | None,
    members: Sequence[str | Member] | None = None,
    planned: Sequence[str] = (),
    **claims: Any,
) -> Observed:
    """What was seen; all users are members where nothing else is said."""
    names = [each["login"] for each in users or []] if members is None else members
    people = tuple(each if isinstance(each, Member) else member(each) for each in names)
    option = {"default_claims": list(default), "users": users, **claims}
    return replace(
        RIGHT,
        inside=replace(INSIDE, members=people),
        claims=Claims.from_option(option),
        planned_claims=planned,
    )


def test_vendor_default_releases_neither_email_nor_name() -> None:
    seen = released(VENDOR, [user(2, "alice", VENDOR)])
    found = failed(seen)
    assert "Unable to fetch user information from provider" in found["email_released"].detail
    assert "new users (default) and for the member alice" in found["email_released"].detail
    assert "encvoy_public_claims" in found["email_released"].action
    assert "HTTP 500" in found["name_released"].detail
    assert "confirm with the Sentry password" in found["silent_linking"].detail
    assert [found[name].severity for name in CLAIM_NAMES] == ["error", "error", "warning"]
    assert not is_ok(all_checks(EXPECTED, seen))


def test_email_but_no_name() -> None:
    no_name = ["email", "email_verified", "given_name"]
    found = failed(released(no_name, [user(2, "alice", no_name)]))
    assert list(found) == ["name_released"]
    assert "given_name and family_name" in found["name_released"].detail


def test_some_members_cannot_log_in() -> None:
    users = [user(2, "alice", CLAIMS), user(3, "mia", ["id"]), user(4, "bob", VENDOR)]
    seen = released(CLAIMS, users)
    found = failed(seen)
    assert list(found) == CLAIM_NAMES
    assert {check.severity for check in found.values()} == {"warning"}
    assert "for the members mia, bob:" in found["email_released"].detail
    assert is_ok(all_checks(EXPECTED, seen))


def test_no_member_can_log_in() -> None:
    found = failed(released(CLAIMS, [user(2, "alice", VENDOR), user(3, "bob", VENDOR)]))
    assert found["email_released"].severity == "error"
    assert found["silent_linking"].severity == "warning"


def test_accounts_that_are_no_members_are_only_counted() -> None:
    """Service accounts never log in to Sentry, and rarely release anything."""
    users = [user(1, "root", ["id"]), user(2, "alice", CLAIMS), user(3, "editor", ["id"])]
    seen = released(CLAIMS, users, members=["alice"])
    assert not failed(seen)
    (detail,) = [
        check.detail for check in all_checks(EXPECTED, seen) if check.name == "email_released"
    ]
    assert "1 of 1 members are users of Encvoy ID; not looked at: 2 other users" in detail


def test_claims_that_are_released_and_empty() -> None:
    """A login of somebody without e-mail or name ends as if nothing were released."""
    users = [user(2, "alice", CLAIMS), user(3, "mia", CLAIMS, empty=["email", "family_name"])]
    found = failed(released(CLAIMS, users))
    assert list(found) == ["email_released", "name_released"]
    assert "email released, but empty in the profile of the member mia" in (
        found["email_released"].detail
    )
    assert "filled in, in Encvoy ID" in found["name_released"].action
    assert "encvoy_public_claims" not in found["name_released"].action
    assert found["email_released"].severity == "warning"


def test_what_is_planned_is_judged_as_done() -> None:
    users = [user(2, "alice", VENDOR), user(3, "mia", VENDOR, empty=["given_name"])]
    found = failed(released(VENDOR, users, planned=CLAIMS))
    assert list(found) == ["name_released"]
    assert "the member mia" in found["name_released"].detail


@pytest.mark.parametrize(
    "who",
    [
        member("Alice", emails=("other@example.com", "alice@example.com")),
        member("x", identity="2", linked=True),
    ],
)
def test_a_member_is_known_by_any_address_and_by_the_identity(who: Member) -> None:
    assert "email_released" in failed(released(CLAIMS, [user(2, "alice", VENDOR)], [who]))


def test_an_inactive_member_is_not_judged() -> None:
    who = member("alice", active=False)
    assert not failed(released(CLAIMS, [user(2, "alice", VENDOR)], [who]))


def test_many_members_are_not_all_named() -> None:
    users = [user(number, f"user{number:02}", VENDOR) for number in range(13)]
    detail = failed(released(CLAIMS, users))["email_released"].detail
    assert "user09 and 3 more" in detail
    assert "user10" not in detail


def test_users_that_may_not_be_seen() -> None:
    seen = released(CLAIMS, None, users_reason="role USER")
    checks = all_checks(EXPECTED, seen)
    assert is_ok(checks)
    assert "existing users could not be looked at (role USER)" in checks[-3].detail


def test_members_that_could_not_be_seen() -> None:
    seen = replace(released(CLAIMS, [user(2, "alice", VENDOR)]), inside=None)
    found = failed(seen)
    assert not set(CLAIM_NAMES) & set(found)
    assert "email_released" in failed(replace(seen, claims=Claims(frozenset(VENDOR), ())))


def test_users_beyond_the_limit_are_told() -> None:
    detail = all_checks(EXPECTED, released(CLAIMS, [], users_complete=False))[-3].detail
    assert "and users beyond the limit" in detail


def test_no_users_at_all() -> None:
    assert not failed(released(CLAIMS, []))
    assert failed(released(VENDOR, []))["email_released"].severity == "error"


_CLAIM = st.sampled_from(CLAIMS)
_USER = st.builds(
    user, st.integers(1, 4), st.sampled_from("abcd"), st.lists(_CLAIM), st.lists(_CLAIM)
)


@settings(deadline=None)
@given(
    st.lists(_CLAIM),
    st.lists(_USER, max_size=4),
    st.lists(st.sampled_from("abcd")),
    st.lists(_CLAIM),
)
def test_the_more_is_released_the_less_is_wrong(
    default: list[str], users: list[dict[str, Any]], names: list[str], planned: list[str]
) -> None:
    claims = Claims.from_option({"default_claims": default, "users": users})
    members = [member(name) for name in names]

    def wrong(also: Sequence[str]) -> set[str]:
        return {each.name for each in claims_checks(claims, members, also) if not each.ok}

    assert wrong(CLAIMS) <= wrong(planned) <= wrong(())
