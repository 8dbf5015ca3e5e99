"""The role releases claims only where it is asked to, and then for users made from now on."""

from __future__ import annotations

import json

from tests.system.test_literal_guide import RELEASED_BY_DEFAULT

SETTING = "default_public_profile_claims_oauth"
ASKED = ["email", "email_verified", "family_name", "given_name", "nickname", "picture"]


def test_claims_are_released_when_asked_and_before_only_foreseen(world):
    asked = f"--extra-vars={json.dumps({'sentry_sso_public_claims': ASKED})}"
    with world.encvoy() as api:
        before = api.get("read the settings", "/settings")[SETTING]
        api.put("change the settings", "/settings", {SETTING: RELEASED_BY_DEFAULT})
        try:
            check = world.play("site", "--check", "--diff", asked)
            foreseen = api.get("read the settings", "/settings")[SETTING]
            run = world.play("site", asked)
            released = api.get("read the settings", "/settings")[SETTING]
        finally:
            api.put("restore the settings", "/settings", {SETTING: before})

    assert (check.returncode, check.changed) == (0, 1), check.output
    assert "+" in check.output
    assert "email_verified" in check.output
    assert foreseen == RELEASED_BY_DEFAULT
    assert (run.returncode, run.changed) == (0, 1), run.output
    assert sorted(released.split()) == ASKED
