# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The web container is exchanged beside the old one, on a clock of the test's own.

After each command that docker is given, everybody whom nginx sends somewhere has to be served.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.docker import (
    CommandTimedOut,
    SentryError,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.service_commands import (
    ServiceCommands,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.services import Job, Order
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.wait import Deadline
from tests.support.fake_services import (
    PROJECT,
    WEB,
    Behaviour,
    FakeHost,
    FakeProject,
    running_project,
)

ALL = ("cron", "web", "worker")
EXCHANGE = ["scale web", "switch", "stop web", "rm 1"]
CRASHES = Behaviour(answers=None, dies=2.0)
NEVER_HEALTHY = Behaviour(answers=None, healthy=9e9)


class Killed(BaseException):
    """The process is gone: nothing that it would have done afterwards is done."""


@dataclass(frozen=True)
class WatchedHost(FakeHost):
    """A client that sees after each command whether people are served, and can be killed.

    :param unserved: the commands after which they were not
    :param kill_after: what was done last when the process is killed
    """

    unserved: list[str] = field(default_factory=list)
    kill_after: tuple[str, ...] = ()

    def docker(self, *arguments: str, **options: Any) -> str:
        return self._watched(super().docker(*arguments, **options))

    def compose(self, *arguments: str, **options: Any) -> str:
        return self._watched(super().compose(*arguments, **options))

    def _watched(self, printed: str) -> str:
        if not self.world.is_served:
            self.unserved.append(self.world.done[-1] if self.world.done else "nothing")
        if self.kill_after and tuple(self.world.done[-len(self.kill_after) :]) == self.kill_after:
            raise Killed
        return printed


def make(
    project: FakeProject, timeout: float = 300.0, kill_after: tuple[str, ...] = (), **order: Any
) -> tuple[Job, WatchedHost]:
    host = WatchedHost("/opt/sentry", world=project, kill_after=kill_after)
    wish = Order(**{"services": ("web",), "rolling": True, **order})
    deadline = Deadline.after(timeout, project.clock)
    return Job(wish, ServiceCommands(host, PROJECT), deadline), host


def run(project: FakeProject, **order: Any) -> dict[str, Any]:
    """Run a job during which nobody is without a login page."""
    job, host = make(project, **order)
    job.run()
    assert host.unserved == []
    result: dict[str, Any] = job.result()
    return result


def failure(project: FakeProject, **order: Any) -> tuple[str, dict[str, Any]]:
    """Return what a failing job says and did, during which nobody was without a login page."""
    job, host = make(project, **order)
    with pytest.raises(SentryError) as caught:
        job.run()
    assert host.unserved == []
    return str(caught.value), job.result()


def the_web(project: FakeProject) -> str:
    (web,) = project.all_of("web")
    assert project.known == [web.container_id]
    return web.container_id


def test_the_old_one_serves_until_the_new_one_does() -> None:
    project = running_project()
    before = project.of("web").container_id
    result = run(project, services=ALL)
    assert project.done == [*EXCHANGE, "up cron worker"]
    assert the_web(project) != before
    assert result["recreated"] == result["touched"] == ["cron", "web", "worker"]
    assert (result["strategy"], result["seconds_without_web"]) == ("rolling", 0.0)


def test_the_new_one_is_waited_for_and_not_the_old_one() -> None:
    project = running_project()
    project.next["web"] = replace(WEB, answers=20.0)
    run(project)
    assert project.time_of("switch") > 19.0


def test_nginx_without_a_shell_asks_both_for_a_while() -> None:
    project = running_project()
    project.has_shell = False
    job, host = make(project)
    job.run()
    # From the stop of one to the reload, nginx tries the other one.
    assert set(host.unserved) == {"stop web"}
    assert project.done == ["scale web", "reload", "stop web", "reload", "rm 1"]
    assert project.time_of("stop web") - project.time_of("reload") >= 2.0
    the_web(project)


def test_nginx_that_was_off_is_started() -> None:
    project = running_project()
    project.of("nginx").stopped = True
    job, _host = make(project)
    job.run()
    assert "restart nginx" in project.done


def test_a_web_that_does_not_run_is_replaced() -> None:
    project = running_project()
    project.of("web").stopped = True
    job, _host = make(project)
    job.run()
    assert project.done == ["up web", "reload"]
    assert job.result()["strategy"] == "recreate"
    assert job.result()["seconds_without_web"] > 0


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (CRASHES, "web: It died 3 times right after its start, with exit code 1; the end of its"),
        (NEVER_HEALTHY, "web: It does not serve; after 60 s of at most 60 s: web is starting;"),
        (Behaviour(answers=None, dies=2.0, restarts=False), "web: It does not serve; after"),
    ],
)
def test_a_new_one_that_does_not_serve_goes_and_the_old_one_was_never_touched(
    behaviour: Behaviour, said: str
) -> None:
    project = running_project()
    before = project.of("web")
    project.next["web"] = behaviour
    message, result = failure(project, services=ALL, timeout=60.0)
    assert message.startswith(said)
    assert "web said this" in message
    assert project.all_of("web") == [before]
    assert project.done == ["scale web", "rm 1"]
    assert result["recreated"] == result["touched"] == []


def test_a_new_one_that_compose_does_not_start() -> None:
    project = running_project()
    before = the_web(project)
    project.up_does_nothing = True
    message, _result = failure(project)
    assert message == "docker compose up: no such service"
    assert the_web(project) == before


def test_a_new_one_that_compose_has_made_and_not_started() -> None:
    """What it depends on is not healthy, as it was before, when all served."""
    project = running_project()
    project.up_fails = "dependency failed to start"
    run(project)
    assert project.done == ["scale web", "start web", *EXCHANGE[1:]]


def test_nginx_that_cannot_be_reloaded_keeps_the_old_one() -> None:
    project = running_project()
    before = the_web(project)
    project.reload_fails = True
    message, result = failure(project)
    assert message == "docker exec: host not found in upstream"
    assert the_web(project) == before
    assert "restart nginx" not in project.done
    assert result["touched"] == []


def test_both_failures_are_told_the_first_one_first() -> None:
    project = running_project()
    project.next["web"] = CRASHES
    project.rm_fails = True
    message, result = failure(project)
    assert message.startswith("web: It died 3 times right after its start")
    assert message.index("could not be removed either: docker rm: device") > 0
    assert result["touched"] == []


def test_what_fails_after_the_exchange_has_touched_web() -> None:
    project = running_project()
    project.next["worker"] = CRASHES
    message, result = failure(project, services=ALL)
    assert message.startswith("worker: It died 3 times")
    assert result["touched"] == ["cron", "web", "worker"]


@pytest.mark.parametrize(
    ("last", "beside"),
    [
        (("scale web",), 2),
        (("scale web", "switch"), 2),
        (("switch", "stop web"), 2),
        (("stop web", "rm 1"), 1),
    ],
)
def test_the_next_run_finishes_one_that_was_killed(last: tuple[str, ...], beside: int) -> None:
    project = running_project()
    first = project.of("web").container_id
    job, host = make(project, kill_after=last)
    with pytest.raises(Killed):
        job.run()
    assert host.unserved == []
    left = [each.container_id for each in project.all_of("web")]
    assert len(left) == beside

    project.clock.sleep(60.0)
    run(project)
    assert the_web(project) not in (first, *left)


def test_the_next_run_keeps_the_old_one_where_the_new_one_does_not_serve() -> None:
    project = running_project()
    before = the_web(project)
    project.next["web"] = CRASHES
    job, _host = make(project, kill_after=("scale web",))
    with pytest.raises(Killed):
        job.run()

    project.clock.sleep(60.0)
    failure(project)
    assert the_web(project) == before


def test_the_one_that_serves_is_kept() -> None:
    """A run was killed, and then the old one died for a reason of its own."""
    project = running_project()
    project.of("web").behaviour = CRASHES
    project.add("web", WEB)
    kept = project.known[0]
    project.clock.sleep(60.0)
    job, _host = make(project, kill_after=("stop web", "reload", "rm 1"))
    with pytest.raises(Killed):
        job.run()
    assert [each.container_id for each in project.all_of("web")] == [kept]


def test_a_web_that_somebody_removes_meanwhile() -> None:
    project = running_project()
    job, host = make(project)

    def remove_new(*_arguments: object) -> None:
        project.containers = [each for each in project.containers if each.container_id in kept]

    kept = {each.container_id for each in project.containers}
    job.watch.wait_for_web = remove_new
    with pytest.raises(SentryError, match="^web: Its container was removed meanwhile"):
        job.run()
    assert host.unserved == []


def test_a_command_that_hangs_takes_the_new_one_away() -> None:
    project = running_project()
    before = the_web(project)
    job, _host = make(project, timeout=40.0)

    def hang(*_arguments: object) -> None:
        raise CommandTimedOut("docker inspect: It gave no answer within 3 s.")

    job.watch.wait_for_web = hang
    with pytest.raises(CommandTimedOut):
        job.run()
    assert the_web(project) == before
