"""The role releases claims only where it is asked to, and then for users made from now on."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.system.encvoy_id import DEFAULT_CLAIMS, RELEASED_BY_DEFAULT, default_claims

STAGE = "tests/system/finished/stage_client.yml"
ASKED = ["email", "email_verified", "family_name", "given_name", "nickname", "picture"]


@pytest.fixture
def released(world):
    """Asks what new users release, at an Encvoy ID as it comes."""
    with default_claims(world, RELEASED_BY_DEFAULT), world.encvoy() as api:
        yield lambda: sorted(api.get("read the settings", "/settings")[DEFAULT_CLAIMS].split())


def test_claims_are_released_when_asked_and_before_only_foreseen(world, released):
    asked = f"--extra-vars={json.dumps({'sentry_sso_public_claims': ASKED})}"

    with ThreadPoolExecutor() as pool:  # neither of the two changes anything
        unasked, check = pool.map(
            lambda arguments: world.play(STAGE, *arguments), [[], ["--check", "--diff", asked]]
        )
    foreseen = released()
    run = world.play(STAGE, asked)

    assert (unasked.returncode, unasked.changed) == (0, 0), unasked.output
    assert (check.returncode, check.changed) == (0, 1), check.output
    assert "+" in check.output
    assert "email_verified" in check.output
    assert foreseen == sorted(RELEASED_BY_DEFAULT.split())
    assert (run.returncode, run.changed) == (0, 1), run.output
    assert released() == ASKED
