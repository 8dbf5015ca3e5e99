# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Single sign-on is taken out of the real Sentry, where members had to use it.

The run is killed first, with the files taken out and the image built, and no container replaced.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest

from tests.support.commands import Play
from tests.system.sandbox import Member, Sandbox

ORGANIZATION = "/api/0/organizations/sentry/"


@dataclass(frozen=True)
class Removed:
    """The runs, one after the other.

    :param seconds: that the last one took, which had nothing to do
    """

    check: Play
    killed: Play
    finished: Play
    again: Play
    seconds: float


@pytest.fixture(scope="module")
def removed(sandbox: Sandbox) -> Removed:
    before = sandbox.state()
    check = sandbox.play("remove", "--check", "--diff")
    assert sandbox.state() == before
    killed = sandbox.play(
        "remove", kill_at="TASK [encvoy.sentry.sentry_sso : Bring the services up anew"
    )
    finished = sandbox.play("remove")
    began = time.monotonic()
    again = sandbox.play("remove")
    return Removed(check, killed, finished, again, time.monotonic() - began)


def test_a_check_run_says_all_that_goes(removed: Removed) -> None:
    assert removed.check.returncode == 0, removed.check.output
    assert removed.check.changed == 5
    for said in (
        "The auth provider is turned off first",
        "The Sentry image is built without sentry-auth-oidc",
        "There is no login page while the new web container starts",
        "The client application at Encvoy ID is deleted last.",
        '-OIDC_ISSUER = "Encvoy ID"',
    ):
        assert said.replace('"', "") in removed.check.words.replace('\\"', "").replace('"', "")


def test_a_run_after_one_that_was_killed_finishes(removed: Removed) -> None:
    assert removed.killed.returncode < 0
    assert removed.finished.returncode == 0, removed.finished.output


def test_a_run_after_that_has_nothing_to_do(removed: Removed) -> None:
    assert (removed.again.returncode, removed.again.changed) == (0, 0), removed.again.output
    assert "Nothing is to be changed." in removed.again.words
    assert removed.seconds < 60


def test_members_log_in_by_password_again(
    sandbox: Sandbox, removed: Removed, members: dict[str, Member]
) -> None:
    bob = members["bob"]
    with sandbox.browser_session() as visitor:
        page = visitor.login_page()
        assert 'name="password"' in page.text
        assert "Encvoy ID" not in page.text
        visitor.log_in_with_password(bob.email, bob.sentry_password)
        assert visitor.who_am_i().json()["email"] == bob.email
        reached = visitor.browser.get(sandbox.sentry_url + ORGANIZATION)
        assert reached.status_code == 200, reached.text


def test_nothing_is_left_at_either_end(sandbox: Sandbox, removed: Removed) -> None:
    assert [one["name"] for one in sandbox.clients() if one["name"] == "Sentry"] == []
    listed = sandbox.on_host("ls", "-A", ".", "sentry", "certificates")
    assert "encvoy" not in listed
    assert ".dockerignore" not in listed
    settings = sandbox.on_host("cat", "sentry/sentry.conf.py", "sentry/enhance-image.sh")
    assert "encvoy.sentry" not in settings
    assert "site-ldap-password" in settings
    assert "/opt/site/motd" in settings
    packages = sandbox.compose("exec", "-T", "web", "pip", "list")
    assert "sentry-auth-oidc" not in packages
