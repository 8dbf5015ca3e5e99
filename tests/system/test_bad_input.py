"""What cannot work is refused with a clear error before anything is touched."""

from __future__ import annotations

import pytest

CASES = {
    "wrong password": (
        ["sentry_sso_encvoy_password=not-the-password"],
        ["Invalid credentials", "Check login and password"],
    ),
    "unknown Sentry folder": (
        ["sentry_sso_sentry_dir=/opt/nowhere"],
        ["/opt/nowhere", "is not a folder"],
    ),
    "folder without a Sentry": (
        ["sentry_sso_sentry_dir=/usr"],
        ["/usr", "docker-compose.yml"],
    ),
    "Sentry URL with another scheme": (
        ["sentry_sso_sentry_url=https://sentry.example.com"],
        ["sentry_sso_sentry_url", "system.url-prefix"],
    ),
    "Sentry URL that is none": (
        ["sentry_sso_sentry_url=sentry.example.com"],
        ["sentry_sso_sentry_url", "sentry.example.com", "expected"],
    ),
    "unreachable Encvoy ID": (
        ["sentry_sso_encvoy_url=https://127.0.0.1:9"],
        ["https://127.0.0.1:9", "refused"],
    ),
    "untrusted certificate": (
        ["sentry_sso_encvoy_ca="],
        ["certificate", "ca_path"],
    ),
    "no credentials": (
        ["sentry_sso_encvoy_login=", "sentry_sso_encvoy_password="],
        ["login", "password"],
    ),
}


def state(world):
    """Every file of the project folder with checksum and mode, every container and client."""
    files = "find . -type f -exec md5sum {} + | sort; find . -printf '%m %p\\n' | sort"
    return world.on_host("sh", "-c", files), world.containers(), world.clients()


@pytest.fixture(scope="module")
def before(world):
    """What there was before the first refusal, and is to be there after each."""
    return state(world)


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_refused_before_anything_is_touched(world, before, case):
    variables, expected = CASES[case]

    refused = world.play("site", *(f"--extra-vars={variable}" for variable in variables))

    assert refused.returncode != 0, refused.output
    words = " ".join(refused.output.split())
    for word in expected:
        assert word in words, refused.output
    assert "Traceback" not in refused.output
    assert refused.changed == 0
    assert state(world) == before
