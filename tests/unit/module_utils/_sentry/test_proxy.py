# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What runs in the container of nginx, and what happens where it cannot run there."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry import proxy
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.docker import SentryError
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.wait import Deadline
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.watched import Watched
from tests.support.fake_services import FakeClock, FakeHost, FakeProject, running_project

HOSTS = "127.0.0.1 localhost\n172.18.0.9 nginx\n"
# The new worker is there after a moment; the old one goes when its requests have come to an end.
NGINX = """#!/bin/sh
[ "$*" = "-s reload" ] || exit 9
cp hosts seen
{fails}
(sleep 0.2; mkdir -p proc/11; printf 'nginx: worker process' >proc/11/cmdline
 sleep {drains}; rm -r proc/10; touch drained) >/dev/null 2>&1 &
"""


def run_program(
    folder: Path, *, fails: str = "", drains: float = 0.2, patience: int = 5
) -> subprocess.CompletedProcess[str]:
    """Run the program in a container that is this folder."""
    (folder / "hosts").write_text(HOSTS)
    (folder / "proc" / "10").mkdir(parents=True)
    (folder / "proc" / "10" / "cmdline").write_text("nginx: worker process")
    # The program itself has these words in its own command line.
    (folder / "proc" / "20").mkdir()
    (folder / "proc" / "20" / "cmdline").write_text('sh\0-c\0grep "nginx: worker process"\0')
    (folder / "bin").mkdir()
    (folder / "bin" / "nginx").write_text(NGINX.format(fails=fails, drains=drains))
    (folder / "bin" / "nginx").chmod(0o755)
    program = proxy._SWITCH.replace("/etc/hosts", "hosts").replace("/proc/", "proc/")
    return subprocess.run(
        ["sh", "-c", program, "sh", "172.18.0.7", str(patience)],
        cwd=folder,
        env={**os.environ, "PATH": f"{folder}/bin:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_nginx_finds_one_address_while_it_is_reloaded(tmp_path: Path) -> None:
    done = run_program(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "seen").read_text() == "172.18.0.7 web\n" + HOSTS
    assert (tmp_path / "hosts").read_text() == HOSTS


def test_requests_on_their_way_are_waited_for(tmp_path: Path) -> None:
    run_program(tmp_path, drains=1.0)
    assert not (tmp_path / "proc" / "10").exists()


def test_a_program_with_these_words_is_no_worker(tmp_path: Path) -> None:
    began = time.monotonic()
    run_program(tmp_path, patience=20)
    assert time.monotonic() - began < 15


def test_they_are_not_waited_for_for_ever(tmp_path: Path) -> None:
    done = run_program(tmp_path, drains=4.0, patience=1)
    assert done.returncode == 0
    assert (tmp_path / "proc" / "10").exists()


def test_a_reload_that_is_refused_leaves_no_address(tmp_path: Path) -> None:
    done = run_program(tmp_path, fails="echo no such upstream >&2; exit 1")
    assert (done.returncode, done.stderr) == (1, "no such upstream\n")
    assert (tmp_path / "hosts").read_text() == HOSTS


def watched(service: str, project: FakeProject, **addresses: str) -> Watched:
    return Watched(service, project.of(service).container_id, runs=True, addresses=addresses)


def switch(project: FakeProject, **addresses: str) -> None:
    host = FakeHost("/opt/sentry", world=project)
    nginx = watched("nginx", project, default="172.18.0.9", other="172.19.0.9")
    web = watched("web", project, **addresses)
    proxy.switch_to(host, nginx, web, Deadline.after(60, project.clock))


def test_the_address_is_that_of_a_network_that_both_have() -> None:
    project = running_project()
    switch(project, alone="172.20.0.2", other="172.19.0.2")
    assert project.executed[-1][:2] == ("sh", "-c")
    assert project.executed[-1][3:] == ("sh", "172.19.0.2", "30")


@pytest.mark.parametrize("has_shell", [True, False])
def test_where_it_cannot_be_done_all_are_asked(has_shell: bool) -> None:
    project = running_project()
    project.has_shell = has_shell
    began = project.clock.now()
    switch(project, **({"default": "172.18.0.2"} if not has_shell else {"alone": "172.20.0.2"}))
    assert project.done == ["reload"]
    assert project.clock.now() - began >= 2.0


def test_a_reload_that_fails_is_a_failure_and_no_restart() -> None:
    project = running_project()
    project.reload_fails = True
    with pytest.raises(SentryError, match="host not found in upstream"):
        switch(project, default="172.18.0.2")
    assert "restart nginx" not in project.done


def test_nginx_that_does_not_run_or_reload_is_restarted() -> None:
    project = running_project()
    project.reload_fails = True
    host = FakeHost("/opt/sentry", world=project)
    for runs in (True, False):
        nginx = Watched("nginx", project.of("nginx").container_id, runs=runs)
        proxy.reload_or_restart(host, nginx, 10)
    assert project.done == ["reload", "restart nginx", "restart nginx"]
    assert isinstance(project.clock, FakeClock)
