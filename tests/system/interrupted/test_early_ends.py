# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs that end early, on a Sentry with password login.

One that fails leaves the Sentry of before running. One that is killed leaves things half done,
which the scenario's own run of the playbook finishes.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from tests.support.commands import Play
from tests.system.encvoy_id import AWKWARD_SECRET
from tests.system.sandbox import Member, Sandbox
from tests.system.secrets import everything_written, shown_secrets

APPLY = "tests/system/stages/apply.yml"
HOOK = "sentry/enhance-image.sh"
CONFIG = "sentry/config.yml"


@contextlib.contextmanager
def own_line_in_the_image_hook(sandbox: Sandbox, line: str):
    """The site's own image hook ends with this line for a while."""
    before = sandbox.on_host("sh", "-c", f"cat {HOOK} 2>/dev/null || :")
    sandbox.on_host("tee", HOOK, stdin=(before or "#!/bin/bash -e\n") + f"{line}\n")
    sandbox.on_host("chmod", "0755", HOOK)
    try:
        yield
    finally:
        if before:
            sandbox.on_host("tee", HOOK, stdin=before)
        else:
            sandbox.on_host("rm", HOOK)


def image_of_sentry(sandbox: Sandbox):
    image = f"{sandbox.prefix}/sentry-self-hosted-local:latest"
    return sandbox.on_host("docker", "image", "inspect", "--format", "{{.Id}}", image)


@pytest.fixture
def still_there(sandbox: Sandbox, members: dict[str, Member]):
    """Whatever happens in the test, the image and the login of before are there afterwards."""
    image = image_of_sentry(sandbox)
    yield
    assert image_of_sentry(sandbox) == image
    alice = members["alice"]
    with sandbox.browser_session() as visitor:
        visitor.log_in_with_password(alice.email, alice.sentry_password)
        assert visitor.who_am_i().json()["email"] == alice.email


@pytest.mark.usefixtures("still_there")
def test_a_build_that_fails_touches_no_container(sandbox: Sandbox) -> None:
    before = sandbox.containers()

    with own_line_in_the_image_hook(sandbox, "pip install sentry-auth-oidc==0.0.7"):
        refused = sandbox.play(APPLY)

    assert refused.returncode != 0, refused.output
    assert '"Build the Sentry image" failed' in refused.output
    assert "sentry-auth-oidc==0.0.7" in refused.output
    assert sandbox.containers() == before


@pytest.mark.usefixtures("still_there")
def test_a_provider_that_sentry_cannot_load_never_reaches_a_container(sandbox: Sandbox) -> None:
    """9.1.1 can be made to install, and every process of Sentry 23.7.1 would die of it."""
    before = sandbox.containers()

    too_new = "pip install --ignore-requires-python --no-deps sentry-auth-oidc==9.1.1"
    with own_line_in_the_image_hook(sandbox, too_new):
        refused = sandbox.play(APPLY)

    assert refused.returncode != 0, refused.output
    assert '"Load the provider in the new image" failed' in refused.output
    assert "No module named" in refused.output
    assert sandbox.containers() == before


@pytest.mark.usefixtures("still_there")
def test_a_sentry_that_does_not_come_back_is_replaced_by_the_one_before(sandbox: Sandbox) -> None:
    """The whole playbook, with an access token of the site's own instead of a login."""
    broken = """test "$2" != web || { echo broken by the hook; exit 1; }"""
    with (
        own_line_in_the_image_hook(sandbox, f"sed -i '2i {broken}' /docker-entrypoint.sh"),
        sandbox.access_token() as token,
    ):
        refused = sandbox.play("site", f"--extra-vars=sentry_sso_encvoy_access_token={token}")

    assert refused.returncode != 0, refused.output
    assert '"Wait until the services are ready" failed' in refused.output
    assert "the service web died 3 times right after its start" in refused.output
    assert "broken by the hook" in refused.output
    assert "Sentry is back on the image and the settings that it had before" in refused.output


@pytest.fixture(scope="module")
def awkward_site(sandbox: Sandbox):
    """A site whose URL is in Sentry's database alone.

    Its client has a secret that quoting could break on the way into Sentry.
    """
    with sandbox.encvoy() as api:
        path = f"/clients/{sandbox.client()['client_id']}"
        api.put("set a secret", path, {"client_secret": AWKWARD_SECRET})
    before = sandbox.on_host("cat", CONFIG)
    sandbox.on_host("sed", "--in-place", "/^system.url-prefix/d", CONFIG)
    sandbox.compose(
        "exec", "-T", "web", "sentry", "config", "set", "system.url-prefix", sandbox.sentry_url
    )
    yield sandbox
    sandbox.on_host("tee", CONFIG, stdin=before)


@pytest.fixture(scope="module")
def containers_before(awkward_site: Sandbox):
    return awkward_site.containers()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory):
    return tmp_path_factory.mktemp("written")


@pytest.fixture(scope="module")
def killed(awkward_site: Sandbox, containers_before: dict[str, list[str]], folder: Path):
    """A run that was killed when all was written and built, and nothing recreated."""
    return awkward_site.play(
        "site",
        "-vvvv",
        "--diff",
        environment=everything_written(folder),
        kill_at="Load the provider in the new image",
    )


def test_it_was_killed_before_it_recreated_a_container(
    awkward_site: Sandbox, killed: Play, containers_before: dict[str, list[str]]
) -> None:
    assert killed.returncode < 0, killed.output
    assert awkward_site.containers() == containers_before


def test_the_url_in_sentrys_database_was_understood(awkward_site: Sandbox, killed: Play) -> None:
    assert f"url-prefix={awkward_site.sentry_url}" in killed.output


def test_nothing_that_the_verbose_run_wrote_has_a_secret(
    awkward_site: Sandbox, killed: Play, folder: Path
) -> None:
    assert shown_secrets(awkward_site, killed, folder) == {}
