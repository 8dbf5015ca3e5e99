# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a run ends: well, or with everything as it was before, and in each case without secrets left.

Each case is a host of its own, and all of them are in one run.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.encvoy_id import RunningServer, Settings, running_server
from tests.playbooks.conftest import SENTRY_URL, Playbooks
from tests.support.commands import Play
from tests.support.encvoy_server import PASSWORDS
from tests.support.fake_docker import FakeDocker
from tests.support.sentry_host import (
    IMAGE_ID,
    PACKAGES,
    PROCESS,
    RUNNING,
    config,
    container,
    set_containers,
)

SETTINGS = "sentry/sentry.conf.py"
SECRET_FILE = "sentry/encvoy-oidc-client-secret"
BUILD_FAILS = "#9 [2/2] RUN /usr/src/sentry/enhance-image.sh\n#9 ERROR: exit code: 7\n"
OFF = {"provider": None, "require_sso": None, "default_role": "member"}
OPTIONAL = {"provider": "oidc", "require_sso": False, "default_role": "member"}
REQUIRED = {**OPTIONAL, "require_sso": True}
NEWER_PLUGIN = {"sentry_sso_plugin_version": "7.0.0"}
# What differs from a site where all is done: variables of the host.
CASES: dict[str, dict[str, Any]] = {
    "all-right": {},
    "open-secret": {},
    "never-on": {},
    "was-optional": {"sentry_sso_require_sso": True},
    "stays-on": {},
    "no-answer": {},
    "build-fails": NEWER_PLUGIN,
    "no-way-back": NEWER_PLUGIN,
    "cannot-start": {"sentry_sso_provider_name": "Another"},
    "no-settings": NEWER_PLUGIN,
}
PLAY = """
- hosts: sentry
  gather_facts: false
  tasks:
    - block:
        - ansible.builtin.include_role:
            name: encvoy.sentry.sentry_sso
      always:
        - ansible.builtin.debug:
            var: hostvars[inventory_hostname]
"""


@dataclass(frozen=True)
class Site:
    """What the run worked on, and what it said.

    :param before: files of each case before the run
    """

    play: Play
    docker: FakeDocker
    folders: dict[str, Path]
    before: dict[str, dict[str, tuple[bytes, int]]]
    secrets: list[str]

    def said(self, case: str) -> str:
        """The last failure of a host, its words in one line; empty when it did not fail."""
        told = self.play.output.split(f"fatal: [{case}]: FAILED! => ")
        message = json.JSONDecoder().raw_decode(told[-1])[0]["msg"] if told[1:] else ""
        return " ".join(message) if isinstance(message, list) else message

    def own_files(self, case: str) -> dict[str, tuple[bytes, int]]:
        """The files before the run, without what an interrupted run had kept."""
        before = self.before[case]
        return {name: before[name] for name in before if not name.startswith(".encvoy-sentry")}

    def asked(self, case: str, *words: str) -> list[dict[str, Any]]:
        """The calls of docker in the folder of a case that have these words."""
        folder = str(self.folders[case])
        return [
            call
            for call in self.docker.calls
            if call["cwd"] == folder and set(words) <= set(call["arguments"])
        ]

    def wishes(self, case: str) -> list[dict[str, Any]]:
        """What Sentry was asked to make of its auth provider, one after the other."""
        programs = [call["stdin"] for call in self.asked(case, "exec", "id-of-web")]
        orders = [re.search(r"main\(json\.loads\((.*)\)\)\n$", program) for program in programs]
        decoded = [json.loads(json.loads(order[1])) for order in orders if order]
        return [one["payload"] for one in decoded if one["name"].endswith("scripts.provider")]


def files(folder: Path) -> dict[str, tuple[bytes, int]]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mode) for path in paths
    }


def inside(server: RunningServer, client_id: str, **changes: Any) -> dict[str, Any]:
    """What Sentry sees where all is done."""
    endpoint = {"url": f"{server.url}/oidc/token", "is_loaded": True, "addresses": ["127.0.0.1"]}
    return {
        "providers": ["oidc"],
        "roles": ["member"],
        "organization_found": True,
        "organizations": ["sentry"],
        **OPTIONAL,
        "replaced": None,
        "require_2fa": False,
        "members": [],
        "settings": {
            "client_id": client_id,
            "authorization_endpoint": f"{server.url}/oidc/auth",
            "token_endpoint": f"{server.url}/oidc/token",
            "userinfo_endpoint": f"{server.url}/oidc/me",
            "issuer": "Encvoy ID",
            "scope": "openid email profile",
            "domain": None,
            "url_prefix": SENTRY_URL,
            "disallowed_ips": [],
            "allowed_ips": [],
        },
        "secret_matches": True,
        "token_endpoint": {**endpoint, "status": 400, "error": "invalid_grant"},
        "packages": PACKAGES,
        "process": {**PROCESS, "uid_map": [], "gid_map": []},
        **changes,
    }


def prepare(site: Playbooks, server: RunningServer, folders: dict[str, Path]) -> None:
    """Let docker answer for each case."""
    docker = site.docker
    client_ids = {client["name"]: client["client_id"] for client in clients(server)}
    set_containers(
        docker, [container(name, started="2199-01-01T00:00:00Z") for name in (*RUNNING, "nginx")]
    )
    docker.answer(f"image inspect --format {{{{.Id}}}} {IMAGE_ID}", IMAGE_ID)
    sees: dict[str, dict[str, Any]] = {
        "never-on": OFF,
        "stays-on": OFF,
        "no-answer": OFF,
        "was-optional": {**OPTIONAL, "secret_matches": False},
    }
    for case, folder in folders.items():
        seen = inside(server, client_ids[case], **sees.get(case, {}))
        docker.reply("exec id-of-web", seen, program="scripts.probe", folder=folder)
    done = {"unlinked": 0, "replaced": None, "not_linked": [], "warnings": []}
    for case, before, after in (
        ("never-on", OFF, OPTIONAL),
        ("stays-on", OFF, OPTIONAL),
        ("was-optional", OPTIONAL, REQUIRED),
    ):
        answer = {**done, "before": before, "after": after}
        calls = 1 if case == "stays-on" else None
        docker.answer("exec id-of-web", stderr="gone\n", code=1, folder=folders[case])
        docker.reply(
            "exec id-of-web", answer, program="scripts.provider", folder=folders[case], calls=calls
        )
        seen = inside(server, client_ids[case], **sees[case])
        docker.reply("exec id-of-web", seen, program="scripts.probe", folder=folders[case])
    docker.answer("exec id-of-web", stderr="gone\n", code=1, folder=folders["no-answer"])
    seen = inside(server, client_ids["no-answer"], **OFF)
    docker.reply("exec id-of-web", seen, program="scripts.probe", folder=folders["no-answer"])
    for case in ("build-fails", "no-way-back"):
        docker.answer("compose build web", stderr=BUILD_FAILS, code=1, folder=folders[case])
    docker.answer(
        f"image inspect --format {{{{.Id}}}} {IMAGE_ID}",
        stderr="Error: No such image",
        code=1,
        folder=folders["no-way-back"],
    )
    docker.answer("run", stderr="SyntaxError", code=1, folder=folders["cannot-start"])
    (folders["open-secret"] / SECRET_FILE).chmod(0o444)
    (folders["no-settings"] / SETTINGS).unlink()


def clients(server: RunningServer) -> list[dict[str, Any]]:
    rows = server.store.database.rows("SELECT client_id FROM clients")
    found = [server.store.clients.get(row["client_id"]) for row in rows]
    return [client for client in found if client]


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running_server(Settings()) as one:
        yield one


@pytest.fixture(scope="module")
def site(server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder = tmp_path_factory.mktemp("site")
    playbooks = Playbooks(folder)
    account = {"ENCVOY_LOGIN": "root", "ENCVOY_PASSWORD": PASSWORDS["root"]}
    hosts = {case: playbooks.host(server, sentry_sso_client_name=case) for case in CASES}
    for variables in hosts.values():
        del variables["sentry_sso_encvoy_login"], variables["sentry_sso_encvoy_password"]
    folders = {case: Path(hosts[case]["sentry_sso_sentry_dir"]) for case in CASES}
    # These tests may run as a user who cannot give a file to another one.
    owner = f"{os.geteuid()}:{os.getegid()}"
    playbooks.docker.answer("compose config --format json", config(user=owner))
    stages = "--tags=sentry_sso_client,sentry_sso_install,sentry_sso_configure"
    begun = playbooks.run("encvoy.sentry.site", hosts, stages, "--forks=10", **account)
    assert begun.returncode == 0, begun.output
    # Nothing of before is to be gone back to: these sites are as another run has left them.
    for checkout in folders.values():
        shutil.rmtree(checkout / ".encvoy-sentry")
    prepare(playbooks, server, folders)
    interrupted = folders["all-right"] / ".encvoy-sentry"
    interrupted.mkdir(mode=0o700)
    before = {case: files(folders[case]) for case in CASES}
    play = folder / "play.yml"
    play.write_text(PLAY)
    hosts = {case: {**hosts[case], **CASES[case]} for case in CASES}
    run = playbooks.run(str(play), hosts, "--forks=10", **account)
    secrets = [PASSWORDS["root"], *(client["client_secret"] for client in clients(server))]
    return Site(run, playbooks.docker, folders, before, secrets)


def test_a_site_where_all_is_done_is_left_alone(site: Site) -> None:
    """What the interrupted run before kept is removed, and nothing else."""
    assert site.said("all-right") == ""
    assert not site.asked("all-right", "build")
    assert not site.asked("all-right", "up")
    assert files(site.folders["all-right"]) == site.own_files("all-right")


def test_owner_and_mode_are_put_right_without_a_restart(site: Site) -> None:
    assert site.said("open-secret") == ""
    assert not site.asked("open-secret", "up")
    path = site.folders["open-secret"] / SECRET_FILE
    assert path.stat().st_mode & 0o777 == 0o400
    assert not (site.folders["open-secret"] / ".encvoy-sentry").exists()


def test_a_login_that_cannot_be_verified_is_not_left_on(site: Site) -> None:
    said = site.said("never-on")
    assert "Failed: provider_enabled" in said
    assert "The organization logs in as before this run." in said
    assert [wish["state"] for wish in site.wishes("never-on")] == ["present", "absent"]


def test_single_sign_on_that_was_optional_is_optional_again(site: Site) -> None:
    said = site.said("was-optional")
    assert "Failed: settings_loaded" in said
    assert "The organization logs in as before this run." in said
    wishes = [(wish["state"], wish["require_sso"]) for wish in site.wishes("was-optional")]
    assert wishes == [("present", True), ("present", False)]


def test_a_provider_that_stays_on_is_told(site: Site) -> None:
    said = site.said("stays-on")
    assert "Failed: provider_enabled" in said
    assert "The auth provider is on, and it could not be put back." in said
    assert "docker exec" in said


def test_a_provider_that_cannot_be_turned_on_says_what_is_left_to_do(site: Site) -> None:
    said = site.said("no-answer")
    assert "docker exec" in said
    assert "What is left is to turn the auth provider on" in said


@pytest.mark.parametrize(
    ("case", "why"),
    [
        ("build-fails", "exit code 7"),
        ("cannot-start", "SyntaxError"),
        ("no-settings", "sentry/sentry.conf.py: There is neither this file"),
    ],
)
def test_what_fails_before_the_containers_leaves_all_as_it_was(
    site: Site, case: str, why: str
) -> None:
    said = site.said(case)
    assert why in said
    assert "Sentry is as it was before, and its files, too." in said
    assert not site.asked(case, "up")
    assert files(site.folders[case]) == site.own_files(case)


def test_a_way_back_that_fails_tells_both_failures(site: Site) -> None:
    said = site.said("no-way-back")
    assert "exit code 7" in said
    assert "Then Sentry could not be brought back to what it was before" in said
    assert said.index("exit code 7") < said.index(IMAGE_ID)


def test_no_secret_is_left_in_the_facts_or_in_the_output(site: Site) -> None:
    """Whether a run ended well or not."""
    assert site.play.output.count("hostvars[inventory_hostname]") >= len(CASES)
    for secret in site.secrets:
        assert secret not in site.play.output
