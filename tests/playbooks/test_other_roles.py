# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Beside a role that writes the whole of sentry.conf.py in the same play, and beside another run.

The other role is a stand-in for such roles as boutetnico.sentry: it templates the whole file, and
runs something that turns Sentry off whenever its template made a change.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sandbox.encvoy_id import RunningServer, Settings, running_server
from tests.playbooks.conftest import OWN_LINES, Playbooks
from tests.playbooks.test_ends_of_a_run import SECRET_FILE, SETTINGS, clients, inside
from tests.support.commands import Play
from tests.support.sentry_host import RUNNING, config, container, set_containers

HOUR = 3600
OTHER_ROLE = """
- ansible.builtin.template:
    src: sentry.conf.py.j2
    dest: "{{ sentry_sso_sentry_dir }}/sentry/sentry.conf.py"
    mode: "0644"
  register: written
- ansible.builtin.shell:
    cmd: date >> installed
    chdir: "{{ sentry_sso_sentry_dir }}"
  when: written is changed
"""
PLAY = """
- hosts: sentry
  gather_facts: false
  tasks:
    - ansible.builtin.include_role: {name: encvoy.sentry.sentry_sso, tasks_from: step_aside}
      when: steps_aside | default(true) | bool
    - ansible.builtin.include_role: {name: other_role}
    - ansible.builtin.include_role: {name: encvoy.sentry.sentry_sso, tasks_from: "{{ stage }}"}
"""


@dataclass
class Site:
    """A Sentry where all is done, and a play with the other role."""

    playbooks: Playbooks
    folder: Path
    host: dict[str, Any]
    variables: dict[str, Any] = field(default_factory=dict)

    def play(self, stage: str = "main", **variables: Any) -> Play:
        options = {"stage": stage, **variables}
        extra = [f"--extra-vars={name}={value}" for name, value in options.items()]
        play = self.playbooks.folder / "play.yml"
        return self.playbooks.run(str(play), {"site": self.host}, *extra)

    @property
    def installed(self) -> int:
        """How often the other role turned Sentry off."""
        path = self.folder / "installed"
        return len(path.read_text().splitlines()) if path.exists() else 0

    def files(self) -> dict[str, tuple[bytes, int, int]]:
        """Content, mode and time of every file."""
        found = {path: path.stat() for path in self.folder.rglob("*") if path.is_file()}
        return {
            str(path.relative_to(self.folder)): (path.read_bytes(), one.st_mode, one.st_mtime_ns)
            for path, one in found.items()
        }


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running_server(Settings()) as one:
        yield one


@pytest.fixture
def site(server: RunningServer, playbooks: Playbooks) -> Site:
    host = playbooks.host(server)
    folder = Path(host["sentry_sso_sentry_dir"])
    owner = f"{os.geteuid()}:{os.getegid()}"
    playbooks.docker.answer("compose config --format json", config(user=owner))
    stages = "--tags=sentry_sso_client,sentry_sso_install,sentry_sso_configure"
    begun = playbooks.run("encvoy.sentry.site", {"site": host}, stages)
    assert begun.returncode == 0, begun.output
    shutil.rmtree(folder / ".encvoy-sentry")
    for name in (SETTINGS, SECRET_FILE):
        os.utime(folder / name, (time.time() - HOUR, time.time() - HOUR))
    started = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - HOUR / 2))
    set_containers(
        playbooks.docker, [container(name, started=started) for name in (*RUNNING, "nginx")]
    )
    (client_id,) = [each["client_id"] for each in clients(server) if each["name"] == "Sentry"]
    seen = inside(server, client_id)
    playbooks.docker.reply("exec id-of-web", seen, program="scripts.probe")
    role = playbooks.folder / "roles" / "other_role"
    (role / "tasks").mkdir(parents=True)
    (role / "templates").mkdir()
    (role / "tasks" / "main.yml").write_text(OTHER_ROLE)
    template = OWN_LINES.replace("# NOQA", "{{ own_line | default('# NOQA') }}")
    (role / "templates" / "sentry.conf.py.j2").write_text(template)
    (playbooks.folder / "play.yml").write_text(PLAY)
    return Site(playbooks, folder, host)


def test_two_roles_with_the_hook_between_them_change_nothing_for_each_other(site: Site) -> None:
    before = site.files()
    for _run in range(2):
        run = site.play()
        assert run.returncode == 0, run.output
        assert "changed=0" in run.output
        assert "Sentry has them" in run.words
        assert (site.installed, site.files()) == (0, before)
    asked = [word for call in site.playbooks.docker.calls for word in call["arguments"]]
    assert not {"up", "build", "restart"} & set(asked)


def test_what_the_other_role_changes_is_kept_beside_the_block(site: Site) -> None:
    run = site.play("configure", own_line="changed")
    assert run.returncode == 0, run.output
    written = (site.folder / SETTINGS).read_text()
    assert OWN_LINES.replace("# NOQA", "changed") in written
    assert "OIDC_CLIENT_ID" in written
    assert site.installed == 1
    assert "The services are brought up anew: the OIDC settings change." in run.words
    assert "The Sentry image is built" not in run.words


def test_without_the_hook_the_other_role_is_named(site: Site) -> None:
    run = site.play("preflight", steps_aside="false")
    assert run.returncode == 0, run.output
    assert site.installed == 1
    assert "The managed block of an earlier run is gone" in run.words
    assert "entry point step_aside before" in run.words


def test_a_second_run_ends_before_it_touches_anything(site: Site) -> None:
    """The first one renews its sign, as each of its modules does."""
    sign = site.folder / ".encvoy-sentry-run.json"
    sign.write_text('{"run": "of another playbook"}')
    before = {name: seen for name, seen in site.files().items() if name != sign.name}
    done = threading.Event()

    def work() -> None:
        while not done.wait(1):
            os.utime(sign)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        run = site.playbooks.run(
            "encvoy.sentry.site", {"site": {**site.host, "sentry_sso_provider_name": "Another"}}
        )
    finally:
        done.set()
        worker.join()
    assert run.returncode != 0
    assert "sentry_sso_sentry_dir: Another run is at work" in run.words
    assert "changed=0" in run.output
    assert {name: seen for name, seen in site.files().items() if name != sign.name} == before
