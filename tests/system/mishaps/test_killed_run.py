"""A run that is killed; what it left half done, the scenario's own run of the playbook finishes.

At a site that makes it hard: its URL stands in Sentry's database alone, and the client has a secret
that quoting could break on the way into Sentry, and that nothing may print.
"""

from __future__ import annotations

import pytest

from tests.system.encvoy_id import AWKWARD_SECRET
from tests.system.secrets import everything_written, shown_secrets

CONFIG = "sentry/config.yml"


@pytest.fixture(scope="module")
def site(world):
    """A site whose URL is in Sentry's database alone, and whose client has another secret."""
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
def containers_before(site):
    return site.containers()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("written")


@pytest.fixture(scope="module")
def killed(site, containers_before, folder):
    """A run that was killed when all was written and built, and nothing recreated."""
    return site.play(
        "site",
        "-vvvv",
        "--diff",
        environment=everything_written(folder),
        kill_at="Load the provider in the new image",
    )


def test_it_was_killed_before_it_recreated_a_container(site, killed, containers_before):
    assert killed.returncode < 0, killed.output
    assert site.containers() == containers_before


def test_the_url_in_sentrys_database_was_understood(site, killed):
    assert f"url-prefix={site.sentry_url}" in killed.output


def test_nothing_that_the_verbose_run_wrote_has_a_secret(site, killed, folder):
    assert shown_secrets(site, killed, folder) == {}
