# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""claims: what is to be released after a change, and who is meant by a name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.api import Api
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.claims import (
    PublicClaims,
    claim_faults,
    wanted,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.credentials import Credentials
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.errors import EncvoyError
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.session import Session, Settings
from tests.support.encvoy_server import EncvoyServer

NAMES = st.lists(st.sampled_from(["id", "email", "picture", "nickname"]), max_size=5)


@contextmanager
def claims_of(here: EncvoyServer, account: str = "root") -> Iterator[PublicClaims]:
    with Session(Settings(here.url)) as session:
        yield PublicClaims(Api(session, Credentials(session, access_token=here.tokens[account])))


@pytest.mark.parametrize(
    ("state", "current", "asked", "after"),
    [
        ("present", ["id", "email"], ["picture"], ["id", "email", "picture"]),
        ("present", ["email"], ["email", "email"], ["email"]),
        ("absent", ["id", "email"], ["email", "picture"], ["id"]),
        ("absent", ["id", "email"], ["id"], ["id", "email"]),
        ("exact", ["id", "email"], ["picture"], ["id", "picture"]),
        ("exact", ["email", "picture"], ["picture", "email"], ["email", "picture"]),
        ("exact", ["id"], [], ["id"]),
        ("exact", [], ["id"], ["id"]),
    ],
)
def test_what_is_wanted(state: str, current: list[str], asked: list[str], after: list[str]) -> None:
    assert wanted(current, asked, state) == after


@given(NAMES, NAMES, st.sampled_from(["present", "absent", "exact"]))
def test_what_is_wanted_is_wanted_again(current: list[str], asked: list[str], state: str) -> None:
    once = wanted(current, asked, state)
    assert wanted(once, asked, state) == once
    assert ("id" in once) >= ("id" in current)


@pytest.mark.parametrize("name", ["", "a b", "1a", "e-mail", "é", "a\n"])
def test_what_cannot_be_the_name_of_a_claim(name: str) -> None:
    (fault,) = claim_faults([name, "email"])
    assert fault.startswith(f"claims: {name!r} is not the name of a claim.")


def test_a_login_counts_before_an_email_address(encvoy: EncvoyServer) -> None:
    encvoy.server.store.users.update(5, {"email": "alice"})
    with claims_of(encvoy) as claims:
        assert claims.named(["alice"])["alice"].id == 4


def test_the_names_that_are_nobodys_are_told_at_once(encvoy: EncvoyServer) -> None:
    with claims_of(encvoy) as claims, pytest.raises(EncvoyError, match="'nobody', 'x@y.example'"):
        claims.named(["alice", "nobody", "x@y.example"])


@pytest.mark.parametrize("body", ["{}", '[{"user": {}}]', '[{"user": {"id": "4"}}]', "[5]"])
def test_a_strange_list_of_users_is_an_error(encvoy: EncvoyServer, body: str) -> None:
    encvoy.server.faults.add("GET", "/api/v1/clients/.*/users", "wrong_shape", body=body)
    with claims_of(encvoy) as claims, pytest.raises(EncvoyError, match="Could not list the users"):
        claims.first_users(1)


@pytest.mark.parametrize(
    ("body", "known"),
    [
        ([{"field": "shoe_size"}], {"shoe_size", "email_verified"}),
        ([{"key": "shoe_size"}], {"shoe_size", "id"}),
        ([], {"email", "given_name", "family_name", "nickname", "picture"}),
        ([{"other": 1}], {"email"}),
    ],
)
def test_the_names_that_are_known(
    encvoy: EncvoyServer, body: list[dict[str, object]], known: set[str]
) -> None:
    path = "/api/v1/settings/profile_fields"
    encvoy.server.faults.add("GET", path, "wrong_shape", body=json.dumps(body))
    with claims_of(encvoy) as claims:
        found = claims.known_names()
    assert known <= found
    assert ("email" in found) == ("shoe_size" not in found)


def test_a_server_that_does_not_list_its_fields_has_the_standard_ones(encvoy: EncvoyServer) -> None:
    path = "/api/v1/settings/profile_fields"
    encvoy.server.faults.add("GET", path, "status", status=404)
    with claims_of(encvoy) as claims:
        assert {"email", "birthdate", "email_verified"} <= claims.known_names()
