# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The login page that newest releases render in the browser, in front of the real Sentry.

nginx stands in for what is new there: a page without a form, and the anonymous API that says what
it offers. Everything after that is the real Sentry. As there, a cookie brings the older page back.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.browser_session import BrowserSession
from tests.system.sandbox import Member, Sandbox

# nginx.conf includes it.
FILE = "/var/cache/nginx/login.conf"
SHELL = "<!DOCTYPE html><html><body><div id=blk_router></div><script>0</script></body></html>"
CONFIG = {
    "authenticated": False,
    "loginMethod": "sso",
    "ssoRequired": False,
    "provider": {"key": "oidc", "name": "Encvoy ID"},
}
LOST = {"detail": "Organization authentication is temporarily unavailable"}
LOCATIONS = """
location = /auth/login/sentry/ {
    default_type text/html;
    set $page "$request_method$cookie_sentry_react_auth";
    if ($page = GET) {
        add_header Set-Cookie "sc=%s; Path=/";
        return 200 '%s';
    }
    proxy_pass http://sentry;
}
location = /api/0/auth/organizations/sentry/config/ {
    default_type application/json;
    return %d '%s';
}
"""


@contextlib.contextmanager
def react_login(sandbox: Sandbox, status: int, config: dict[str, Any]) -> Iterator[None]:
    """The page of newest Sentry for a while, and the API's answer."""
    token = secrets.token_hex(16)
    locations = LOCATIONS % (token, SHELL, status, json.dumps(config))
    nginx = ("exec", "-T", "nginx")
    sandbox.compose(*nginx, "tee", FILE, stdin=locations)
    try:
        sandbox.compose(*nginx, "nginx", "-s", "reload")
        wait_until_it_answers(sandbox, config)
        yield
    finally:
        sandbox.compose(*nginx, "rm", FILE)
        sandbox.compose(*nginx, "nginx", "-s", "reload")


def wait_until_it_answers(sandbox: Sandbox, config: dict[str, Any]) -> None:
    """nginx takes up its new settings some time after it was told."""
    url = f"{sandbox.sentry_url}/api/0/auth/organizations/sentry/config/"
    for _ in range(60):
        if httpx.get(url).text == json.dumps(config):
            return
        time.sleep(0.5)
    raise AssertionError(f"not the stand-in's answer at {url} within 30 seconds")


@pytest.fixture
def newest(sandbox: Sandbox) -> Iterator[Sandbox]:
    """A Sentry with the page of newest releases."""
    with react_login(sandbox, 200, CONFIG):
        yield sandbox


def test_a_member_logs_in(
    newest: Sandbox, visitor: BrowserSession, members: dict[str, Member]
) -> None:
    assert "Login with" not in visitor.login_page().text

    visitor.log_in_with_encvoy_id(members["alice"].encvoy_id)

    assert visitor.who_am_i().json()["email"] == members["alice"].email


def test_a_member_who_went_back_to_the_older_page_logs_in(
    newest: Sandbox, visitor: BrowserSession, members: dict[str, Member]
) -> None:
    visitor.browser.cookies.set("sentry_react_auth", "0")
    assert "Login with Encvoy ID" in visitor.login_page().text

    visitor.log_in_with_encvoy_id(members["alice"].encvoy_id)

    assert visitor.who_am_i().json()["email"] == members["alice"].email


def test_verify_sees_what_it_offers(newest: Sandbox) -> None:
    report = newest.play("verify")

    assert (report.returncode, report.changed) == (0, 0), report.output
    assert "✔ login_page_offers_provider" in report.words
    assert "✔ redirect_uri_accepted" in report.words


def test_verify_names_a_plugin_that_was_lost(sandbox: Sandbox) -> None:
    with react_login(sandbox, 503, LOST):
        report = sandbox.play("verify")

    assert report.returncode != 0, report.output
    _before, _mark, said = report.words.partition("✘ login_page_offers_provider: ")
    assert "is not in the running Sentry" in said
    assert "Run the playbook encvoy.sentry.site" in said
