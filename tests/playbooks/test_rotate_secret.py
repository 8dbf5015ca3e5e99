# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client secret is replaced for hosts that share a client application, or for none of them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from sandbox.encvoy_id import RunningServer
from tests.playbooks.conftest import Playbooks
from tests.playbooks.test_ends_of_a_run import SECRET_FILE, clients, files, inside
from tests.support.commands import Play
from tests.support.encvoy_server import PASSWORDS
from tests.support.sentry_host import (
    IMAGE_ID,
    PROJECT,
    RUNNING,
    config,
    container,
    set_containers,
)

LOADED = {"providers": ["oidc"], "packages": {"sentry": "23.7.1", "sentry-auth-oidc": "6.0.0"}}
PROJECT_LABEL = "com.docker.compose.project"
ONE_OFF = "com.docker.compose.oneoff=False"
REFUSED = {"error": "invalid_client", "status": 401}


class Sites:
    """Hosts whose Sentry logs in with Encvoy ID.

    :param names: host -> name of its client application
    """

    def __init__(self, playbooks: Playbooks, server: RunningServer, names: dict[str, str]) -> None:
        self.playbooks, self.server, self.names = playbooks, server, names
        self.hosts = {
            host: playbooks.host(server, sentry_sso_client_name=name)
            for host, name in names.items()
        }
        docker = playbooks.docker
        owner = f"{os.geteuid()}:{os.getegid()}"
        docker.answer("compose config --format json", config(user=owner))
        stages = "--tags=sentry_sso_client,sentry_sso_install,sentry_sso_configure"
        # One after the other: two that look at once would both make the client application.
        for host, variables in self.hosts.items():
            begun = playbooks.run("encvoy.sentry.site", {host: variables}, stages)
            assert begun.returncode == 0, begun.output
            # As it is when such a run has ended.
            shutil.rmtree(self.folder(host) / ".encvoy-sentry")
        self.let_services_run()
        docker.answer(f"image inspect --format {{{{.Id}}}} {IMAGE_ID}", IMAGE_ID)
        docker.answer("compose up")
        docker.answer("exec id-of-nginx")
        docker.reply("run --network none", LOADED)
        for host in self.hosts:
            self.let_sentry_see(host)
        self.before = self.secrets()

    def let_services_run(self) -> None:
        """Let docker know the containers; each is as well after it was recreated as before."""
        docker, names = self.playbooks.docker, (*RUNNING, "nginx")
        found = {name: container(name, started="2199-01-01T00:00:00Z") for name in names}
        set_containers(docker, list(found.values()))
        for name in ("web", "nginx"):
            docker.answer(f"inspect id-of-{name}", [found[name]])
        for name in ("worker", "nginx"):
            docker.answer(f"inspect id-of-web id-of-{name}", list(found.values()))
        listed = "\n".join(f"id-of-{name}\t{name}" for name in names)
        docker.answer(f"ps label={PROJECT_LABEL}={PROJECT} label={ONE_OFF}", listed)

    def let_sentry_see(self, host: str, **endpoint: Any) -> None:
        seen = inside(self.server, "a-client")
        seen["token_endpoint"].update(endpoint)
        self.playbooks.docker.reply(
            "exec id-of-web", seen, program="scripts.probe", folder=self.folder(host)
        )

    def folder(self, host: str) -> Path:
        return Path(self.hosts[host]["sentry_sso_sentry_dir"])

    def secrets(self) -> dict[str, str]:
        """The secrets at Encvoy ID, by the names of the client applications."""
        return {one["name"]: one["client_secret"] for one in clients(self.server)}

    def secret_of(self, host: str) -> str:
        return (self.folder(host) / SECRET_FILE).read_text()

    def rotate(self, *arguments: str, playbook: str = "encvoy.sentry.rotate_secret") -> Play:
        self.server.requests.clear()
        return self.playbooks.run(playbook, self.hosts, "--forks=10", *arguments)

    @property
    def writes(self) -> list[str]:
        entries = self.server.requests.entries("/api/v1/clients")
        return [entry.method for entry in entries if entry.method != "GET"]


def test_hosts_that_share_a_client_get_one_new_secret(
    playbooks: Playbooks, encvoy_id: RunningServer
) -> None:
    sites = Sites(playbooks, encvoy_id, {"one": "Shared", "two": "Shared", "three": "Own"})

    run = sites.rotate("-vvvv", "--diff")

    assert run.returncode == 0, run.output
    after = sites.secrets()
    assert sites.writes == ["PUT", "PUT"]
    assert after["Shared"] != sites.before["Shared"]
    assert after["Own"] not in (sites.before["Own"], after["Shared"])
    found = {host: sites.secret_of(host) for host in sites.hosts}
    assert found == {"one": after["Shared"], "two": after["Shared"], "three": after["Own"]}
    assert "Logins failed for about" in run.words
    for secret in (*sites.before.values(), *after.values(), PASSWORDS["root"]):
        assert secret not in run.output
    assert not any((sites.folder(host) / ".encvoy-sentry").exists() for host in sites.hosts)


def test_a_later_batch_takes_the_secret_that_is_there(
    playbooks: Playbooks, encvoy_id: RunningServer, tmp_path: Path
) -> None:
    sites = Sites(playbooks, encvoy_id, {"one": "Shared", "two": "Shared"})
    play = tmp_path / "play.yml"
    play.write_text(
        "- hosts: sentry\n  gather_facts: false\n  serial: 1\n  tasks:\n"
        "    - ansible.builtin.include_role:\n"
        "        {name: encvoy.sentry.sentry_sso, tasks_from: rotate_secret}\n"
    )

    run = sites.rotate(playbook=str(play))

    assert run.returncode == 0, run.output
    assert sites.writes == ["PUT"]
    assert sites.secret_of("one") == sites.secret_of("two") == sites.secrets()["Shared"]


def test_a_secret_that_one_host_cannot_use_is_taken_back_for_all(
    playbooks: Playbooks, encvoy_id: RunningServer
) -> None:
    sites = Sites(playbooks, encvoy_id, {"one": "Shared", "two": "Shared"})
    sites.let_sentry_see("two", **REFUSED)

    run = sites.rotate("-vvvv")

    assert run.returncode != 0
    assert sites.writes == ["PUT", "PUT"]
    assert sites.secrets() == sites.before
    assert {sites.secret_of(host) for host in sites.hosts} == {sites.before["Shared"]}
    assert "two: client_secret_accepted: " in run.words
    assert "The former client secret is set again at both ends." in run.words
    for secret in (*sites.before.values(), PASSWORDS["root"]):
        assert secret not in run.output
    assert not any((sites.folder(host) / ".encvoy-sentry").exists() for host in sites.hosts)


def test_what_fails_before_encvoy_id_changes_nothing_there(
    playbooks: Playbooks, encvoy_id: RunningServer
) -> None:
    sites = Sites(playbooks, encvoy_id, {"one": "Shared"})
    playbooks.docker.answer("run --network none", stderr="SyntaxError", code=1)
    playbooks.docker.answer("compose run", stderr="SyntaxError", code=1)
    before = files(sites.folder("one"))

    run = sites.rotate()

    assert run.returncode != 0
    assert "SyntaxError" in run.words
    assert sites.writes == []
    found = files(sites.folder("one"))
    assert found[SECRET_FILE] == before[SECRET_FILE]


def test_a_check_changes_nothing(playbooks: Playbooks, encvoy_id: RunningServer) -> None:
    sites = Sites(playbooks, encvoy_id, {"one": "Shared"})
    before = files(sites.folder("one"))

    run = sites.rotate("--check", "--diff")

    assert (run.returncode, run.changed) == (0, 4), run.output
    assert sites.writes == []
    assert files(sites.folder("one")) == before


@pytest.mark.parametrize("client", [True, False], ids=["a client alone", "nothing"])
def test_where_nothing_is_set_up_the_run_is_refused(
    playbooks: Playbooks, encvoy_id: RunningServer, client: bool
) -> None:
    host = playbooks.host(encvoy_id)
    if client:
        begun = playbooks.run("encvoy.sentry.site", {"here": host}, "--tags=sentry_sso_client")
        assert begun.returncode == 0, begun.output

    run = playbooks.run("encvoy.sentry.rotate_secret", {"here": host})

    assert run.returncode != 0
    assert run.changed == 0
    assert "Run encvoy.sentry.site first." in run.words
