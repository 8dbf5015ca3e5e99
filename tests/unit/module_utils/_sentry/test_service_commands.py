# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What docker is asked about the containers of a project, and what is made of its answers."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.docker import SentryError
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.service_commands import (
    ServiceCommands,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.watched import Watched
from tests.support.fake_services import (
    PROJECT,
    WEB,
    Behaviour,
    FakeProject,
    make_host,
    running_project,
)


def commands(project: FakeProject) -> ServiceCommands:
    made = ServiceCommands(make_host(project), PROJECT)
    made.begin(10)
    return made


def statuses(seen: list[Watched]) -> dict[str, str]:
    return {each.service: each.status for each in seen}


def test_a_look_is_one_call() -> None:
    project = running_project(sick=Behaviour(healthy=0.0, unhealthy=1.0))
    made = commands(project)
    calls = project.calls
    seen = made.look(["web", "sick", "nothing"], 10)
    assert project.calls == calls + 1
    assert statuses(seen) == {"web": "healthy", "sick": "unhealthy", "nothing": "absent"}
    (sick,) = [each for each in seen if each.service == "sick"]
    assert (sick.health_check, sick.health_output) == (("check-health",), "no heartbeat file")


def test_all_containers_of_a_service_are_seen() -> None:
    project = running_project()
    project.add("web", WEB, age=1.0)
    assert [each.status for each in commands(project).look(["web"], 10)] == ["healthy", "starting"]


def test_containers_that_somebody_replaced_are_found() -> None:
    project = running_project()
    made = commands(project)
    project.up(["web"])
    assert statuses(made.look(["web"], 10)) == {"web": "starting"}


def test_what_was_recreated() -> None:
    project = running_project()
    made = commands(project)
    assert made.recreated == []
    made.recreate(["web"], 10)
    assert made.recreated == ["web"]
    project.add("worker")
    assert made.recreated == ["web"]


def test_a_service_with_an_old_container_left_was_not_recreated() -> None:
    project = running_project()
    project.add("web")
    made = commands(project)
    project.up(["web"])
    made.look(["web"], 10)
    assert made.recreated == []


@pytest.mark.parametrize("old_runs", [True, False])
def test_what_a_compose_that_was_ended_has_left_goes_first(old_runs: bool) -> None:
    """Its new container has the name that the next one is to have for a while."""
    project = running_project()
    old = project.of("worker")
    project.add("worker")
    new = project.all_of("worker")[1]
    (new if old_runs else old).stopped = True
    made = commands(project)
    made.recreate(["worker", "cron"], 10)
    assert project.done == ["rm 1", "up worker cron"]
    assert made.recreated == ["cron", "worker"]


def test_of_two_that_do_not_run_one_is_left_to_compose() -> None:
    project = running_project()
    project.add("worker")
    for each in project.all_of("worker"):
        each.stopped = True
    made = commands(project)
    made.recreate(["worker"], 10)
    assert project.done == ["rm 1", "up worker"]


def test_what_a_command_was_given_for_is_touched() -> None:
    project = running_project()
    made = commands(project)
    assert made.touched == set()
    project.up_does_nothing = True
    with pytest.raises(SentryError):
        made.recreate(["worker"], 10)
    assert made.touched == {"worker"}


def test_half_a_command_is_a_failure() -> None:
    project = running_project()
    made = commands(project)
    project.up_fails = "dependency failed to start"
    made.recreate(["web"], 10)
    assert project.done == ["up web", "start web"]
    project.up_does_nothing = True
    with pytest.raises(SentryError, match="no such service"):
        made.recreate(["worker"], 10)


def test_deaths_are_counted_from_the_beginning() -> None:
    project = running_project(worker=Behaviour(dies=2.0))
    made = commands(project)
    (worker,) = made.look(["worker"], 10)
    assert worker.deaths == 0
    project.clock.sleep(4.5)
    (worker,) = made.look(["worker"], 10)
    assert worker.deaths == 2


@pytest.mark.parametrize(
    ("health_check", "expected"),
    [
        ({"Test": ["CMD", "curl", "-f", "x"]}, ("curl", "-f", "x")),
        ({"Test": ["CMD-SHELL", "curl -f x || exit 1"]}, ("/bin/sh", "-c", "curl -f x || exit 1")),
        ({"Test": ["NONE"]}, None),
        ({"Test": []}, None),
        (None, None),
    ],
)
def test_the_health_check_is_dockers_own(
    health_check: dict[str, Any] | None, expected: tuple[str, ...] | None
) -> None:
    project = running_project()
    project.health_check = health_check
    made = commands(project)
    (web,) = made.look(["web"], 10)
    assert web.health_check == (expected or ())
    assert made.check_health(web, 10) is True
    command = project.executed[-1]
    assert command == expected if expected else "/_health/" in command[-1]


def test_a_health_check_that_does_not_pass() -> None:
    project = running_project(web=Behaviour(answers=None))
    made = commands(project)
    (web,) = made.look(["web"], 10)
    assert made.check_health(web, 10) is False


@pytest.mark.parametrize(
    ("watched", "said"),
    [
        (Watched("web", "container2"), "the end of its log: web said this"),
        (
            Watched("web", "container2", ran_out_of_memory=True),
            "it ran out of memory; the end of its log: web said this",
        ),
        (
            Watched(
                "web", "container2", status="unhealthy", health_output="a\nb\nno heartbeat file\n"
            ),
            "its health check: b / no heartbeat file; the end of its log: web said this",
        ),
        (Watched("web", "container2", health_output="fine"), "the end of its log: web said this"),
    ],
)
def test_last_words(watched: Watched, said: str) -> None:
    assert commands(running_project()).last_words(watched, 10) == said


def test_last_words_are_said_once_and_without_colours() -> None:
    project = running_project()
    project.log = "\x1b[2KUpdating certificates in /etc\n\x1b[31mno\x1b[0m such file\n" * 3
    watched = Watched("web", "container2")
    assert commands(project).last_words(watched, 10) == "the end of its log: no such file"
