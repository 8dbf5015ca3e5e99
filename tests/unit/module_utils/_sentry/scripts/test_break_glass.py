# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of the auth provider and the password; all of it on the real Sentry: way_back."""

from __future__ import annotations

import sys
import types
from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.scripts import break_glass

# Stands for provider.py: it answers by what is on, and counts what it was asked to write.
PROVIDER = """
ON = {on!r}

def run(wish):
    if {refused!r}:
        return {{"refused": {refused!r}}}
    after = ON if wish["state"] == "present" else None
    before = {{"provider": ON, "require_sso": ON and True}}
    after = {{"provider": after, "require_sso": after and wish["require_sso"]}}
    return {{"before": before, "after": after, "unlinked": 0, "warnings": [], "wish": wish}}
"""


def payload(**changes: Any) -> dict[str, Any]:
    source = PROVIDER.format(on=changes.pop("on", "oidc"), refused=changes.pop("refused", ""))
    given = {"organization": "sentry", "provider": "oidc", "write": True}
    return {**given, "single_sign_on": "optional", "provider_source": source, **changes}


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Keys of the auth providers that the running Sentry has."""
    keys = {"oidc", "github"}
    auth = types.ModuleType("sentry.auth")
    auth.manager = types.SimpleNamespace(exists=keys.__contains__)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sentry", types.ModuleType("sentry"))
    monkeypatch.setitem(sys.modules, "sentry.auth", auth)
    return keys


def test_which_state_is_wanted(registered: set[str]) -> None:
    assert break_glass.wanted_state(payload()) == ("present", [])
    assert break_glass.wanted_state(payload(single_sign_on="off")) == ("absent", [])


def test_without_the_plugin_optional_is_off_and_that_is_told(registered: set[str]) -> None:
    registered.remove("oidc")
    state, (why,) = break_glass.wanted_state(payload())
    assert state == "absent"
    assert why.startswith("single_sign_on: The running Sentry has no auth provider 'oidc'")
    assert break_glass.wanted_state(payload(single_sign_on="off")) == ("absent", [])


@pytest.mark.parametrize(
    ("state", "require_sso"), [("present", False), ("absent", None)], ids=["optional", "off"]
)
@pytest.mark.parametrize("write", [True, False])
def test_a_provider_that_is_on_is_changed(
    state: str, require_sso: bool | None, write: bool
) -> None:
    wish = break_glass.set_provider(payload(write=write), state)["wish"]
    assert (wish["state"], wish["require_sso"], wish["write"]) == (state, require_sso, write)


@pytest.mark.parametrize("on", [None, "google"])
def test_what_is_not_on_is_not_turned_on_and_anothers_is_left(on: str | None) -> None:
    answer = break_glass.set_provider(payload(on=on), "present")
    assert answer["wish"]["write"] is False
    assert answer["wish"]["state"] == "absent"
    assert ["'google', which is left" in text for text in answer["warnings"]] == (
        [True] if on else []
    )


def test_what_the_provider_refuses_is_refused() -> None:
    with pytest.raises(break_glass.Refused, match="SCIM is on"):
        break_glass.set_provider(payload(refused="provider: SCIM is on"), "absent")


class User:
    """As much of an account as a password needs."""

    def __init__(self, password: str, is_managed: bool = False, is_expired: bool = False) -> None:
        self.password = password
        self.is_managed = is_managed
        self.is_password_expired = is_expired
        self.done: list[str] = []

    def check_password(self, password: str) -> bool:
        return password == self.password

    def set_password(self, password: str) -> None:
        self.password = password

    def refresh_session_nonce(self) -> None:
        self.done.append("sessions ended")

    def clear_lost_passwords(self) -> None:
        self.done.append("links gone")

    def save(self) -> None:
        self.done.append("saved")


@pytest.mark.parametrize(
    ("user", "changed"),
    [
        (User("former"), True),
        (User("wanted"), False),
        (User("wanted", is_managed=True), True),
        (User("wanted", is_expired=True), True),
    ],
)
def test_a_password_is_set_once(user: User, changed: bool) -> None:
    assert break_glass.set_password(user, "wanted", write=False) is changed
    assert user.done == []
    assert break_glass.set_password(user, "wanted", write=True) is changed
    assert user.password == "wanted"
    assert user.done == (["sessions ended", "links gone", "saved"] if changed else [])
    assert not (changed and user.is_managed)
