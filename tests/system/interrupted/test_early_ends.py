# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs that end early, on a Sentry with password login.

One that fails leaves the Sentry of before running. One that is killed leaves things half done,
which the scenario's own run of the playbook finishes.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import Play
from tests.system.encvoy_id import AWKWARD_SECRET
from tests.system.enhance_image import (
    BREAK_START,
    BROKEN_START,
    own_line_in_enhance_image,
)
from tests.system.sandbox import Member, Sandbox
from tests.system.secrets import everything_written, shown_secrets

CONFIG = "sentry/config.yml"


def image_of_sentry(sandbox: Sandbox) -> str:
    image = f"{sandbox.prefix}/sentry-self-hosted-local:latest"
    return sandbox.on_host("docker", "image", "inspect", "--format", "{{.Id}}", image)


def own_files(sandbox: Sandbox) -> str:
    """Checksum and mode of every file of the project folder."""
    return sandbox.state()[0]


@pytest.fixture
def still_there(sandbox: Sandbox, members: dict[str, Member]) -> Iterator[None]:
    """Whatever happens in the test, the image and the login of before are there afterwards."""
    image = image_of_sentry(sandbox)
    yield
    assert image_of_sentry(sandbox) == image
    alice = members["alice"]
    with sandbox.browser_session() as visitor:
        visitor.log_in_with_password(alice.email, alice.sentry_password)
        assert visitor.who_am_i().json()["email"] == alice.email


@pytest.mark.usefixtures("still_there")
@pytest.mark.parametrize(
    ("line", "variable", "said"),
    [
        ("true", f"plugin_sha256={'1' * 64}", "not the one whose SHA-256 is declared"),
        ("sleep 313", "build_timeout=10", "sentry_sso_build_timeout: The build"),
        # It can be made to install, and every process of Sentry 23.7.1 would die of it.
        ("export PIP_IGNORE_REQUIRES_PYTHON=1", "plugin_version=9.1.1", "No module named"),
    ],
    ids=[
        "another package than declared",
        "a build that hangs",
        "a plugin that Sentry cannot load",
    ],
)
def test_what_fails_before_the_containers_touches_none_of_them(
    sandbox: Sandbox, line: str, variable: str, said: str
) -> None:
    with own_line_in_enhance_image(sandbox, line):
        before, files = sandbox.containers(), own_files(sandbox)
        refused = sandbox.play("site", f"--extra-vars=sentry_sso_{variable}")

        assert refused.returncode != 0, refused.output
        assert said in refused.words
        assert "Sentry is as it was before, and its files, too." in refused.words
        assert sandbox.containers() == before
        assert own_files(sandbox) == files
    # What a build had started has ended with it.
    assert (
        "sleep 313"
        not in subprocess.run(
            ["ps", "-e", "-o", "args"], check=True, capture_output=True, text=True
        ).stdout
    )


@pytest.mark.usefixtures("still_there")
def test_a_sentry_that_does_not_come_back_is_replaced_by_the_one_before(sandbox: Sandbox) -> None:
    """The whole playbook, with an access token of the site's own instead of a login."""
    with (
        own_line_in_enhance_image(sandbox, BREAK_START),
        sandbox.access_token() as token,
    ):
        files = own_files(sandbox)
        refused = sandbox.play("site", f"--extra-vars=sentry_sso_encvoy_access_token={token}")

        assert refused.returncode != 0, refused.output
        assert "web" in refused.words
        assert "died 3 times" in refused.words
        assert BROKEN_START in refused.words
        assert "Sentry is as it was before, and its files, too." in refused.words
        assert own_files(sandbox) == files


@pytest.fixture(scope="module")
def awkward_site(sandbox: Sandbox) -> Iterator[Sandbox]:
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
def containers_before(awkward_site: Sandbox) -> dict[str, list[str]]:
    return awkward_site.containers()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("written")


@pytest.fixture(scope="module")
def killed(awkward_site: Sandbox, containers_before: dict[str, list[str]], folder: Path) -> Play:
    """A run that was killed when all was written and built, and nothing brought up anew."""
    return awkward_site.play(
        "site",
        "-vvvv",
        "--diff",
        environment=everything_written(folder),
        kill_at="TASK [encvoy.sentry.sentry_sso : Bring the services up anew",
    )


def test_it_was_killed_before_it_touched_a_container(
    awkward_site: Sandbox, killed: Play, containers_before: dict[str, list[str]]
) -> None:
    assert killed.returncode < 0, killed.output
    assert "url_prefix_source" in killed.output
    assert awkward_site.containers() == containers_before


def test_what_was_there_before_is_kept_for_the_next_run(
    awkward_site: Sandbox, killed: Play
) -> None:
    assert awkward_site.on_host("stat", "-c", "%a %u", ".encvoy-sentry").split() == ["700", "0"]


def test_nothing_that_the_verbose_run_wrote_has_a_secret(
    awkward_site: Sandbox, killed: Play, folder: Path
) -> None:
    assert shown_secrets(awkward_site, killed, folder) == {}
