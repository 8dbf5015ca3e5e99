# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whoever installs the artifact on a controller of the matrix gets the same from it.

The built artifact is installed offline into an empty project whose path has a space, and
``encvoy.sentry.site`` runs by its full name: a check run, a run that changes settings and client, a
run that finds nothing to do, and verify.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.support.commands import Play, run
from tests.support.controllers import CHOSEN, Machine, machine
from tests.system.encvoy_id import client_with
from tests.system.sandbox import Sandbox, State
from tools.artifact import build

PROJECT = "/srv/my project"
CONFIGURATION = "[defaults]\ncollections_path = collections:/usr/share/ansible/collections\n"
# What the provider is called, in turns: an odd number of controllers would leave the second.
NAMES = ("Encvoy ID", "Another name")


@dataclass(frozen=True)
class Runs:
    """What happened on one controller.

    :param before: the sandbox before the check run
    :param after_check: the sandbox after it
    :param client: the client application after the run that changes something
    """

    installation: str
    before: State
    check: Play
    after_check: State
    change: Play
    client: dict[str, object]
    again: Play
    verify: Play

    @property
    def output(self) -> str:
        plays = (self.check, self.change, self.again, self.verify)
        return self.installation + "".join(play.output for play in plays)


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("artifact"))


@pytest.fixture(scope="module", params=list(CHOSEN))
def controller(
    request: pytest.FixtureRequest, sandbox: Sandbox, artifact: Path
) -> Iterator[Machine]:
    """A controller in the sandbox's network. Of the checkout it has the inventory, and nothing."""
    shared = [f"{ROOT}/sandbox", sandbox.ca]
    with machine(
        CHOSEN[request.param],
        f"--network={sandbox.prefix}",
        f"--name={sandbox.prefix}-controller",
        "--volume=/var/run/docker.sock:/var/run/docker.sock",
        f"--volume={artifact}:/srv/{artifact.name}:ro",
        *(f"--volume={path}:{path}:ro" for path in shared),
    ) as here:
        run("docker", "exec", here.identity, "mkdir", PROJECT)
        run(
            *("docker", "exec", "--interactive", f"--workdir={PROJECT}", here.identity),
            *("tee", "ansible.cfg"),
            stdin=CONFIGURATION,
        )
        yield here


@pytest.fixture(scope="module")
def runs(sandbox: Sandbox, controller: Machine, artifact: Path) -> Runs:
    """All runs of a controller, one after the other."""
    now = sandbox.on_host("grep", "^OIDC_ISSUER", "sentry/sentry.conf.py")
    name = NAMES[0] if NAMES[1] in now else NAMES[1]
    inventory = f"--inventory={ROOT}/sandbox/inventory/{sandbox.name}.yml"

    def play(playbook: str, *arguments: str) -> Play:
        variable = f"--extra-vars={{sentry_sso_provider_name: {name}}}"
        command = ["ansible-playbook", inventory, f"encvoy.sentry.{playbook}", variable]
        done = controller.run(*command, *arguments, workdir=PROJECT)
        return Play(done.returncode, done.stdout)

    install = ["ansible-galaxy", "collection", "install", "--offline"]
    where = ["--collections-path", "collections", f"/srv/{artifact.name}"]
    installation = controller.run(*install, *where, workdir=PROJECT).stdout
    with client_with(sandbox, redirect_uris=[f"{sandbox.sentry_url}/auth/sso/"]):
        before = sandbox.state()
        check = play("site", "--check", "--diff")
        after_check = sandbox.state()
        change = play("site", "--diff")
        client = sandbox.client()
        again, verify = play("site"), play("verify")
    return Runs(installation, before, check, after_check, change, client, again, verify)


@pytest.fixture(autouse=True)
def _row(
    request: pytest.FixtureRequest,
    controller: Machine,
    record_property: Callable[[str, object], None],
) -> None:
    """Which row of the matrix a test belongs to."""
    name = request.node.callspec.params["controller"]
    record_property("row", CHOSEN[name].name)
    record_property("column", "site")
    record_property("versions", controller.versions())


def test_the_artifact_is_installed_offline_into_a_path_with_a_space(runs: Runs) -> None:
    assert "was installed successfully" in runs.installation
    assert f"'{PROJECT}/collections/ansible_collections/encvoy/sentry'" in runs.installation


def test_a_check_run_foresees_the_changes_and_makes_none(runs: Runs) -> None:
    assert runs.check.returncode == 0, runs.check.output
    assert "The services are brought up anew: the OIDC settings change." in runs.check.words
    assert "OIDC_ISSUER" in runs.check.output
    assert runs.after_check == runs.before


def test_a_run_changes_the_settings_and_the_client_application(
    runs: Runs, sandbox: Sandbox
) -> None:
    assert runs.change.returncode == 0, runs.change.output
    assert runs.change.changed > 1
    expected = [f"{sandbox.sentry_url}/auth/sso", f"{sandbox.sentry_url}/auth/sso/"]
    assert runs.client["redirect_uris"] == expected


def test_a_second_run_changes_nothing(runs: Runs) -> None:
    assert runs.again.returncode == 0, runs.again.output
    assert runs.again.changed == 0


def test_people_can_log_in_afterwards(runs: Runs) -> None:
    assert runs.verify.returncode == 0, runs.verify.output
    assert "✔ client_secret_accepted" in runs.verify.output
    assert "✔ redirect_uri_accepted" in runs.verify.output


def test_nothing_is_said_to_be_deprecated(runs: Runs) -> None:
    """Neither of the collection nor of what it uses of Ansible."""
    assert "deprecat" not in runs.output.lower()


def test_no_warning_is_shown(runs: Runs) -> None:
    assert "[WARNING]" not in runs.output
