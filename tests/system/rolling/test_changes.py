# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What changes reaches Sentry while people work with it, and nobody notices.

In the layout of any release, on a Sentry with single sign-on that the role has turned on.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import httpx
import pytest

from tests.system.enhance_image import (
    BREAK_START,
    BREAK_WORKER,
    BROKEN_START,
    own_line_in_enhance_image,
)
from tests.system.everybody import everybody_is_served, image_to_run, web_containers
from tests.system.sandbox import Member, Sandbox

STAYS_UP = "The login page stays up: the new web container starts beside the old one."
# Another release that this Sentry can load, so that the image is built.
OTHER_PLUGIN = "--extra-vars=sentry_sso_plugin_version=7.0.0"
OTHER_NAME = "--extra-vars=sentry_sso_provider_name=Another-name"


@pytest.fixture(scope="module", autouse=True)
def as_declared_afterwards(sandbox: Sandbox) -> Iterator[None]:
    yield
    done = sandbox.play("site")
    assert done.returncode == 0, done.output


@pytest.fixture(scope="module")
def alice(members: dict[str, Member]) -> Member:
    return members["alice"]


def login_page(sandbox: Sandbox) -> str:
    return httpx.get(f"{sandbox.sentry_url}/auth/login/sentry/", timeout=30).text


def test_a_new_client_secret(sandbox: Sandbox, alice: Member) -> None:
    before = web_containers(sandbox)
    path = f"/clients/{sandbox.client()['client_id']}"
    with everybody_is_served(sandbox, alice):
        with sandbox.encvoy() as api:
            api.put("set a secret", path, {"client_secret": secrets.token_urlsafe(24)})
        run = sandbox.play("site")

    assert run.returncode == 0, run.output
    assert STAYS_UP in run.words
    (web,) = web_containers(sandbox)
    assert web not in before
    with sandbox.browser_session() as visitor:
        visitor.log_in_with_encvoy_id(alice.encvoy_id)
        assert visitor.who_am_i().json()["email"] == alice.email


def test_new_settings_and_a_new_image(sandbox: Sandbox, alice: Member) -> None:
    before = image_to_run(sandbox)
    with everybody_is_served(sandbox, alice):
        run = sandbox.play("site", OTHER_PLUGIN, OTHER_NAME)

    assert run.returncode == 0, run.output
    assert "Login with Another-name" in login_page(sandbox)
    (image,) = web_containers(sandbox).values()
    assert image == image_to_run(sandbox) != before


def test_a_plain_compose_up_recreates_nothing_afterwards(sandbox: Sandbox) -> None:
    before = sandbox.containers()
    sandbox.compose("up", "--detach")

    assert sandbox.containers() == before


def test_a_start_that_fails(sandbox: Sandbox, alice: Member) -> None:
    """The old container was never touched, and nothing is left of the new one."""
    before, image = sandbox.containers(), image_to_run(sandbox)
    with (
        own_line_in_enhance_image(sandbox, BREAK_START),
        everybody_is_served(sandbox, alice),
    ):
        run = sandbox.play("site")

    assert run.returncode != 0, run.output
    assert "web: It died 3 times" in run.words
    assert BROKEN_START in run.words
    assert "Sentry is as it was before, and its files, too." in run.words
    assert sandbox.containers() == before
    assert image_to_run(sandbox) == image


def test_a_worker_that_fails_when_web_was_replaced(sandbox: Sandbox, alice: Member) -> None:
    """The way back is as unnoticed as the way there."""
    before, image = web_containers(sandbox), image_to_run(sandbox)
    with (
        own_line_in_enhance_image(sandbox, BREAK_WORKER),
        everybody_is_served(sandbox, alice),
    ):
        run = sandbox.play("site")

    assert run.returncode != 0, run.output
    assert "worker: It died 3 times" in run.words
    assert BROKEN_START in run.words
    assert "Sentry is as it was before, and its files, too." in run.words
    assert image_to_run(sandbox) == image
    assert list(web_containers(sandbox).values()) == [image]
    assert web_containers(sandbox) != before
