# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The script of sentry_break_glass inside the real Sentry: one start of it takes all steps."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry import exec as sentry_exec
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.docker import SentryHost
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.scripts import (
    break_glass as break_glass_script,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.scripts import (
    provider as provider_script,
)
from tests.system.sandbox import Sandbox
from tests.system.way_back import break_glass_steps


@pytest.fixture(scope="module")
def seen(sandbox: Sandbox) -> dict[str, Any]:
    """What each step returned."""
    scripts = {"provider": provider_script, "break_glass": break_glass_script}
    sources = {name: inspect.getsource(script) for name, script in scripts.items()}
    host = SentryHost(sandbox.sentry_dir)
    steps: dict[str, Any] = sentry_exec.run_in_sentry(host, break_glass_steps, sources)
    return steps


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("unknown user", "user: 'nobody@example.com' is no account of Sentry. Give an admin"),
        ("no member", "is no member of the organization and no superuser"),
        ("disabled", "user: The account 'gone@example.com' is disabled."),
        ("weak password", "password: Sentry does not take it."),
        ("unknown organization", "organization: Sentry has none with the slug 'nowhere'."),
    ],
)
def test_refused(seen: dict[str, Any], step: str, said: str) -> None:
    assert said in seen[step]["refused"]


def test_administrators_are_named(seen: dict[str, Any]) -> None:
    assert "Owner@example.com" in seen["unknown user"]["refused"]


def test_a_link_is_made_once_and_not_in_a_check(seen: dict[str, Any]) -> None:
    assert (seen["link, checked"]["reset_link"], seen["link, checked"]["new_link"]) == (None, True)
    assert seen["link"]["new_link"]
    assert "/account/recover/confirm/" in seen["link"]["reset_link"]
    assert seen["link again"]["reset_link"] == seen["link"]["reset_link"]
    assert not seen["link again"]["new_link"]


def test_a_password_is_set_once_and_is_the_persons_own(seen: dict[str, Any]) -> None:
    assert seen["password"]["password_changed"]
    assert not seen["password again"]["password_changed"]
    assert seen["password works"]
    assert not seen["managed"]


def test_a_superuser_who_is_no_member_gets_in(seen: dict[str, Any]) -> None:
    assert seen["superuser"]["user"]["name"] == "root@example.com"


def test_optional_and_off(seen: dict[str, Any]) -> None:
    assert seen["link"]["provider"]["before"]["require_sso"] is True
    assert seen["link"]["provider"]["after"]["require_sso"] is False
    assert seen["off, checked"]["provider"]["after"]["provider"] is None


def test_without_the_plugin_it_is_off(seen: dict[str, Any]) -> None:
    lost = seen["plugin lost"]
    assert lost["provider"]["before"]["provider"] == "oidc"
    assert lost["provider"]["after"]["provider"] is None
    assert "has no auth provider 'oidc'" in lost["warnings"][0]
    assert seen["off again"]["provider"]["before"]["provider"] is None
    assert seen["off again"]["warnings"] == []
