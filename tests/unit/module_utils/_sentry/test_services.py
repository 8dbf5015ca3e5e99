# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services brought up anew, on a clock that only moves when somebody waits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.docker import SentryError
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.service_commands import (
    ServiceCommands,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.services import Job, Order
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.wait import Deadline
from tests.support.fake_services import (
    HEARTBEAT,
    PROJECT,
    SERVES,
    WEB,
    WEB_ANSWERS,
    Behaviour,
    FakeProject,
    make_host,
    running_project,
)

ALL = ("cron", "web", "worker")
CRASHES = Behaviour(answers=None, dies=2.0)
NEVER_HEALTHY = Behaviour(answers=None, healthy=9e9)
SICK = Behaviour(healthy=0.0, unhealthy=1.0)


def make_job(project: FakeProject, timeout: float = 300.0, **order: Any) -> Job:
    commands = ServiceCommands(make_host(project), PROJECT)
    return Job(Order(**order), commands, Deadline.after(timeout, project.clock))


def run(project: FakeProject, timeout: float = 300.0, **order: Any) -> dict[str, Any]:
    job = make_job(project, timeout, **order)
    job.run()
    result: dict[str, Any] = job.result()
    return result


def failure(
    project: FakeProject, timeout: float = 300.0, **order: Any
) -> tuple[str, dict[str, Any]]:
    """Return what a failing job says, what it did, and that it kept its deadline."""
    job = make_job(project, timeout, **order)
    began = project.clock.now()
    with pytest.raises(SentryError) as caught:
        job.run()
    assert project.clock.now() - began < timeout + 2
    return str(caught.value), job.result()


def test_web_first_then_nginx_then_the_others() -> None:
    project = running_project()
    result = run(project, services=ALL)
    assert project.done == ["up web", "reload", "up cron worker"]
    assert result["recreated"] == ["cron", "web", "worker"]
    assert result["unsettled"] == {}


def test_nginx_is_told_as_soon_as_web_answers() -> None:
    """Docker's own health check comes after 30 s, and web answers after 8."""
    project = running_project()
    result = run(project, services=ALL)
    assert project.time_of("reload") < WEB_ANSWERS + 1.0
    assert result["seconds_without_web"] < WEB_ANSWERS + 2.5


def test_dockers_own_health_check_is_enough() -> None:
    project = running_project(web=Behaviour(answers=None, healthy=5.0))
    run(project, services=("web",))
    assert 5.0 <= project.time_of("reload") < 6.0


def test_a_heartbeat_service_is_not_waited_for() -> None:
    project = running_project(consumer=HEARTBEAT)
    began = project.clock.now()
    result = run(project, services=(*ALL, "consumer"), settle=5.0)
    assert project.clock.now() - began < 25
    assert result["unsettled"] == {"consumer": "starting"}


def test_a_service_that_was_not_healthy_before_is_only_reported() -> None:
    project = running_project(consumer=NEVER_HEALTHY)
    assert run(project, services=(*ALL, "consumer"))["unsettled"] == {"consumer": "starting"}
    project = running_project(consumer=SICK)
    assert run(project, services=(*ALL, "consumer"))["unsettled"] == {"consumer": "unhealthy"}


def test_a_service_that_kept_dying_before_is_only_reported() -> None:
    """Between two deaths it runs, as it did when the job began."""
    project = running_project(worker=CRASHES)
    assert list(run(project, services=ALL, timeout=60)["unsettled"]) == ["worker"]


@pytest.mark.parametrize("status", ["unhealthy", "starting", "restarting", "exited"])
def test_what_was_before_can_be_told(status: str) -> None:
    project = running_project(consumer=SERVES)
    project.next["consumer"] = CRASHES
    before = {"consumer": status}
    result = run(project, services=(*ALL, "consumer"), before=before, timeout=60)
    assert list(result["unsettled"]) == ["consumer"]


def test_what_is_told_of_before_counts_and_not_what_is_there_now() -> None:
    project = running_project(worker=CRASHES)
    message, _result = failure(project, services=ALL, before={})
    assert message.startswith("worker: It died 3 times right after its start, with exit code 1")


def test_a_service_that_dies_again_and_again() -> None:
    project = running_project()
    project.next["worker"] = CRASHES
    message, result = failure(project, services=ALL)
    assert message == (
        "worker: It died 3 times right after its start, with exit code 1; the end of its log:"
        " worker said this. Correct that and run again."
    )
    assert result["recreated"] == ["cron", "web", "worker"]
    assert "reload" in project.done


def test_a_service_that_dies_later_than_anybody_looks_at_first() -> None:
    project = running_project()
    project.next["worker"] = replace(CRASHES, dies=4.0)
    message, _result = failure(project, services=ALL, settle=5.0)
    assert message.startswith("worker: It died 3 times")


def test_a_service_that_needs_as_long_to_die_as_web_to_start() -> None:
    project = running_project()
    project.next["web"] = replace(WEB, answers=20.0)
    project.next["worker"] = replace(CRASHES, dies=18.0)
    message, _result = failure(project, services=ALL, settle=5.0)
    assert message.startswith("worker: It died 3 times")


def test_a_service_that_dies_once_is_told() -> None:
    project = running_project()
    project.next["worker"] = replace(CRASHES, dies=2.5, most_deaths=1)
    assert run(project, services=ALL)["unsettled"] == {"worker": "running, died 1 times"}


def test_a_service_that_is_worse_than_before() -> None:
    project = running_project(consumer=replace(SERVES, healthy=0.0))
    project.next["consumer"] = SICK
    message, result = failure(project, services=(*ALL, "consumer"), timeout=60)
    assert message.startswith("consumer: It does not serve; after 60 s of at most 60 s:")
    assert "consumer is unhealthy; its health check: no heartbeat file; the end of its" in message
    assert result["unsettled"] == {"consumer": "unhealthy"}


def test_a_service_that_is_not_restarted() -> None:
    project = running_project()
    project.next["worker"] = Behaviour(dies=2.0, restarts=False)
    message, _result = failure(project, services=ALL, timeout=60)
    assert "worker is exited with code 1" in message


def test_web_that_dies_again_and_again() -> None:
    project = running_project()
    project.next["web"] = CRASHES
    began = project.clock.now()
    message, result = failure(project, services=ALL)
    assert message.startswith("web: It died 3 times right after its start")
    assert project.clock.now() - began < 15
    assert result["recreated"] == ["web"]
    assert project.done == ["up web"]


def test_web_that_ends_and_is_not_restarted() -> None:
    project = running_project()
    project.next["web"] = Behaviour(answers=None, dies=2.0, restarts=False)
    began = project.clock.now()
    message, _result = failure(project, services=ALL)
    assert "web is exited with code 1" in message
    assert project.clock.now() - began < 10


def test_web_that_never_answers_is_given_up_at_the_deadline() -> None:
    project = running_project()
    project.next["web"] = NEVER_HEALTHY
    message, result = failure(project, services=ALL, timeout=40)
    assert message == (
        "web: It does not serve; after 40 s of at most 40 s: web is starting; the end of its log:"
        " web said this. Correct that, or give it more time."
    )
    assert result["recreated"] == ["web"]


def test_web_is_asked_a_few_times_a_second_with_few_calls() -> None:
    project = running_project()
    project.next["web"] = replace(WEB, answers=20.0)
    began = project.clock.now()
    run(project, services=("web",), settle=0.0)
    assert 2 < project.calls / (project.clock.now() - began) < 6


@pytest.mark.parametrize("services", [ALL, ("web",)])
def test_nginx_that_compose_stopped_is_started(services: tuple[str, ...]) -> None:
    project = running_project()
    project.stops_proxy = True
    run(project, services=services)
    assert project.done[:2] == ["up web", "restart nginx"]


def test_nginx_that_cannot_be_reloaded_is_restarted() -> None:
    project = running_project()
    project.reload_fails = True
    run(project, services=ALL)
    assert project.done[:3] == ["up web", "reload", "restart nginx"]


def test_nginx_alone() -> None:
    """Web was recreated by hand and has another address: nothing is recreated."""
    project = running_project()
    result = run(project)
    assert project.done == ["reload"]
    assert result["recreated"] == []


def test_nginx_alone_waits_for_a_web_that_is_only_starting() -> None:
    project = running_project()
    project.of("web").started = project.clock.now()
    began = project.clock.now()
    run(project)
    assert project.done == ["reload"]
    assert WEB_ANSWERS <= project.clock.now() - began < WEB_ANSWERS + 1.0


def test_nginx_can_be_left_alone() -> None:
    project = running_project()
    run(project, services=("worker",), reload_proxy=False)
    assert project.done == ["up worker"]


def test_a_project_without_nginx() -> None:
    project = running_project()
    project.containers.remove(project.of("nginx"))
    assert run(project, services=ALL)["unsettled"] == {}
    assert project.done == ["up web", "up cron worker"]


def test_what_compose_left_unstarted_is_started() -> None:
    """A service that web depends on is not healthy, as it was before."""
    project = running_project()
    project.up_fails = "dependency failed to start: container redis-1 is unhealthy"
    result = run(project, services=ALL)
    assert project.done == [
        "up web", "start web", "reload", "up cron worker", "start worker", "start cron",
    ] or project.done == [
        "up web", "start web", "reload", "up cron worker", "start cron", "start worker",
    ]  # fmt: skip
    assert result["recreated"] == ["cron", "web", "worker"]


def test_a_compose_that_does_nothing_is_a_failure_that_changed_nothing() -> None:
    project = running_project()
    project.up_does_nothing = True
    message, result = failure(project, services=ALL)
    assert message == "docker compose up: no such service"
    assert result["recreated"] == []
    assert project.of("web").answers(project.clock.now())


def test_earlier_restarts_do_not_count() -> None:
    project = running_project()
    for service in ("web", "worker", "nginx"):
        project.of(service).earlier_restarts = 57
    assert run(project, services=("cron",))["unsettled"] == {}
    assert run(project)["unsettled"] == {}


def test_a_web_that_somebody_replaces_meanwhile_is_found_again() -> None:
    project = running_project()
    job = make_job(project)
    listed = job.commands.begin(10)
    project.up(["web"])
    assert len(listed) == 5
    assert [each.status for each in job.commands.look(["web", "gone"], 10)] == [
        "starting",
        "absent",
    ]


def test_a_start_of_everything() -> None:
    project = running_project(consumer=HEARTBEAT, updater=Behaviour(dies=1.0, restarts=False))
    for each in project.containers:
        each.stopped = True
    result = run(project, start=True)
    assert project.done == ["up", "reload"]
    assert result["recreated"] == []
    assert result["unsettled"] == {"consumer": "starting"}


def test_after_a_start_a_service_that_nobody_asked_for_is_only_reported() -> None:
    project = running_project(consumer=CRASHES)
    for each in project.containers:
        each.stopped = True
    result = run(project, start=True, before={}, timeout=60)
    assert list(result["unsettled"]) == ["consumer"]


def test_after_a_start_deaths_are_counted_anew() -> None:
    project = running_project(web=CRASHES)
    project.of("web").stopped = True
    project.of("web").earlier_restarts = 57
    began = project.clock.now()
    message, _result = failure(project, start=True, before={})
    assert message.startswith("web: It died 3 times")
    assert project.clock.now() - began < 15


def test_nothing_to_do() -> None:
    project = running_project()
    run(project, reload_proxy=False)
    assert project.done == []
