# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Single sign-on is taken out of sites in all states, by one run of a playbook for all of them.

A Sentry whose services are really brought up anew is in tests/system/way_back.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.encvoy_id import RunningServer, Settings, running_server
from tests.playbooks.conftest import OWN_LINES, Playbooks
from tests.playbooks.test_ends_of_a_run import (
    BUILD_FAILS,
    OFF,
    OPTIONAL,
    Site,
    clients,
    files,
    inside,
)
from tests.support.encvoy_server import PASSWORDS
from tests.support.sentry_host import (
    IMAGE_ID,
    PACKAGES,
    RUNNING,
    config,
    container,
    set_containers,
)

NO_PLUGIN = {**PACKAGES, "oidc": []}
SITE_SCRIPT = "#!/bin/bash\npip install ldap3\n"
# Variables in which a host differs from the others.
CASES: dict[str, dict[str, Any]] = {
    "build-fails": {},
    "typing-error": {"sentry_sso_organization": "snetry"},
    "only-client": {},
    "nothing-there": {},
    "unreachable": {},
    "kept": {"sentry_sso_remove_client": False},
    "only-files": {},
    "no-url": {},
}
CLEAN = ("only-client", "nothing-there", "unreachable", "kept")


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running_server(Settings()) as one:
        yield one


def set_up(playbooks: Playbooks, server: RunningServer) -> dict[str, dict[str, Any]]:
    """The hosts of the cases, the files and clients on them as runs have left them."""
    hosts = {case: playbooks.host(server, sentry_sso_client_name=case) for case in CASES}
    for host in hosts.values():
        script = Path(host["sentry_sso_sentry_dir"]) / "sentry" / "enhance-image.sh"
        script.write_text(SITE_SCRIPT)
    owner = f"{os.geteuid()}:{os.getegid()}"
    playbooks.docker.answer("compose config --format json", config(user=owner))
    written = {case: host for case, host in hosts.items() if case not in CLEAN}
    stages = "--tags=sentry_sso_client,sentry_sso_install,sentry_sso_configure"
    begun = playbooks.run("encvoy.sentry.site", written, stages, "--forks=10")
    assert begun.returncode == 0, begun.output
    client = {"only-client": hosts["only-client"], "kept": hosts["kept"]}
    begun = playbooks.run("encvoy.sentry.site", client, "--tags=sentry_sso_client")
    assert begun.returncode == 0, begun.output
    hosts["unreachable"]["sentry_sso_encvoy_url"] = "https://127.0.0.1:1"
    del hosts["kept"]["sentry_sso_encvoy_url"], hosts["no-url"]["sentry_sso_encvoy_url"]
    return {case: {**host, **CASES[case]} for case, host in hosts.items()}


def let_docker_answer(
    playbooks: Playbooks, server: RunningServer, folders: dict[str, Path]
) -> None:
    docker = playbooks.docker
    set_containers(
        docker, [container(name, started="2199-01-01T00:00:00Z") for name in (*RUNNING, "nginx")]
    )
    docker.answer(f"image inspect --format {{{{.Id}}}} {IMAGE_ID}", IMAGE_ID)
    for case, folder in folders.items():
        seen = inside(server, "a-client", **(OFF if case in CLEAN else OPTIONAL))
        seen["packages"] = NO_PLUGIN if case in CLEAN else PACKAGES
        seen["organization_found"] = case != "typing-error"
        docker.reply("exec id-of-web", seen, program="scripts.probe", folder=folder)
    done = {"before": OPTIONAL, "after": OFF, "unlinked": 0, "warnings": []}
    done = {**done, "replaced": None, "not_linked": []}
    docker.reply("exec id-of-web", done, program="scripts.provider")
    docker.answer("compose build web", stderr=BUILD_FAILS, code=1, folder=folders["build-fails"])
    # Never installed: neither image nor container.
    docker.answer(
        "image inspect", stderr="Error: No such image", code=1, folder=folders["only-files"]
    )
    docker.answer("ps --all", "", folder=folders["only-files"])


@pytest.fixture(scope="module")
def site(server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> Site:
    playbooks = Playbooks(tmp_path_factory.mktemp("remove"))
    hosts = set_up(playbooks, server)
    folders = {case: Path(hosts[case]["sentry_sso_sentry_dir"]) for case in CASES}
    for folder in folders.values():
        for kept in sorted((folder / ".encvoy-sentry").rglob("*")):
            kept.unlink()
    let_docker_answer(playbooks, server, folders)
    before = {case: files(folders[case]) for case in CASES}
    run = playbooks.run("encvoy.sentry.remove", hosts, "--forks=10", "--diff")
    secrets = [PASSWORDS["root"], *(client["client_secret"] for client in clients(server))]
    return Site(run, playbooks.docker, folders, before, secrets)


def registered(server: RunningServer) -> set[str]:
    return {client["name"] for client in clients(server)}


def test_a_build_that_fails_leaves_files_and_services_and_says_how_people_log_in(
    site: Site, server: RunningServer
) -> None:
    said = site.said("build-fails")
    assert said.index("exit code 7") < said.index("Sentry is as it was before")
    assert "But the auth provider is off: members log in with their Sentry passwords." in said
    assert not site.asked("build-fails", "up")
    assert files(site.folders["build-fails"]) == site.own_files("build-fails")
    assert "build-fails" in registered(server)


def test_the_provider_is_turned_off_first(site: Site) -> None:
    assert [wish["state"] for wish in site.wishes("build-fails")] == ["absent"]
    calls = [call["arguments"] for call in site.asked("build-fails")]
    programs = [call["stdin"] for call in site.asked("build-fails")]
    off = next(n for n, program in enumerate(programs) if "scripts.provider" in program)
    build = next(n for n, words in enumerate(calls) if "build" in words)
    assert off < build


def test_a_wrong_organization_is_refused_before_anything_is_touched(
    site: Site, server: RunningServer
) -> None:
    said = site.said("typing-error")
    assert said.startswith("sentry_sso_organization: Sentry has none with the slug 'snetry'.")
    assert files(site.folders["typing-error"]) == site.before["typing-error"]
    assert site.wishes("typing-error") == []
    assert "typing-error" in registered(server)


def test_where_the_client_is_has_to_be_known_before_anything_is_touched(site: Site) -> None:
    assert site.said("no-url").startswith("sentry_sso_encvoy_url: It is not set")
    assert files(site.folders["no-url"]) == site.before["no-url"]
    assert site.wishes("no-url") == []


def test_only_the_client_is_left_and_goes(site: Site, server: RunningServer) -> None:
    assert site.said("only-client") == ""
    assert "only-client" not in registered(server)
    assert files(site.folders["only-client"]) == site.before["only-client"]


def test_where_nothing_is_there_nothing_is_done(site: Site) -> None:
    assert site.said("nothing-there") == ""
    assert not site.asked("nothing-there", "build")
    assert not site.asked("nothing-there", "up")
    assert recap(site, "nothing-there") == 0


def test_an_encvoy_id_out_of_reach_is_told_at_the_end_with_what_is_left(site: Site) -> None:
    said = site.said("unreachable")
    assert "https://127.0.0.1:1" in said
    assert 'What is left is the client application "unreachable"' in said
    assert "sentry_sso_remove_client: false" in said


def test_a_client_that_is_kept_needs_no_encvoy_id(site: Site, server: RunningServer) -> None:
    assert site.said("kept") == ""
    assert recap(site, "kept") == 0
    assert "kept" in registered(server)


def test_files_go_and_the_sites_own_lines_stay(site: Site, server: RunningServer) -> None:
    assert site.said("only-files") == ""
    left = files(site.folders["only-files"])
    assert left["sentry/sentry.conf.py"][0] == OWN_LINES.encode()
    assert left["sentry/enhance-image.sh"][0] == SITE_SCRIPT.encode()
    assert set(left) == {
        "docker-compose.yml",
        ".env",
        "sentry/config.yml",
        "sentry/sentry.conf.py",
        "sentry/enhance-image.sh",
    }
    assert not site.asked("only-files", "build")
    assert "only-files" not in registered(server)


def test_no_secret_is_in_the_output(site: Site) -> None:
    for secret in site.secrets:
        assert secret not in site.play.output


def recap(site: Site, case: str) -> int:
    """How many tasks changed something on a host."""
    (line,) = [line for line in site.play.output.splitlines() if line.startswith(f"{case} ")]
    return int(json.loads(line.split("changed=")[1].split()[0]))
