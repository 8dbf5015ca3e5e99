# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an organization's auth provider is to become; what writes it is tested on a real Sentry."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.scripts.provider import (
    State,
    Wish,
    desired_state,
)

OFF = State(None, None, "member")
OPTIONAL = State("oidc", False, "member")
REQUIRED = State("oidc", True, "member")
OTHER = State("google", True, "member")


@pytest.mark.parametrize(
    ("before", "options", "after"),
    [
        (OFF, {}, OPTIONAL),
        (OFF, {"require_sso": True}, REQUIRED),
        (OFF, {"default_role": "admin"}, State("oidc", False, "admin")),
        (OPTIONAL, {}, OPTIONAL),
        (REQUIRED, {}, REQUIRED),
        (REQUIRED, {"require_sso": False}, OPTIONAL),
        (OPTIONAL, {"require_sso": True}, REQUIRED),
        (OPTIONAL, {"default_role": "admin"}, State("oidc", False, "admin")),
        (REQUIRED, {"state": "absent"}, OFF),
        (OFF, {"state": "absent"}, OFF),
        (OTHER, {"state": "absent"}, OTHER),
        (OTHER, {"state": "absent", "default_role": "admin"}, OTHER),
        (REQUIRED, {"state": "absent", "require_sso": True}, OFF),
        (
            State("oidc", True, "admin"),
            {"state": "absent", "default_role": "member"},
            OFF,
        ),
        (OFF, {"state": "absent", "default_role": "admin"}, State(None, None, "admin")),
        (OTHER, {"replace": True}, OPTIONAL),
        (OTHER, {"replace": True, "require_sso": True}, REQUIRED),
        (OPTIONAL, {"state": "restored"}, OPTIONAL),
        (OPTIONAL, {"state": "committed", "require_sso": True}, OPTIONAL),
    ],
)
def test_desired_state(before: State, options: dict[str, Any], after: State) -> None:
    usual = Wish("sentry", "oidc", "present", require_sso=None, default_role=None, write=True)
    wish = usual._replace(**options)
    assert desired_state(before, wish) == after
    assert desired_state(after, wish) == after


@pytest.mark.parametrize("before", [OFF, OPTIONAL, REQUIRED, State(None, None, "owner")])
@pytest.mark.parametrize("options", [{}, {"require_sso": True, "default_role": "admin"}])
def test_what_was_before_can_be_put_back(before: State, options: dict[str, Any]) -> None:
    usual = Wish("sentry", "oidc", "present", require_sso=None, default_role=None, write=True)
    changed = desired_state(before, usual._replace(**options))
    back = usual._replace(
        state="present" if before.provider else "absent",
        require_sso=before.require_sso,
        default_role=before.default_role,
    )
    assert desired_state(changed, back) == before


def test_what_was_replaced_is_restored_with_its_settings() -> None:
    wish = Wish("sentry", "oidc", "restored", require_sso=None, default_role=None, write=True)
    assert desired_state(OPTIONAL, wish, OTHER) == OTHER
    assert desired_state(OPTIONAL, wish._replace(state="committed"), OTHER) == OPTIONAL
