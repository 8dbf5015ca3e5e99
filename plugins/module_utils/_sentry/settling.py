# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: waits for services, and tells the end of those that do not come up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .docker import WEB_SERVICE, CommandTimedOut, SentryError
from .proxy import PROXY_SERVICE
from .service_commands import ServiceCommands
from .wait import Deadline
from .watched import Watched

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
class Scope:
    """Which services a job looks at in the end, and for which of them it answers.

    :param named: those that it brings up anew, and web
    :param others: those that it looks at besides, where Docker is to keep them running
    :param before: status of the services that were not well before
    """

    named: frozenset[str]
    others: frozenset[str]
    before: Mapping[str, str]

    @property
    def services(self) -> frozenset[str]:
        return self.named | self.others

    def has(self, each: Watched) -> bool:
        return each.service in self.named or each.is_restarted

    def judges(self, each: Watched) -> bool:
        """Return whether the job is at fault if a service is not well: it was well before."""
        is_ours = each.service in (*self.named, PROXY_SERVICE)
        return is_ours and self.before.get(each.service, _FINE[0]) in _FINE


@dataclass
class Watch:
    """Looks at services until they are what they are to be, or the time is over.

    :param unsettled: status of services that are not well
    """

    commands: ServiceCommands
    deadline: Deadline
    unsettled: dict[str, str] = field(default_factory=dict)

    def wait_for_web(self, container_id: str = "") -> None:
        """Return when web answers, by Docker's health check or by the same check made here.

        :param container_id: of the one web container that is meant, else all of them are
        :raises SentryError: it dies again and again, or does not answer in time
        """
        seen: list[Watched] = []
        ended = 0
        while True:
            seen = self._look([WEB_SERVICE], seen)
            meant = [each for each in seen if container_id in ("", each.container_id)]
            meant = meant or [Watched(WEB_SERVICE)]
            if all(each.status == "healthy" for each in meant):
                return
            self._check_deaths(meant)
            ended = ended + 1 if all(each.is_over for each in meant) else 0
            if self.deadline.is_over or ended > _PATIENCE:
                raise self._not_well(meant)
            if all(self.answers(each) for each in meant):
                return
            self.deadline.pause(_WEB_PAUSE)

    def answers(self, web: Watched) -> bool:
        """Return whether a web container answers now."""
        seconds = min(_LONGEST_CHECK, self.deadline.remaining)
        return web.runs and self.commands.check_health(web, seconds)

    def settle(self, scope: Scope, seconds: float) -> None:
        """Look on until nothing has died for a while and nothing is worse than before.

        :raises SentryError: a service that was well before dies again and again, or is worse
        """
        quiet_since, deaths = self.deadline.clock.now(), 0
        seen: list[Watched] = []
        while True:
            seen = [each for each in self._look(scope.services, seen) if scope.has(each)]
            self.unsettled = {each.service: each.told for each in seen if not _is_well(each)}
            judged = [each for each in seen if scope.judges(each)]
            self._check_deaths(judged)
            worse = [each for each in judged if each.status not in (*_FINE, "starting")]
            if sum(each.deaths for each in seen) > deaths:
                quiet_since, deaths = self.deadline.clock.now(), sum(each.deaths for each in seen)
            is_quiet = self.deadline.clock.now() - quiet_since >= seconds
            if not worse and (is_quiet or self.deadline.is_over):
                return
            if self.deadline.is_over:
                raise self._not_well(worse)
            self.deadline.pause(_PAUSE)

    def _look(self, services: Iterable[str], before: list[Watched]) -> list[Watched]:
        """Return the services, or at the deadline what was seen of them before."""
        try:
            return self.commands.look(services, self.deadline.remaining)
        except CommandTimedOut:
            if before and self.deadline.is_over:
                return before
            raise

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
        found = ", ".join(f"{each.service} is {each.told}" for each in seen)
        words = self.commands.last_words(first, _FOR_THE_MESSAGE)
        return SentryError(
            f"{first.service}: It does not serve; after {self.deadline.elapsed:.0f} s of at most"
            f" {self.deadline.seconds:g} s: {found}; {words}. Correct that, or give it more time."
        )


def _is_well(each: Watched) -> bool:
    # Web was seen to answer, which Docker's own health check may find out much later.
    is_fine = each.is_fine or (each.service == WEB_SERVICE and each.status == "starting")
    return is_fine and each.deaths == 0
