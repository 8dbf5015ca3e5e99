# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""People log in to the real Sentry through Encvoy ID."""

from __future__ import annotations

import pytest

from tests.support.browser_session import BrowserSession
from tests.system.sandbox import Member, Sandbox


@pytest.mark.parametrize("name", ["alice", "bob"])
def test_a_member_logs_in_through_encvoy_id(
    visitor: BrowserSession, members: dict[str, Member], name: str
) -> None:
    page = visitor.log_in_with_encvoy_id(members[name].encvoy_id)

    assert page.status_code == 200, page.text[:500]
    me = visitor.who_am_i()
    assert me.status_code == 200, me.text
    assert me.json()["email"] == members[name].email


def test_a_member_who_logged_in_before_is_not_asked_for_consent_again(
    sandbox: Sandbox, members: dict[str, Member]
) -> None:
    with sandbox.browser_session() as first:
        first.log_in_with_encvoy_id(members["alice"].encvoy_id)
    with sandbox.browser_session() as again:
        widget = again.choose_provider()
        answer = again.browser.post(
            f"{widget.url.copy_with(query=None)}/auth?type=CREDENTIALS",
            json={
                "identifier": members["alice"].encvoy_id.login,
                "password": members["alice"].encvoy_id.password,
                "prompt": "login",
            },
        )
        page = again.follow(answer)

    assert str(page.url).startswith(sandbox.sentry_url)


def test_a_wrong_password_does_not_log_in(
    visitor: BrowserSession, members: dict[str, Member]
) -> None:
    wrong = type(members["alice"].encvoy_id)(members["alice"].encvoy_id.login, "not-the-password")

    page = visitor.log_in_with_encvoy_id(wrong)

    assert "Invalid credentials" in page.text
    assert visitor.who_am_i().status_code == 401


def test_the_password_still_works_where_sso_is_not_required(
    visitor: BrowserSession, members: dict[str, Member]
) -> None:
    visitor.log_in_with_password(members["alice"].email, members["alice"].sentry_password)

    assert visitor.who_am_i().json()["email"] == members["alice"].email
