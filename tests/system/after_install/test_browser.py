# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real browser goes the way of a login, pages and buttons as members have them."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Iterator

import httpx
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.expected_conditions import (
    element_to_be_clickable,
    url_contains,
    url_matches,
)
from selenium.webdriver.support.ui import WebDriverWait

from tests.support.browser_session import BrowserSession, Credentials
from tests.support.commands import run
from tests.system.encvoy_id import newcomer
from tests.system.sandbox import Member, Sandbox

# Containers lack the rights that Chromium's own sandbox needs; nobody is there to phone home to.
ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--window-size=1280,900",
)


@pytest.fixture(scope="module")
def webdriver_url(sandbox: Sandbox) -> Iterator[str]:
    """Chromium's WebDriver, in a container on the sandbox's network."""
    name = f"{sandbox.prefix}-browser-{secrets.token_hex(3)}"
    run(
        "docker", "run", "--detach", "--rm", "--network", sandbox.prefix, "--name", name,
        "--label", f"encvoy.sentry.sandbox={sandbox.name}",
        "encvoy-sentry-sandbox/browser:latest",
    )  # fmt: skip
    try:
        networks = json.loads(run("docker", "inspect", name))[0]["NetworkSettings"]["Networks"]
        url = f"http://{networks[sandbox.prefix]['IPAddress']}:4444"
        wait_until_ready(url)
        yield url
    finally:
        run("docker", "rm", "--force", name)


def wait_until_ready(url: str) -> None:
    for _ in range(60):
        try:
            if httpx.get(f"{url}/status").json()["value"]["ready"]:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    raise AssertionError(f"no WebDriver at {url} within 30 seconds")


@pytest.fixture
def browser(webdriver_url: str) -> Iterator[WebDriver]:
    options = webdriver.ChromeOptions()
    for argument in ARGUMENTS:
        options.add_argument(argument)
    # The CA is the sandbox's own; that Sentry trusts it is another test's subject.
    options.accept_insecure_certs = True
    with webdriver.Remote(webdriver_url, options=options) as driver:
        yield driver


def press(browser: WebDriver, selector: str) -> None:
    WebDriverWait(browser, 30).until(element_to_be_clickable((By.CSS_SELECTOR, selector))).click()


def wait_until_in_sentry(sandbox: Sandbox, browser: WebDriver) -> None:
    """The login is over when Sentry shows a page of its own, not one of its login."""
    own_page = re.escape(sandbox.sentry_url) + r"/(?!auth/)"
    WebDriverWait(browser, 30).until(url_matches(own_page))


def sign_in_at_encvoy_id(sandbox: Sandbox, browser: WebDriver, account: Credentials) -> None:
    """From Sentry's login page to Encvoy ID, and the form there filled in and sent."""
    browser.get(f"{sandbox.sentry_url}/auth/login/sentry/")
    press(browser, "button.btn-login-oidc")
    WebDriverWait(browser, 30).until(url_contains(sandbox.encvoy_url))
    browser.find_element(By.NAME, "identifier").send_keys(account.login)
    browser.find_element(By.NAME, "password").send_keys(account.password)
    press(browser, "form button[type=submit]")


def logged_in_as(sandbox: Sandbox, browser: WebDriver) -> str:
    """The e-mail of whom Sentry takes the browser for."""
    browser.get(f"{sandbox.sentry_url}/api/0/users/me/")
    return str(json.loads(browser.find_element(By.TAG_NAME, "pre").text)["email"])


def test_a_newcomer_consents_and_becomes_a_member(sandbox: Sandbox, browser: WebDriver) -> None:
    account = newcomer(sandbox, "email", "given_name", "family_name", "email_verified")
    sign_in_at_encvoy_id(sandbox, browser, account)

    consent = WebDriverWait(browser, 30).until(
        element_to_be_clickable((By.CSS_SELECTOR, "form[action$='/confirm'] button"))
    )
    asked = browser.find_element(By.TAG_NAME, "body").text
    assert f"{account.login}@example.com" in asked
    consent.click()

    press(browser, "button[name=op][value=newuser]")
    wait_until_in_sentry(sandbox, browser)
    assert logged_in_as(sandbox, browser) == f"{account.login}@example.com"


def test_a_member_is_back_in_sentry_right_after_the_password(
    sandbox: Sandbox, browser: WebDriver, members: dict[str, Member], visitor: BrowserSession
) -> None:
    visitor.log_in_with_encvoy_id(members["bob"].encvoy_id)  # consented once, asked no more

    sign_in_at_encvoy_id(sandbox, browser, members["bob"].encvoy_id)

    wait_until_in_sentry(sandbox, browser)
    assert logged_in_as(sandbox, browser) == members["bob"].email
