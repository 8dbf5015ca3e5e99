# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Compose project whose containers live, die and get healthy on a clock of the test's own.

It stands for the docker client alone: what is asked and what is answered is what the client of
Docker 20 and newer prints, so everything above it is the real code.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.docker import (
    CommandTimedOut,
    SentryError,
    SentryHost,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.wait import Clock

PROJECT = "sentry-self-hosted"
# Seconds that one call of the docker client takes.
CALL = 0.05


@dataclass
class FakeClock(Clock):
    """A clock that only moves when somebody waits."""

    time: float = 1000.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


@dataclass(frozen=True)
class Behaviour:
    """How a container behaves from its start on; all times in seconds after it.

    :param answers: when its program serves, None: never
    :param healthy: when Docker's health check sees that, None: it has no health check
    :param unhealthy: when Docker's health check has failed too often
    :param dies: how long its process lives each time, None: it does not die
    :param most_deaths: after how many deaths it lives on
    :param restarts: whether Docker starts it again
    """

    answers: float | None = 0.0
    healthy: float | None = None
    unhealthy: float | None = None
    dies: float | None = None
    most_deaths: int = 1_000_000
    restarts: bool = True


SERVES = Behaviour()
HEARTBEAT = Behaviour(healthy=60.0)
WEB_ANSWERS = 8.0
WEB = Behaviour(answers=WEB_ANSWERS, healthy=30.0)


@dataclass
class FakeContainer:
    container_id: str
    service: str
    behaviour: Behaviour
    started: float | None = None
    stopped: bool = False
    earlier_restarts: int = 0
    created: float = 0.0

    def inspect(self, now: float) -> dict[str, Any]:
        age = -1.0 if self.started is None else now - self.started
        state: dict[str, Any] = {"Status": self._status(age), "ExitCode": 1, "OOMKilled": False}
        if self.behaviour.healthy is not None and state["Status"] == "running":
            log = [{"ExitCode": 1, "Output": "no heartbeat file"}]
            state["Health"] = {"Status": self._health(age), "Log": log}
        return {
            "Id": self.container_id,
            "Created": datetime.fromtimestamp(self.created, tz=timezone.utc).isoformat(),
            "Image": "sha256:1",
            "RestartCount": self.earlier_restarts + self._deaths(age),
            "State": {**state, "StartedAt": self._started_at(age)},
            "HostConfig": {"RestartPolicy": {"Name": "always" if self.behaviour.restarts else ""}},
            "Config": {
                "Labels": {
                    "com.docker.compose.service": self.service,
                    "com.docker.compose.project": PROJECT,
                },
            },
            "NetworkSettings": {"Networks": {"default": {"IPAddress": self.address}}},
        }

    @property
    def address(self) -> str:
        return "10.0.0." + self.container_id.removeprefix("container")

    def answers(self, now: float) -> bool:
        if self.started is None or self.stopped or self.behaviour.answers is None:
            return False
        return now - self.started >= self.behaviour.answers and self.behaviour.dies is None

    def _status(self, age: float) -> str:
        if self.stopped or (self._has_died(age) and not self.behaviour.restarts):
            return "exited"
        return "created" if self.started is None else "running"

    def _started_at(self, age: float) -> str:
        """When its process was started last, by the real clock."""
        lived = age % self.behaviour.dies if self.behaviour.dies and age > 0 else age
        moment = datetime.fromtimestamp(time.time() - lived, tz=timezone.utc)
        return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def _health(self, age: float) -> str:
        if self.behaviour.unhealthy is not None and age >= self.behaviour.unhealthy:
            return "unhealthy"
        return "healthy" if age >= (self.behaviour.healthy or 0.0) else "starting"

    def _has_died(self, age: float) -> bool:
        return self.behaviour.dies is not None and age >= self.behaviour.dies

    def _deaths(self, age: float) -> int:
        if self.behaviour.dies is None or not self.behaviour.restarts or age < 0:
            return 0
        return min(int(age / self.behaviour.dies), self.behaviour.most_deaths)


@dataclass
class FakeProject:
    """The project, and what was done with it.

    :param next: behaviour of a service's next container, where it differs from the present one
    :param up_fails: what ``docker compose up`` says while it leaves new containers unstarted
    :param up_does_nothing: whether it fails before it has changed anything
    :param stops_proxy: whether Compose stops nginx together with web
    :param reload_fails: whether nginx refuses to reload
    :param has_shell: whether the container of nginx has one
    :param known: ids of the web containers that nginx asks
    :param rm_fails: whether Docker refuses to remove a container
    :param health_check: of every container, as docker inspect has it
    :param hangs_after: when the client begins to give no answer any more
    :param log: of every service, where it is not the usual one
    :param events: what was done, each with its time
    :param executed: command lines of docker exec
    """

    clock: FakeClock = field(default_factory=FakeClock)
    containers: list[FakeContainer] = field(default_factory=list)
    next: dict[str, Behaviour] = field(default_factory=dict)
    up_fails: str = ""
    up_does_nothing: bool = False
    stops_proxy: bool = False
    reload_fails: bool = False
    has_shell: bool = True
    known: list[str] = field(default_factory=list)
    rm_fails: bool = False
    health_check: dict[str, Any] | None = field(
        default_factory=lambda: {"Test": ["CMD", "check-health"]}
    )
    executed: list[tuple[str, ...]] = field(default_factory=list)
    log: str = ""
    hangs_after: float = float("inf")
    events: list[tuple[str, float]] = field(default_factory=list)
    calls: int = 0
    made: int = 0

    def add(self, service: str, behaviour: Behaviour = SERVES, *, age: float = 1000.0) -> None:
        """Add a service with a container that was started ``age`` seconds ago."""
        started = self.clock.now() - age
        new = FakeContainer(self._new_id(), service, behaviour, started, created=started)
        self.containers.append(new)
        if service == "web":
            self.known = [new.container_id]

    def of(self, service: str) -> FakeContainer:
        return next(each for each in self.containers if each.service == service)

    def all_of(self, service: str) -> list[FakeContainer]:
        return [each for each in self.containers if each.service == service]

    @property
    def is_served(self) -> bool:
        """Whether all web containers that nginx asks answer, and nginx knows one."""
        web = {each.container_id: each for each in self.all_of("web")}
        asked = [web.get(each) for each in self.known]
        return bool(asked) and all(each and each.answers(self.clock.now()) for each in asked)

    @property
    def done(self) -> list[str]:
        return [event for event, _time in self.events]

    def time_of(self, event: str) -> float:
        """Seconds from the first event to this one."""
        return next(time for name, time in self.events if name == event) - self.events[0][1]

    def up(self, services: list[str]) -> None:
        self.clock.sleep(1.0)
        self.events.append(("up " + " ".join(services), self.clock.now()))
        if self.up_does_nothing:
            raise SentryError("docker compose up: no such service")
        for service in services:
            old = self.of(service)
            self.containers.remove(old)
            behaviour = self.next.get(service, old.behaviour)
            self._make(service, behaviour)
        if "web" in services and self.stops_proxy:
            self.of("nginx").stopped = True
        if self.up_fails:
            raise SentryError(self.up_fails)

    def scale_web(self) -> None:
        self.clock.sleep(1.0)
        self.events.append(("scale web", self.clock.now()))
        if self.up_does_nothing:
            raise SentryError("docker compose up: no such service")
        self._make("web", self.next.get("web", self.of("web").behaviour))
        if self.up_fails:
            raise SentryError(self.up_fails)

    def _make(self, service: str, behaviour: Behaviour) -> None:
        new = FakeContainer(self._new_id(), service, behaviour, created=self.clock.now())
        new.started = None if self.up_fails else self.clock.now()
        self.containers.append(new)

    def stop(self, container_id: str) -> None:
        each = self._by_id(container_id)
        each.stopped = True
        self.events.append((f"stop {each.service}", self.clock.now()))

    def remove(self, ids: list[str]) -> None:
        if self.rm_fails:
            raise SentryError("docker rm: device or resource busy")
        self.containers = [each for each in self.containers if each.container_id not in ids]
        self.events.append((f"rm {len(ids)}", self.clock.now()))

    def _by_id(self, container_id: str) -> FakeContainer:
        return next(each for each in self.containers if each.container_id == container_id)

    def start_all(self) -> None:
        self.events.append(("up", self.clock.now()))
        for each in self.containers:
            if each.stopped or each.started is None:
                self._start(each)

    def start(self, container_id: str, event: str) -> None:
        each = self._by_id(container_id)
        self._start(each)
        self.events.append((f"{event} {each.service}", self.clock.now()))

    def execute(self, container_id: str, command: tuple[str, ...]) -> None:
        each = self._by_id(container_id)
        self.executed.append(command)
        if command == ("nginx", "-s", "reload"):
            self._reload("reload", [web for web in self.all_of("web") if not web.stopped])
        elif command[:2] == ("sh", "-c") and each.service == "nginx":
            if not self.has_shell:
                raise SentryError("docker exec: executable file not found in $PATH: sh")
            address = command[4]
            self._reload("switch", [web for web in self.all_of("web") if web.address == address])
        elif not each.answers(self.clock.now()):
            raise SentryError("docker exec: It failed with exit code 1")

    def _reload(self, event: str, found: list[FakeContainer]) -> None:
        self.events.append((event, self.clock.now()))
        if self.reload_fails:
            raise SentryError("docker exec: host not found in upstream")
        self.known = [each.container_id for each in found]

    def _start(self, container: FakeContainer) -> None:
        """Start it by hand, which makes Docker count its restarts anew."""
        container.stopped, container.started = False, self.clock.now()
        container.earlier_restarts = 0

    def _new_id(self) -> str:
        self.made += 1
        return f"container{self.made}"


@dataclass(frozen=True)
class FakeHost(SentryHost):
    """Answers as the docker client does, from a project."""

    world: FakeProject = field(default_factory=FakeProject)

    def docker(self, *arguments: str, stdin: str = "", timeout: float | None = None) -> str:
        self._call()
        command, rest = arguments[0], arguments[1:]
        if command == "inspect" and self.world.clock.now() >= self.world.hangs_after:
            self.world.clock.sleep(timeout or self.timeout)
            raise CommandTimedOut("docker inspect: It gave no answer in time.")
        if command == "ps":
            return "".join(
                f"{each.container_id}\t{each.service}\n" for each in self.world.containers
            )
        if command == "inspect":
            now = self.world.clock.now()
            found = {each.container_id: each.inspect(now) for each in self.world.containers}
            for each in found.values():
                each["Config"]["Healthcheck"] = self.world.health_check
            missing = [each for each in rest if each not in found]
            if missing:
                raise SentryError(f"docker inspect: No such object: {missing[0]}")
            return json.dumps([found[each] for each in rest])
        if command == "exec":
            rest = rest[2:] if rest[0] == "--user" else rest
            self.world.execute(rest[0], rest[1:])
            return ""
        if command == "stop":
            assert rest[:2] == ("-t", "30")
            self.world.stop(rest[2])
            return ""
        if command == "rm":
            assert rest[:2] == ("--force", "--volumes")
            self.world.remove(list(rest[2:]))
            return ""
        assert command in ("start", "restart"), arguments
        self.world.start(rest[0], command)
        return ""

    def compose(self, *arguments: str, stdin: str = "", timeout: float | None = None) -> str:
        self._call()
        assert arguments[:5] == ("up", "--detach", "--no-build", "--pull", "never")
        if len(arguments) == 5:
            self.world.start_all()
        elif arguments[5] == "--no-recreate":
            assert arguments[6:] == ("--scale", "web=2", "web")
            self.world.scale_web()
        else:
            assert arguments[5] == "--force-recreate"
            self.world.up(list(arguments[6:]))
        return ""

    def logs(self, container: str, lines: int, timeout: float | None = None) -> str:
        self._call()
        service = self.world._by_id(container).service
        return self.world.log or f"Updating certificates in /etc\n{service} said this\n"

    def _call(self) -> None:
        self.world.calls += 1
        self.world.clock.sleep(CALL)


def running_project(**behaviours: Behaviour) -> FakeProject:
    """A Sentry that has been serving for a while: web, worker, cron, redis and nginx."""
    project = FakeProject()
    for service in ("redis", "web", "worker", "cron", "nginx"):
        usual = WEB if service == "web" else SERVES
        project.add(service, behaviours.get(service, usual))
    for service in sorted(set(behaviours) - {"redis", "web", "worker", "cron", "nginx"}):
        project.add(service, behaviours[service])
    return project


def make_host(project: FakeProject) -> FakeHost:
    return replace(FakeHost("/opt/sentry"), world=project)
