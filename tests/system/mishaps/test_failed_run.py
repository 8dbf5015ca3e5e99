"""A run that fails leaves the Sentry of before running, here one with password login."""

from __future__ import annotations

import contextlib

import pytest

HOOK = "sentry/enhance-image.sh"


@contextlib.contextmanager
def own_line_in_the_image_hook(world, line):
    """The site's own image hook has a line more for a while, after the role's block."""
    before = world.on_host("sh", "-c", f"cat {HOOK} 2>/dev/null || echo '#!/bin/bash'")
    world.on_host("tee", HOOK, stdin=f"{before}{line}\n")
    try:
        yield
    finally:
        world.on_host("tee", HOOK, stdin=before)


@pytest.fixture(scope="module")
def site(world):
    """Runs `site` with an access token of the site's own, so that no run has to log in."""
    with world.access_token() as token:
        yield lambda *variables: world.play(
            "site",
            *(
                f"--extra-vars={variable}"
                for variable in (f"sentry_sso_encvoy_access_token={token}", *variables)
            ),
        )


def image_of_sentry(world):
    return world.on_host(
        "docker", "image", "ls", "--quiet", f"{world.prefix}/sentry-self-hosted-local"
    )


@pytest.fixture
def still_there(world, people):
    """Whatever happens in the test, the image and the login of before are there afterwards."""
    image = image_of_sentry(world)
    yield
    assert image_of_sentry(world) == image
    alice = people["alice"]
    with world.person() as person:
        person.log_in_with_password(alice.email, alice.sentry_password)
        assert person.who_am_i().json()["email"] == alice.email


@pytest.mark.usefixtures("still_there")
def test_a_build_that_fails_touches_no_container(world, site):
    before = world.containers()

    refused = site("sentry_sso_plugin_version=0.0.7")

    assert refused.returncode != 0, refused.output
    assert '"Build the Sentry image" failed' in refused.output
    assert "sentry-auth-oidc==0.0.7" in refused.output
    assert world.containers() == before


@pytest.mark.usefixtures("still_there")
def test_a_provider_that_sentry_cannot_load_never_reaches_a_container(world, site):
    """9.1.1 can be made to install, and every process of Sentry 23.7.1 would die of it."""
    before = world.containers()

    too_new = "pip install --ignore-requires-python --no-deps sentry-auth-oidc==9.1.1"
    with own_line_in_the_image_hook(world, too_new):
        refused = site("sentry_sso_plugin_version=7.0.0")

    assert refused.returncode != 0, refused.output
    assert '"Load the provider in the new image" failed' in refused.output
    assert "No module named" in refused.output
    assert world.containers() == before


@pytest.mark.usefixtures("still_there")
def test_a_sentry_that_does_not_come_back_is_replaced_by_the_one_before(world, site):
    broken = """test "$2" != web || { echo broken by the hook; exit 1; }"""
    with own_line_in_the_image_hook(world, f"sed -i '2i {broken}' /docker-entrypoint.sh"):
        refused = site("sentry_sso_plugin_version=7.0.0")

    assert refused.returncode != 0, refused.output
    assert '"Wait until the services are ready" failed' in refused.output
    assert "the service web died 3 times right after its start" in refused.output
    assert "broken by the hook" in refused.output
    assert "Sentry is back on the image and the settings that it had before" in refused.output
