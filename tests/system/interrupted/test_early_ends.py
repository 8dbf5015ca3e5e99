# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs that end early, on a Sentry with password login.

One that fails leaves the Sentry of before running. One that is killed leaves things half done,
which the scenario's own run of the playbook finishes.
"""

from __future__ import annotations

import contextlib

import pytest

from tests.system.encvoy_id import AWKWARD_SECRET
from tests.system.secrets import everything_written, shown_secrets

APPLY = "tests/system/stages/apply.yml"
HOOK = "sentry/enhance-image.sh"
CONFIG = "sentry/config.yml"


@contextlib.contextmanager
def own_line_in_the_image_hook(world, line):
    """The site's own image hook ends with this line for a while."""
    before = world.on_host("sh", "-c", f"cat {HOOK} 2>/dev/null || :")
    world.on_host("tee", HOOK, stdin=(before or "#!/bin/bash -e\n") + f"{line}\n")
    world.on_host("chmod", "0755", HOOK)
    try:
        yield
    finally:
        if before:
            world.on_host("tee", HOOK, stdin=before)
        else:
            world.on_host("rm", HOOK)


def image_of_sentry(world):
    image = f"{world.prefix}/sentry-self-hosted-local:latest"
    return world.on_host("docker", "image", "inspect", "--format", "{{.Id}}", image)


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
def test_a_build_that_fails_touches_no_container(world):
    before = world.containers()

    with own_line_in_the_image_hook(world, "pip install sentry-auth-oidc==0.0.7"):
        refused = world.play(APPLY)

    assert refused.returncode != 0, refused.output
    assert '"Build the Sentry image" failed' in refused.output
    assert "sentry-auth-oidc==0.0.7" in refused.output
    assert world.containers() == before


@pytest.mark.usefixtures("still_there")
def test_a_provider_that_sentry_cannot_load_never_reaches_a_container(world):
    """9.1.1 can be made to install, and every process of Sentry 23.7.1 would die of it."""
    before = world.containers()

    too_new = "pip install --ignore-requires-python --no-deps sentry-auth-oidc==9.1.1"
    with own_line_in_the_image_hook(world, too_new):
        refused = world.play(APPLY)

    assert refused.returncode != 0, refused.output
    assert '"Load the provider in the new image" failed' in refused.output
    assert "No module named" in refused.output
    assert world.containers() == before


@pytest.mark.usefixtures("still_there")
def test_a_sentry_that_does_not_come_back_is_replaced_by_the_one_before(world):
    """The whole playbook, with an access token of the site's own instead of a login."""
    broken = """test "$2" != web || { echo broken by the hook; exit 1; }"""
    with (
        own_line_in_the_image_hook(world, f"sed -i '2i {broken}' /docker-entrypoint.sh"),
        world.access_token() as token,
    ):
        refused = world.play("site", f"--extra-vars=sentry_sso_encvoy_access_token={token}")

    assert refused.returncode != 0, refused.output
    assert '"Wait until the services are ready" failed' in refused.output
    assert "the service web died 3 times right after its start" in refused.output
    assert "broken by the hook" in refused.output
    assert "Sentry is back on the image and the settings that it had before" in refused.output


@pytest.fixture(scope="module")
def awkward_site(world):
    """A site whose URL is in Sentry's database alone.

    Its client has a secret that quoting could break on the way into Sentry.
    """
    with world.encvoy() as api:
        path = f"/clients/{world.client()['client_id']}"
        api.put("set a secret", path, {"client_secret": AWKWARD_SECRET})
    before = world.on_host("cat", CONFIG)
    world.on_host("sed", "--in-place", "/^system.url-prefix/d", CONFIG)
    world.compose(
        "exec", "-T", "web", "sentry", "config", "set", "system.url-prefix", world.sentry_url
    )
    yield world
    world.on_host("tee", CONFIG, stdin=before)


@pytest.fixture(scope="module")
def containers_before(awkward_site):
    return awkward_site.containers()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("written")


@pytest.fixture(scope="module")
def killed(awkward_site, containers_before, folder):
    """A run that was killed when all was written and built, and nothing recreated."""
    return awkward_site.play(
        "site",
        "-vvvv",
        "--diff",
        environment=everything_written(folder),
        kill_at="Load the provider in the new image",
    )


def test_it_was_killed_before_it_recreated_a_container(awkward_site, killed, containers_before):
    assert killed.returncode < 0, killed.output
    assert awkward_site.containers() == containers_before


def test_the_url_in_sentrys_database_was_understood(awkward_site, killed):
    assert f"url-prefix={awkward_site.sentry_url}" in killed.output


def test_nothing_that_the_verbose_run_wrote_has_a_secret(awkward_site, killed, folder):
    assert shown_secrets(awkward_site, killed, folder) == {}
