"""The role releases claims only where it is asked to, and then for users made from now on."""

from __future__ import annotations

import json

import pytest

from tests.system.encvoy_id import DEFAULT_CLAIMS, RELEASED_BY_DEFAULT, default_claims

STAGE = "tests/system/stages/client.yml"
ASKED = ["email", "email_verified", "family_name", "given_name", "nickname", "picture"]


@pytest.fixture
def released(world):
    """Asks what new users release, at an Encvoy ID as it comes."""
    with default_claims(world, RELEASED_BY_DEFAULT), world.encvoy() as api:
        yield lambda: sorted(api.get("read the settings", "/settings")[DEFAULT_CLAIMS].split())


def test_claims_are_released_when_asked_and_before_only_foreseen(world, released):
    asked = f"--extra-vars={json.dumps({'sentry_sso_public_claims': ASKED})}"

    unasked = world.play(STAGE)
    assert unasked.returncode == 0, unasked.output
    assert released() == sorted(RELEASED_BY_DEFAULT.split())

    check = world.play(STAGE, "--check", "--diff", asked)
    assert (check.returncode, check.changed) == (0, 1), check.output
    assert "+" in check.output
    assert "email_verified" in check.output
    assert released() == sorted(RELEASED_BY_DEFAULT.split())

    run = world.play(STAGE, asked)
    assert (run.returncode, run.changed) == (0, 1), run.output
    assert released() == ASKED
