# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: what is done with the containers of the services of a project."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from .containers import PROJECT_LABEL, SERVICE_LABEL, Container
from .docker import WEB_SERVICE, SentryError, SentryHost, last_log_lines
from .watched import Watched

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
_LOG_READ = 60
# Seconds that a container gets for requests that nginx sends no more of, before it is stopped.
_GRACE = 30
# Seconds that Docker gets to stop or remove one, even where the time of the job is over.
_TO_REMOVE = _GRACE + 15.0


class ServiceCommands:
    """Docker's commands for the services of one project.

    The containers are listed once and again after each change; in between they are asked by id.

    :param project: name of the Compose project under which the containers run
    """

    def __init__(self, host: SentryHost, project: str) -> None:
        self.host = host
        # The services that do not run as before any more, or may not.
        self.touched: set[str] = set()
        self._project = project
        self._services: dict[str, str] = {}
        self._begun: dict[str, str] = {}
        self._first: dict[str, int] = {}

    def begin(self, timeout: float) -> list[Watched]:
        """Return all containers, and remember how often each has died until now."""
        self._list(timeout)
        self._begun = dict(self._services)
        self._first = dict.fromkeys(self._services, 0)
        found = self._inspect(self._services, timeout)
        self._first.update({str(each["Id"]): int(each.get("RestartCount") or 0) for each in found})
        return [
            # Between two deaths it runs, but not for long.
            replace(Watched.from_inspect(each, self._first), status="restarting")
            if Container.from_inspect(each).keeps_dying(time.time())
            else Watched.from_inspect(each, self._first)
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
        seen = [Watched.from_inspect(each, self._first) for each in found]
        missing = set(wanted) - {each.service for each in seen}
        return [*seen, *(Watched(service) for service in sorted(missing))]

    def recreate(self, services: Sequence[str], timeout: float) -> None:
        """Replace the containers of these services by new ones, started.

        :raises SentryError: there is a service whose container was not replaced
        """
        self._remove_leftovers(services, timeout)
        old = set(self._ids(services))
        self.touched.update(services)
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

    def add_web(self, timeout: float) -> str:
        """Start a second web container beside the one there is, and return its id.

        :raises SentryError: there is none afterwards
        """
        old = set(self._ids([WEB_SERVICE]))
        try:
            self._up("--no-recreate", "--scale", f"{WEB_SERVICE}=2", WEB_SERVICE, timeout=timeout)
        except SentryError:
            self._list(timeout)
            if set(self._ids([WEB_SERVICE])) <= old:
                raise
            self._start_created([WEB_SERVICE], timeout)
        self._list(timeout)
        new = [one for one in self._ids([WEB_SERVICE]) if one not in old]
        if not new:
            raise SentryError(
                "docker compose up: It started no second container of the service web. Bring the"
                " services up with the strategy recreate."
            )
        return new[0]

    def stop(self, container_id: str) -> None:
        """Let a container end what it is doing, and stop it."""
        self.host.docker("stop", "-t", str(_GRACE), container_id, timeout=_TO_REMOVE)

    def remove(self, container_ids: Iterable[str], timeout: float) -> None:
        """Remove containers, running or not."""
        ids = list(container_ids)
        if ids:
            self.host.docker("rm", "--force", "--volumes", *ids, timeout=_TO_REMOVE)
            self._list(timeout)

    @property
    def services(self) -> list[str]:
        """The services that have a container."""
        return sorted(set(self._services.values()))

    @property
    def recreated(self) -> list[str]:
        """The services that have none of the containers any more that they had at ``begin``."""
        kept = {service for one, service in self._services.items() if one in self._first}
        return sorted({*self._services.values(), *self._begun.values()} - kept)

    def check_health(self, watched: Watched, timeout: float) -> bool:
        """Return whether the health check of a container passes now.

        Docker itself makes it at an interval (upstream: 30 s), so a web server that answers is
        seen late.
        """
        command = watched.health_check or _WEB_CHECK
        try:
            self.host.docker("exec", watched.container_id, *command, timeout=timeout)
        except SentryError:
            return False
        return True

    def last_words(self, watched: Watched, timeout: float) -> str:
        """Return what a service said last, for a message."""
        if not watched.container_id:
            return "it has no container"
        said = []
        if watched.ran_out_of_memory:
            said.append("it ran out of memory")
        if watched.status == "unhealthy" and watched.health_output:
            said.append(f"its health check: {last_log_lines(watched.health_output, 2)}")
        try:
            log = self.host.logs(watched.container_id, _LOG_READ, timeout)
        except SentryError as error:
            return "; ".join([*said, str(error)])
        # A process that dies again and again says the same again and again.
        lines = dict.fromkeys(_ANSI.sub("", log).splitlines())
        end = last_log_lines(
            "\n".join(each for each in lines if not _NOISE.match(each)), _LOG_LINES
        )
        return "; ".join([*said, f"the end of its log: {end.rstrip('.')}"])

    def _up(self, *arguments: str, timeout: float) -> None:
        self.host.compose(*_UP, *arguments, timeout=timeout)

    def _start_created(self, services: Iterable[str], timeout: float) -> bool:
        """Start the containers that Compose has made and not started; return whether there are any.

        It does that when a service that they depend on is not healthy, even where that was so
        before and they served all the same.
        """
        created = [each for each in self.look(services, timeout) if each.status == "created"]
        for each in created:
            self.host.docker("start", each.container_id, timeout=timeout)
        return bool(created)

    def _remove_leftovers(self, services: Iterable[str], timeout: float) -> None:
        """Remove what a Compose that was ended while it replaced a container has left.

        It has the name that Compose gives the next one for as long as the old one is there.
        """
        found = self.look(services, timeout)
        kept = {each.service: each for each in found}
        kept.update({each.service: each for each in found if each.runs})
        self.remove(
            (
                each.container_id
                for each in found
                if each.container_id and not each.runs and each is not kept[each.service]
            ),
            timeout,
        )

    def _ids(self, services: Iterable[str]) -> list[str]:
        wanted = set(services)
        return [one for one, service in self._services.items() if service in wanted]

    def _list(self, timeout: float) -> None:
        printed = self.host.docker(
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
            return replace(self.host, timeout=timeout).inspect(list(ids))
        except SentryError as error:
            if "no such" in str(error).lower():  # all of them have gone
                return []
            raise
