# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: brings services up anew, with the shortest time without a login page.

The order decides it: web alone first; as soon as it answers, nginx looks for it again; only then
come the others. Nobody waits until these are healthy, for since self-hosted 25.8 their first health
check can come after minutes. They are compared with what they were before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .docker import WEB_SERVICE, SentryError
from .service_commands import PROXY_SERVICE, ServiceCommands, Watched
from .wait import Deadline

# A process that dies at its start once may have met a database that was not up yet. One that does
# so again and again will not come back by itself.
_HOPELESS = 3
# Looks at a process that has ended and is not restarted, before it is given up.
_PATIENCE = 3
# Seconds between two looks.
_WEB_PAUSE = 0.3
_PAUSE = 1.0
# Seconds that one health check of web may take; longer ones are made again.
_LONGEST_CHECK = 5.0
# Seconds beyond the deadline, to find out for the message what went wrong.
_FOR_THE_MESSAGE = 5.0

_FINE = ("running", "healthy")


@dataclass(frozen=True)
class Order:
    """What is to be done.

    :param services: services to bring up anew
    :param start: whether to start what else of the project does not run
    :param reload_proxy: whether nginx is to look for web again
    :param before: status of the services that were not well before; None: those of now
    :param settle: seconds in which nothing may die at the end, at least as many as web needed
    """

    services: tuple[str, ...] = ()
    start: bool = False
    reload_proxy: bool = True
    before: Mapping[str, str] | None = None
    settle: float = 5.0


@dataclass
class Job:
    """An order on its way.

    :param unsettled: status of services that are not well
    :param seconds_without_web: from the beginning until nginx knew the new web container
    :param start_seconds: from the start of the new web container until it answered
    """

    order: Order
    commands: ServiceCommands
    deadline: Deadline
    unsettled: dict[str, str] = field(default_factory=dict)
    seconds_without_web: float = 0.0
    start_seconds: float = 0.0

    def run(self) -> None:
        """Do what is ordered.

        :raises SentryError: web does not answer in time, a service that was well before dies again
            and again, or one is worse at the deadline
        """
        before = self._before(self.commands.begin(self.deadline.remaining))
        began = self.deadline.clock.now()
        if self.order.start:
            self.commands.start_project(self.deadline.remaining)
        if WEB_SERVICE in self.order.services:
            self.commands.recreate([WEB_SERVICE], self.deadline.remaining)
        started = self.deadline.clock.now()
        if WEB_SERVICE in self.order.services or self.order.reload_proxy or self.order.start:
            self._wait_for_web()
        answered = self.deadline.clock.now()
        if self.order.reload_proxy:
            self._reload_proxy()
        if WEB_SERVICE in self.order.services:
            self.start_seconds = answered - started
            self.seconds_without_web = round(self.deadline.clock.now() - began, 1)
        others = [service for service in self.order.services if service != WEB_SERVICE]
        if others:
            self.commands.recreate(others, self.deadline.remaining)
        if self.order.services or self.order.start:
            self._settle(before)

    def result(self) -> dict[str, Any]:
        """Return what was done so far."""
        return {
            "recreated": self.commands.recreated,
            "unsettled": self.unsettled,
            "seconds_without_web": self.seconds_without_web,
        }

    def _before(self, seen: Sequence[Watched]) -> Mapping[str, str]:
        if self.order.before is not None:
            return self.order.before
        return {each.service: each.status for each in seen if not each.is_fine}

    def _wait_for_web(self) -> None:
        """Return when web answers, by Docker's health check or by the same check made here."""
        ended = 0
        while True:
            seen = self.commands.look([WEB_SERVICE], self.deadline.remaining)
            if all(each.status == "healthy" for each in seen):
                return
            self._check_deaths(seen)
            ended = ended + 1 if all(each.is_over for each in seen) else 0
            if self.deadline.is_over or ended > _PATIENCE:
                raise self._not_well(seen)
            seconds = min(_LONGEST_CHECK, self.deadline.remaining)
            if all(each.runs and self.commands.check_health(each, seconds) for each in seen):
                return
            self.deadline.pause(_WEB_PAUSE)

    def _reload_proxy(self) -> None:
        """Let nginx look for web again: it resolves the name when it starts or is reloaded.

        Compose stops it before it recreates web where it has ``depends_on: web: restart: true``.
        """
        for proxy in self.commands.look([PROXY_SERVICE], self.deadline.remaining):
            if proxy.container_id:
                self.commands.reload_proxy(proxy, self.deadline.remaining)

    def _settle(self, before: Mapping[str, str]) -> None:
        """Look on until nothing has died for a while and nothing is worse than before."""
        # All services load the same program: what is wrong with it shows after that time.
        settle = max(self.order.settle, self.start_seconds)
        quiet_since, deaths = self.deadline.clock.now(), 0
        while True:
            seen = self._look_around()
            self.unsettled = {each.service: _told(each) for each in seen if not _is_well(each)}
            judged = [each for each in seen if self._is_judged(each, before)]
            self._check_deaths(judged)
            worse = [each for each in judged if each.status not in (*_FINE, "starting")]
            if sum(each.deaths for each in seen) > deaths:
                quiet_since, deaths = self.deadline.clock.now(), sum(each.deaths for each in seen)
            is_quiet = self.deadline.clock.now() - quiet_since >= settle
            if not worse and (is_quiet or self.deadline.is_over):
                return
            if self.deadline.is_over:
                raise self._not_well(worse)
            self.deadline.pause(_PAUSE)

    def _look_around(self) -> list[Watched]:
        """Return the services of the order, web and nginx; all that are to run after a start."""
        named = {*self.order.services, WEB_SERVICE}
        others = self.commands.services if self.order.start else [PROXY_SERVICE]
        seen = self.commands.look({*named, *others}, self.deadline.remaining)
        return [each for each in seen if each.service in named or each.is_restarted]

    def _is_judged(self, each: Watched, before: Mapping[str, str]) -> bool:
        """Return whether the job is at fault if a service is not well: it was well before."""
        is_ours = each.service in (*self.order.services, WEB_SERVICE, PROXY_SERVICE)
        return is_ours and before.get(each.service, _FINE[0]) in _FINE

    def _check_deaths(self, seen: Iterable[Watched]) -> None:
        for each in seen:
            if each.deaths >= _HOPELESS:
                raise SentryError(
                    f"{each.service}: It died {each.deaths} times right after its start, with exit"
                    f" code {each.exit_code}; {self.commands.last_words(each, _FOR_THE_MESSAGE)}."
                    " Correct that and run again."
                )

    def _not_well(self, seen: Sequence[Watched]) -> SentryError:
        first = seen[0]
        found = ", ".join(f"{each.service} is {_told(each)}" for each in seen)
        words = self.commands.last_words(first, _FOR_THE_MESSAGE)
        return SentryError(
            f"{first.service}: It does not serve; after {self._seconds:g} s of at most"
            f" {self.deadline.seconds:g} s: {found}; {words}. Correct that, or give it more time."
        )

    @property
    def _seconds(self) -> float:
        return round(self.deadline.seconds - (self.deadline.end - self.deadline.clock.now()))


def _is_well(each: Watched) -> bool:
    # Web was seen to answer, which Docker's own health check may find out much later.
    is_fine = each.is_fine or (each.service == WEB_SERVICE and each.status == "starting")
    return is_fine and each.deaths == 0


def _told(each: Watched) -> str:
    """Return the status of a service as it is reported."""
    if each.is_over:
        return f"{each.status} with code {each.exit_code}"
    if each.deaths and each.runs:
        return f"{each.status}, died {each.deaths} times"
    return each.status
