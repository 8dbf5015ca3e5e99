# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role releases claims only where it is asked to, and then for users made from now on."""

from __future__ import annotations

import json

import pytest

DEFAULT_CLAIMS = "default_public_profile_claims_oauth"
RELEASED_BY_DEFAULT = "picture nickname"
SENTRY = {
    "ansible_connection": "local",
    "sentry_sso_sentry_url": "https://sentry.example.com",
}
ASKED = ["email", "email_verified", "family_name", "given_name", "nickname", "picture"]


@pytest.fixture
def released(encvoy_id):
    """Asks what new users release, at an Encvoy ID as it comes."""
    settings = encvoy_id.store.settings
    settings.update({DEFAULT_CLAIMS: RELEASED_BY_DEFAULT})
    return lambda: sorted(settings.get(DEFAULT_CLAIMS).split())


def test_claims_are_released_when_asked_and_before_only_foreseen(play, released):
    asked = f"--extra-vars={json.dumps({'sentry_sso_public_claims': ASKED})}"

    unasked = play("client.yml", **SENTRY)
    assert (unasked.returncode, unasked.changed) == (0, 1), unasked.output
    assert released() == sorted(RELEASED_BY_DEFAULT.split())

    check = play("client.yml", "--check", "--diff", asked, **SENTRY)
    assert (check.returncode, check.changed) == (0, 1), check.output
    assert "+" in check.output
    assert "email_verified" in check.output
    assert released() == sorted(RELEASED_BY_DEFAULT.split())

    run = play("client.yml", asked, **SENTRY)
    assert (run.returncode, run.changed) == (0, 1), run.output
    assert released() == ASKED
