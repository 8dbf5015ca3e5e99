# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: what is done with the containers of the services of a project."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .containers import PROJECT_LABEL, SERVICE_LABEL, Container
from .docker import SentryError, SentryHost, last_log_lines

PROXY_SERVICE = "nginx"

# Nothing is built or fetched here. Without --no-deps: with it Compose writes another hash of the
# configuration, and the next plain 'docker compose up -d' recreates web and nginx.
_UP = ("up", "--detach", "--no-build", "--pull", "never")
# For a web service whose health check a site has turned off; the same as upstream's.
_WEB_CHECK = (
    "sh",
    "-c",
    "command -v bash >/dev/null || exit 0; exec bash -c 'exec 3<>/dev/tcp/127.0.0.1/9000"
    ' && printf "GET /_health/ HTTP/1.0\\r\\n\\r\\n" >&3 && grep -q -m 1 "200 OK" <&3\'',
)
# What upstream's entrypoint prints while it takes over the CAs in certificates/.
_NOISE = re.compile(r"(Updating certificates|Running hooks|done\.|\d+ added, |rehash: warning)")
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_LOG_LINES = 6


@dataclass(frozen=True)
class Watched:
    """One container of a service, or the lack of one.

    :param container_id: empty when the service has no container
    :param status: of the health check where there is one, else of the container, or ``absent``
    :param deaths: how often Docker has restarted it since this job began
    :param exit_code: of the last end of its process
    :param is_restarted: whether Docker starts it again when it dies
    :param health_check: command line of its health check, empty when it has none
    :param health_output: what its health check printed last
    """

    service: str
    container_id: str = ""
    status: str = "absent"
    runs: bool = False
    deaths: int = 0
    exit_code: int = 0
    ran_out_of_memory: bool = False
    is_restarted: bool = False
    health_check: tuple[str, ...] = ()
    health_output: str = ""

    @property
    def is_fine(self) -> bool:
        """Whether it runs, and is healthy where it has a health check."""
        return self.status in ("running", "healthy")

    @property
    def is_over(self) -> bool:
        """Whether it has ended, and Docker does not start it again."""
        return self.status in ("exited", "dead")


class ServiceCommands:
    """Docker's commands for the services of one project.

    The containers are listed once and again after each change; in between they are asked by id.

    :param project: name of the Compose project under which the containers run
    """

    def __init__(self, host: SentryHost, project: str) -> None:
        self._host = host
        self._project = project
        self._services: dict[str, str] = {}
        self._first: dict[str, int] = {}

    def begin(self, timeout: float) -> list[Watched]:
        """Return all containers, and remember how often each has died until now."""
        self._list(timeout)
        found = self._inspect(self._services, timeout)
        self._first = {str(each["Id"]): int(each.get("RestartCount") or 0) for each in found}
        return [
            # Between two deaths it runs, but not for long.
            replace(self._watched(each), status="restarting")
            if Container.from_inspect(each).keeps_dying(time.time())
            else self._watched(each)
            for each in found
        ]

    def look(self, services: Iterable[str], timeout: float) -> list[Watched]:
        """Return the containers of the services, one ``absent`` for a service that has none.

        One call of docker, as long as nobody else replaces a container.
        """
        wanted = sorted(set(services))
        found = self._inspect(self._ids(wanted), timeout)
        if len(found) < len(self._ids(wanted)):
            self._list(timeout)
            found = self._inspect(self._ids(wanted), timeout)
        seen = [self._watched(each) for each in found]
        missing = set(wanted) - {each.service for each in seen}
        return [*seen, *(Watched(service) for service in sorted(missing))]

    def recreate(self, services: Sequence[str], timeout: float) -> None:
        """Replace the containers of these services by new ones, started.

        :raises SentryError: there is a service whose container was not replaced
        """
        old = set(self._ids(services))
        try:
            self._up("--force-recreate", *services, timeout=timeout)
        except SentryError:
            self._list(timeout)
            replaced = {self._services[one] for one in set(self._ids(services)) - old}
            if replaced != set(services):
                raise
            self._start_created(services, timeout)
        self._list(timeout)

    def start_project(self, timeout: float) -> None:
        """Start whatever of the project does not run, as ``docker compose up -d`` does."""
        try:
            self._up(timeout=timeout)
        except SentryError:
            self._list(timeout)
            if not self._start_created(self._services.values(), timeout):
                raise
        self._list(timeout)

    @property
    def services(self) -> list[str]:
        """The services that have a container."""
        return sorted(set(self._services.values()))

    @property
    def recreated(self) -> list[str]:
        """The services all of whose containers are newer than ``begin``."""
        kept = {service for one, service in self._services.items() if one in self._first}
        return sorted(set(self._services.values()) - kept)

    def check_health(self, watched: Watched, timeout: float) -> bool:
        """Return whether the health check of a container passes now.

        Docker itself makes it at an interval (upstream: 30 s), so a web server that answers is
        seen late.
        """
        command = watched.health_check or _WEB_CHECK
        try:
            self._host.docker("exec", watched.container_id, *command, timeout=timeout)
        except SentryError:
            return False
        return True

    def reload_proxy(self, proxy: Watched, timeout: float) -> None:
        """Let nginx look for web again; start it when it does not run.

        :raises SentryError: it cannot
        """
        if not proxy.runs:
            self._host.docker("restart", proxy.container_id, timeout=timeout)
            return
        try:
            command = (PROXY_SERVICE, "-s", "reload")
            self._host.docker("exec", proxy.container_id, *command, timeout=timeout)
        except SentryError:  # whatever stands in the way is gone after a restart, or told by it
            self._host.docker("restart", proxy.container_id, timeout=timeout)

    def last_words(self, watched: Watched, timeout: float) -> str:
        """Return what a service said last, for a message."""
        said = []
        if watched.ran_out_of_memory:
            said.append("it ran out of memory")
        if watched.status == "unhealthy" and watched.health_output:
            said.append(f"its health check: {last_log_lines(watched.health_output, 2)}")
        options = ("--no-color", "--no-log-prefix", "--tail=60")
        try:
            log = self._host.compose("logs", *options, watched.service, timeout=timeout)
        except SentryError as error:
            return "; ".join([*said, str(error)])
        # A process that dies again and again says the same again and again.
        lines = dict.fromkeys(_ANSI.sub("", log).splitlines())
        end = last_log_lines(
            "\n".join(each for each in lines if not _NOISE.match(each)), _LOG_LINES
        )
        return "; ".join([*said, f"the end of its log: {end.rstrip('.')}"])

    def _up(self, *arguments: str, timeout: float) -> None:
        self._host.compose(*_UP, *arguments, timeout=timeout)

    def _start_created(self, services: Iterable[str], timeout: float) -> bool:
        """Start the containers that Compose has made and not started; return whether there are any.

        It does that when a service that they depend on is not healthy, even where that was so
        before and they served all the same.
        """
        created = [each for each in self.look(services, timeout) if each.status == "created"]
        for each in created:
            self._host.docker("start", each.container_id, timeout=timeout)
        return bool(created)

    def _ids(self, services: Iterable[str]) -> list[str]:
        wanted = set(services)
        return [one for one, service in self._services.items() if service in wanted]

    def _list(self, timeout: float) -> None:
        printed = self._host.docker(
            "ps", "--all", "--no-trunc",
            "--filter", f"label={PROJECT_LABEL}={self._project}",
            "--filter", "label=com.docker.compose.oneoff=False",
            "--format", '{{.ID}}\t{{.Label "' + SERVICE_LABEL + '"}}',
            timeout=timeout,
        )  # fmt: skip
        pairs = (line.partition("\t") for line in printed.splitlines())
        self._services = {one: service for one, _tab, service in pairs if service}

    def _inspect(self, ids: Iterable[str], timeout: float) -> list[dict[str, Any]]:
        try:
            return replace(self._host, timeout=timeout).inspect(list(ids))
        except SentryError as error:
            if "no such" in str(error).lower():  # all of them have gone
                return []
            raise

    def _watched(self, found: Mapping[str, Any]) -> Watched:
        container = Container.from_inspect(found)
        state = found.get("State") or {}
        log = (state.get("Health") or {}).get("Log") or [{}]
        first = self._first.get(container.container_id, 0)
        return Watched(
            service=container.service,
            container_id=container.container_id,
            status=container.status,
            runs=container.is_running,
            # A start by hand makes Docker count anew.
            deaths=container.restarts - (first if container.restarts >= first else 0),
            exit_code=int(state.get("ExitCode") or 0),
            ran_out_of_memory=bool(state.get("OOMKilled")),
            is_restarted=_restart_policy(found) not in ("", "no"),
            health_check=_command((found.get("Config") or {}).get("Healthcheck")),
            health_output=str(log[-1].get("Output") or ""),
        )


def _command(health_check: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Return the command line of a health check as Docker runs it, empty when there is none."""
    kind, *words = (health_check or {}).get("Test") or ["NONE"]
    if kind == "CMD":
        return tuple(words)
    return ("/bin/sh", "-c", *words) if kind == "CMD-SHELL" else ()


def _restart_policy(found: Mapping[str, Any]) -> str:
    policy = (found.get("HostConfig") or {}).get("RestartPolicy") or {}
    return str(policy.get("Name") or "")
