# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: brings services up anew, with the shortest time without a login page.

The order decides it: web alone first; as soon as it answers, nginx looks for it again; only then
come the others. Nobody waits until these are healthy, for since self-hosted 25.8 their first health
check can come after minutes. They are compared with what they were before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .docker import WEB_SERVICE
from .proxy import PROXY_SERVICE, reload_or_restart
from .rolling import Rollout
from .service_commands import ServiceCommands
from .settling import Scope, Watch
from .wait import Deadline
from .watched import Watched


@dataclass(frozen=True)
class Order:
    """What is to be done.

    :param services: services to bring up anew
    :param rolling: whether the new web container starts beside the old one, if that runs
    :param start: whether to start what else of the project does not run
    :param reload_proxy: whether nginx is to look for web again
    :param before: status of the services that were not well before; None: those of now
    :param settle: seconds in which nothing may die at the end, at least as many as web needed
    """

    services: tuple[str, ...] = ()
    rolling: bool = False
    start: bool = False
    reload_proxy: bool = True
    before: Mapping[str, str] | None = None
    settle: float = 5.0

    @property
    def strategy(self) -> str | None:
        """How web is replaced, None when it is not."""
        if WEB_SERVICE not in self.services:
            return None
        return "rolling" if self.rolling else "recreate"


@dataclass
class Job:
    """An order on its way.

    :param seconds_without_web: from the beginning until nginx knew the new web container, unless
        the old one served meanwhile
    :param start_seconds: from the start of the new web container until it answered
    :param rolls: whether the new web container starts beside the old one
    """

    order: Order
    commands: ServiceCommands
    deadline: Deadline
    watch: Watch = field(init=False)
    seconds_without_web: float = 0.0
    start_seconds: float = 0.0
    rolls: bool = False

    def __post_init__(self) -> None:
        self.watch = Watch(self.commands, self.deadline)

    def run(self) -> None:
        """Do what is ordered.

        :raises SentryError: web does not answer in time, a service that was well before dies again
            and again, or one is worse at the deadline
        """
        seen = self.commands.begin(self.deadline.remaining)
        running = [each for each in seen if each.service == WEB_SERVICE and each.runs]
        if self.order.start:
            self.commands.start_project(self.deadline.remaining)
        self.rolls = self.order.strategy == "rolling" and bool(running)
        if self.rolls:
            self.start_seconds = Rollout(self.commands, self.watch).run(running)
        else:
            self._replace_web()
        others = [service for service in self.order.services if service != WEB_SERVICE]
        if others:
            self.commands.recreate(others, self.deadline.remaining)
        if self.order.services or self.order.start:
            self._settle(seen)

    def result(self) -> dict[str, Any]:
        """Return what was done so far."""
        return {
            "recreated": self.commands.recreated,
            "touched": sorted(self.commands.touched),
            "unsettled": self.watch.unsettled,
            "strategy": self.order.strategy and ("rolling" if self.rolls else "recreate"),
            "seconds_without_web": self.seconds_without_web,
        }

    def _replace_web(self) -> None:
        """Replace web if it is ordered, and let nginx find the web there is."""
        web, clock = WEB_SERVICE in self.order.services, self.deadline.clock
        began = clock.now()
        if web:
            self.commands.recreate([WEB_SERVICE], self.deadline.remaining)
        started = clock.now()
        if web or self.order.reload_proxy or self.order.start:
            self.watch.wait_for_web()
        answered = clock.now()
        if self.order.reload_proxy:
            self._reload_proxy()
        if web:
            self.start_seconds = answered - started
            self.seconds_without_web = round(clock.now() - began, 1)

    def _reload_proxy(self) -> None:
        """Let nginx look for web again: it resolves the name when it starts or is reloaded.

        Compose stops it before it recreates web where it has ``depends_on: web: restart: true``.
        """
        for proxy in self.commands.look([PROXY_SERVICE], self.deadline.remaining):
            if proxy.container_id:
                reload_or_restart(self.commands.host, proxy, self.deadline.remaining)

    def _settle(self, seen: Sequence[Watched]) -> None:
        before = self.order.before
        if before is None:
            before = {each.service: each.status for each in seen if not each.is_fine}
        others = self.commands.services if self.order.start else [PROXY_SERVICE]
        scope = Scope(
            named=frozenset({*self.order.services, WEB_SERVICE}),
            others=frozenset(others),
            before=before,
        )
        # All services load the same program: what is wrong with it shows after that time.
        self.watch.settle(scope, max(self.order.settle, self.start_seconds))
