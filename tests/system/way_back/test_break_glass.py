# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Encvoy ID is gone and single sign-on is required: an administrator gets in all the same."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.support.browser_session import BrowserSession
from tests.support.commands import Play
from tests.system.outages.test_identity_provider_down import identity_provider_stopped
from tests.system.sandbox import Member, Sandbox
from tests.system.secrets import everything_written

# An owner who is not linked gets in by password in any case, while no other owner is linked.
ADMINISTRATOR = "alice@example.com"
ORGANIZATION = "/api/0/organizations/sentry/"
REQUIRED = ("--extra-vars=sentry_sso_require_sso=true", "--tags=sentry_sso_enable")
USER = f"--extra-vars=sentry_sso_break_glass_user={ADMINISTRATOR}"


def reaches_the_organization(visitor: BrowserSession) -> httpx.Response:
    return visitor.browser.get(visitor.sentry_url + ORGANIZATION)


@dataclass(frozen=True)
class Opened:
    """What was done while Encvoy ID was off.

    :param seconds: that the first run took
    """

    password: str
    refused: httpx.Response
    by_password: Play
    seconds: float
    reached: httpx.Response
    again: Play
    by_link: Play
    link_file: Path
    link: str
    reached_by_link: httpx.Response
    written: str


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("break-glass")


@pytest.fixture(scope="module")
def opened(sandbox: Sandbox, folder: Path, members: dict[str, Member]) -> Opened:
    declared = sandbox.play("site", *REQUIRED)
    assert declared.returncode == 0, declared.output
    with identity_provider_stopped(sandbox):
        return opened_while_it_is_off(sandbox, folder, members["bob"])


def opened_while_it_is_off(sandbox: Sandbox, folder: Path, bob: Member) -> Opened:
    password = f"Planted-{secrets.token_urlsafe(12)}"
    variables = folder / "vault.json"
    variables.write_text(json.dumps({"sentry_sso_break_glass_password": password}))
    environment = everything_written(folder)
    with sandbox.browser_session() as visitor:
        visitor.log_in_with_password(bob.email, bob.sentry_password)
        refused = reaches_the_organization(visitor)
    optional = "--extra-vars=sentry_sso_break_glass=optional"
    order = (USER, f"--extra-vars=@{variables}", optional, "-vvvv", "--diff")
    began = time.monotonic()
    by_password = sandbox.play("break_glass", *order, environment=environment)
    seconds = time.monotonic() - began
    with sandbox.browser_session() as visitor:
        visitor.log_in_with_password(ADMINISTRATOR, password)
        reached = reaches_the_organization(visitor)
    again = sandbox.play("break_glass", *order)
    link_file = folder / "link"
    by_file = (
        USER,
        f"--extra-vars=sentry_sso_break_glass_link_file={link_file}",
        "-vvvv",
        "--diff",
    )
    by_link = sandbox.play("break_glass", *by_file, environment=environment)
    link = link_file.read_text().strip() if link_file.exists() else ""
    with sandbox.browser_session() as visitor:
        open_link(visitor, link, password)
        reached_by_link = reaches_the_organization(visitor)
    logs = [path for path in (folder / "facts", folder / "ansible.log") if path.exists()]
    files = [path for log in logs for path in (log, *log.rglob("*")) if path.is_file()]
    log = by_password.output + by_link.output + "".join(path.read_text() for path in files)
    return Opened(
        password, refused, by_password, seconds, reached, again, by_link, link_file, link,
        reached_by_link, log,
    )  # fmt: skip


def open_link(visitor: BrowserSession, link: str, password: str) -> None:
    """Set the password on the page that the link leads to."""
    page = visitor.browser.get(link)
    form = {"password": password, "csrfmiddlewaretoken": visitor.csrf_token(page)}
    visitor.follow(visitor.browser.post(link, data=form, headers={"Referer": link}))


def test_before_it_a_password_does_not_reach_the_organization(opened: Opened) -> None:
    assert opened.refused.status_code == 401
    assert "sso-required" in opened.refused.text


def test_the_administrator_reaches_the_organization_by_password(opened: Opened) -> None:
    assert opened.by_password.returncode == 0, opened.by_password.output
    assert opened.by_password.changed == 1
    assert opened.reached.status_code == 200, opened.reached.text


def test_it_takes_less_than_a_minute(opened: Opened) -> None:
    assert opened.seconds < 60


def test_the_second_run_changes_nothing(opened: Opened) -> None:
    assert (opened.again.returncode, opened.again.changed) == (0, 0), opened.again.output


def test_the_link_is_in_a_file_of_its_owner_and_lets_in(opened: Opened) -> None:
    assert opened.by_link.returncode == 0, opened.by_link.output
    assert opened.link_file.stat().st_mode & 0o777 == 0o600
    assert str(opened.link_file) in opened.by_link.words
    assert opened.reached_by_link.status_code == 200, opened.reached_by_link.text


def test_neither_password_nor_link_is_printed(opened: Opened) -> None:
    assert opened.password not in opened.written
    assert opened.link
    assert opened.link not in opened.written
    assert opened.link.rstrip("/").rpartition("/")[2] not in opened.written


def test_site_restores_what_is_declared(sandbox: Sandbox, opened: Opened) -> None:
    assert "To go back, run encvoy.sentry.site" in opened.by_password.words

    back = sandbox.play("site", *REQUIRED)

    assert (back.returncode, back.changed) == (0, 1), back.output
    with sandbox.browser_session() as visitor:
        visitor.log_in_with_password(ADMINISTRATOR, opened.password)
        assert "sso-required" in reaches_the_organization(visitor).text
