# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""People log in to the real Sentry through Encvoy ID."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("name", ["alice", "bob"])
def test_a_member_logs_in_through_encvoy_id(person, people, name):
    page = person.log_in_with_encvoy_id(people[name].encvoy_id)

    assert page.status_code == 200, page.text[:500]
    me = person.who_am_i()
    assert me.status_code == 200, me.text
    assert me.json()["email"] == people[name].email


def test_a_member_who_logged_in_before_is_not_asked_for_consent_again(world, people):
    with world.person() as first:
        first.log_in_with_encvoy_id(people["alice"].encvoy_id)
    with world.person() as again:
        widget = again.choose_provider()
        answer = again.browser.post(
            f"{widget.url.copy_with(query=None)}/auth?type=CREDENTIALS",
            json={
                "identifier": people["alice"].encvoy_id.login,
                "password": people["alice"].encvoy_id.password,
                "prompt": "login",
            },
        )
        page = again.follow(answer)

    assert str(page.url).startswith(world.sentry_url)


def test_a_wrong_password_does_not_log_in(person, people):
    wrong = type(people["alice"].encvoy_id)(people["alice"].encvoy_id.login, "not-the-password")

    page = person.log_in_with_encvoy_id(wrong)

    assert "Invalid credentials" in page.text
    assert person.who_am_i().status_code == 401


def test_the_password_still_works_where_sso_is_not_required(person, people):
    person.log_in_with_password(people["alice"].email, people["alice"].sentry_password)

    assert person.who_am_i().json()["email"] == people["alice"].email
