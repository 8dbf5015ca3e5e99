# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.scripts.provider import (
    desired_state,
)

OFF = {"provider": None, "require_sso": None, "default_role": "member"}
OPTIONAL = {"provider": "oidc", "require_sso": False, "default_role": "member"}
REQUIRED = {**OPTIONAL, "require_sso": True}
OTHER = {"provider": "google", "require_sso": True, "default_role": "member"}


@pytest.mark.parametrize(
    ("before", "wish", "after"),
    [
        (OFF, {}, OPTIONAL),
        (OFF, {"require_sso": True}, REQUIRED),
        (OFF, {"default_role": "admin"}, {**OPTIONAL, "default_role": "admin"}),
        (OPTIONAL, {}, OPTIONAL),
        (REQUIRED, {}, REQUIRED),
        (REQUIRED, {"require_sso": False}, OPTIONAL),
        (OPTIONAL, {"require_sso": True}, REQUIRED),
        (OPTIONAL, {"default_role": "admin"}, {**OPTIONAL, "default_role": "admin"}),
        (REQUIRED, {"state": "absent"}, OFF),
        (OFF, {"state": "absent"}, OFF),
        (OTHER, {"state": "absent"}, OTHER),
        (REQUIRED, {"state": "absent", "require_sso": True, "default_role": "admin"}, OFF),
    ],
)
def test_desired_state(before, wish, after):
    payload = {
        "state": "present",
        "provider": "oidc",
        "require_sso": None,
        "default_role": None,
        **wish,
    }
    assert desired_state(before, payload) == after
    assert desired_state(after, payload) == after
