# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vendor's guide, followed to the letter, ends in no login; `verify` says why beforehand.

Its omissions are made in the finished sandbox, all three at once, and put right again.
"""

from __future__ import annotations

from dataclasses import dataclass

import httpx
import pytest

from tests.support.browser_session import Account
from tests.support.commands import Play
from tests.system.encvoy_id import (
    RELEASED_BY_DEFAULT,
    client_with,
    default_claims,
    newcomer,
)


@dataclass(frozen=True)
class Guide:
    """What following the guide has led to.

    :param proof: run of ``verify``
    :param redirect_uri: the only one that the client had then
    :param refusal: what somebody saw then who chose to log in with Encvoy ID
    :param nobody: somebody who releases what an Encvoy ID as it comes releases
    :param nameless: somebody who releases the e-mail too
    """

    proof: Play
    redirect_uri: str
    refusal: httpx.Response
    nobody: Account
    nameless: Account

    def failed(self, check: str) -> str:
        """What ``verify`` says from the failed check on."""
        words = " ".join(self.proof.output.split())
        assert f"FAIL {check}:" in words, self.proof.output
        return words.split(f"FAIL {check}:", 1)[1]


@pytest.fixture(scope="module")
def guide(world):
    uri = f"{world.sentry_url}/auth/sso"
    with default_claims(world, RELEASED_BY_DEFAULT):
        nobody, nameless = newcomer(world), newcomer(world, "email")
        with client_with(world, redirect_uris=[uri]), world.person() as person:
            proof = world.play("verify")
            refusal = person.choose_provider()
        yield Guide(proof, uri, refusal, nobody, nameless)


def test_the_proof_fails(guide):
    assert guide.proof.returncode != 0, guide.proof.output


def test_the_redirect_uri_without_a_slash_is_refused(guide):
    assert f"Add {guide.redirect_uri}/" in guide.failed("redirect_uri_accepted")
    assert guide.refusal.status_code == 400
    assert "invalid_redirect_uri" in guide.refusal.text


def test_without_a_public_e_mail_the_login_ends_in_sentrys_error(guide, person):
    page = person.log_in_with_encvoy_id(guide.nobody)

    assert "Unable to fetch user information" in guide.failed("email_released")
    assert "Unable to fetch user information from provider" in page.text
    assert person.who_am_i().status_code == 401


def test_with_an_e_mail_and_no_name_the_first_login_is_a_server_error(guide, person):
    offer = person.log_in_with_encvoy_id(guide.nameless)
    page = person.accept_new_account(offer)

    assert "HTTP 500" in guide.failed("name_released")
    assert page.status_code == 500
    assert person.who_am_i().status_code == 401
