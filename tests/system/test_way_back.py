"""A run that fails leaves the Sentry that was there before, running."""

from __future__ import annotations

import contextlib

HOOK = "sentry/enhance-image.sh"
# Encvoy ID accepts it, and Python, YAML, Jinja, shell and compose each could read it another way.
AWKWARD = """q'uo"te\\ back\\n $HOME ${X} $$ {{ 7*7 }} {% raw %} #no-comment `id` %s <&> ~"""


@contextlib.contextmanager
def own_line_in_the_image_hook(world, line):
    """A line of the site's own after the role's block."""
    before = world.on_host("cat", HOOK)
    world.on_host("tee", HOOK, stdin=f"{before}{line}\n")
    try:
        yield
    finally:
        world.on_host("tee", HOOK, stdin=before)


def image_of_sentry(world):
    return world.on_host(
        "docker", "image", "ls", "--quiet", f"{world.prefix}/sentry-self-hosted-local"
    )


def assert_member_logs_in(world, human):
    with world.person() as person:
        person.log_in_with_encvoy_id(human.encvoy_id)
        assert person.who_am_i().json()["email"] == human.email


def test_a_build_that_fails_touches_no_container(world):
    before = world.containers(), image_of_sentry(world)

    refused = world.play("site", "--extra-vars=sentry_sso_plugin_version=0.0.7")

    assert refused.returncode != 0, refused.output
    assert '"Build the Sentry image" failed' in refused.output
    assert "sentry-auth-oidc==0.0.7" in refused.output
    assert (world.containers(), image_of_sentry(world)) == before


def test_a_provider_that_sentry_cannot_load_never_reaches_a_container(world, people):
    """9.1.1 can be made to install, and every process of Sentry 23.7.1 would die of it."""
    before = world.containers(), image_of_sentry(world)

    too_new = "pip install --ignore-requires-python --no-deps sentry-auth-oidc==9.1.1"
    with own_line_in_the_image_hook(world, too_new):
        refused = world.play("site", "--extra-vars=sentry_sso_plugin_version=7.0.0")

    assert refused.returncode != 0, refused.output
    assert '"Load the provider in the new image" failed' in refused.output
    assert "No module named" in refused.output
    assert (world.containers(), image_of_sentry(world)) == before
    assert_member_logs_in(world, people["alice"])


def test_a_sentry_that_does_not_come_back_is_replaced_by_the_one_before(world, people):
    before = image_of_sentry(world)

    with own_line_in_the_image_hook(world, "pip uninstall --yes pyuwsgi"):
        refused = world.play(
            "site",
            "--extra-vars=sentry_sso_plugin_version=7.0.0",
            "--extra-vars=sentry_sso_health_timeout=60",
        )

    assert refused.returncode != 0, refused.output
    assert "Sentry is back on the image and the settings that it had before" in refused.output
    assert image_of_sentry(world) == before
    assert_member_logs_in(world, people["alice"])


def test_the_next_run_puts_right_what_the_failed_ones_left(world, people):
    """With a new secret that quoting could break on the way into Sentry."""
    (client,) = [one for one in world.clients() if one["name"] == "Sentry"]
    with world.encvoy() as api:
        api.put("set a secret", f"/clients/{client['client_id']}", {"client_secret": AWKWARD})

    again = world.play("site", "--diff")

    assert again.returncode == 0, again.output
    assert AWKWARD not in again.output
    assert world.on_host("cat", "sentry/encvoy-oidc-client-secret") == AWKWARD
    assert_member_logs_in(world, people["alice"])
