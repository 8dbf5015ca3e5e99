# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vendor's guide, followed to the letter, ends in no login; `verify` says why beforehand.

Its omissions are made in the finished sandbox, all three at once, and put right again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from tests.support.browser_session import BrowserSession, Credentials
from tests.support.commands import Play
from tests.system.encvoy_id import (
    RELEASED_BY_DEFAULT,
    client_with,
    default_claims,
    newcomer,
)
from tests.system.sandbox import Sandbox


@dataclass(frozen=True)
class Guide:
    """What following the guide has led to.

    :param report: run of ``verify``
    :param redirect_uri: the only one that the client had then
    :param refusal: what somebody saw then who chose to log in with Encvoy ID
    :param nobody: somebody who releases what an Encvoy ID as it comes releases
    :param nameless: somebody who releases the e-mail too
    """

    report: Play
    redirect_uri: str
    refusal: httpx.Response
    nobody: Credentials
    nameless: Credentials

    def failed(self, check: str) -> str:
        """What ``verify`` says from the failed check on."""
        _before, mark, said = self.report.words.partition(f"✘ {check}: ")
        assert mark, self.report.output
        return said


@pytest.fixture(scope="module")
def guide(sandbox: Sandbox) -> Iterator[Guide]:
    uri = f"{sandbox.sentry_url}/auth/sso"
    with default_claims(sandbox, RELEASED_BY_DEFAULT):
        nobody, nameless = newcomer(sandbox), newcomer(sandbox, "email")
        with client_with(sandbox, redirect_uris=[uri]), sandbox.browser_session() as visitor:
            report = sandbox.play("verify")
            refusal = visitor.choose_provider()
        yield Guide(report, uri, refusal, nobody, nameless)


def test_verify_fails(guide: Guide) -> None:
    assert guide.report.returncode != 0, guide.report.output


def test_the_redirect_uri_without_a_slash_is_refused(guide: Guide) -> None:
    assert f"add {guide.redirect_uri}/ to the client" in guide.failed("redirect_uri_accepted")
    assert guide.refusal.status_code == 400
    assert "invalid_redirect_uri" in guide.refusal.text


def test_without_a_public_e_mail_the_login_ends_in_sentrys_error(
    guide: Guide, visitor: BrowserSession
) -> None:
    page = visitor.log_in_with_encvoy_id(guide.nobody)

    assert "Unable to fetch user information" in guide.failed("email_released")
    assert "Unable to fetch user information from provider" in page.text
    assert visitor.who_am_i().status_code == 401


def test_with_an_e_mail_and_no_name_the_first_login_is_a_server_error(
    guide: Guide, visitor: BrowserSession
) -> None:
    offer = visitor.log_in_with_encvoy_id(guide.nameless)
    page = visitor.accept_new_account(offer)

    assert "HTTP 500" in guide.failed("name_released")
    assert page.status_code == 500
    assert visitor.who_am_i().status_code == 401
