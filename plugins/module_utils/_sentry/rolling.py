# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: replaces the web container without one failed request.

The new one starts beside the old one. When it answers, nginx is told of it, and when nothing is on
its way to the old one any more, that goes. Until then nothing is lost: what fails takes the new one
away again. Whatever a run that was killed on the way has left is put in order first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .._module import ModuleError
from .docker import WEB_SERVICE, SentryError
from .proxy import PROXY_SERVICE, reload_or_restart, reload_proxy, switch_to
from .service_commands import ServiceCommands
from .settling import Watch
from .watched import Watched


@dataclass(frozen=True)
class Rollout:
    """The exchange of the web container of one project."""

    commands: ServiceCommands
    watch: Watch

    def run(self, running: Sequence[Watched]) -> float:
        """Exchange it, and return the seconds that the new one took until it answered.

        :param running: the web containers that run, at least one
        :raises SentryError: the new one does not serve; the old one does as before
        """
        clock = self.watch.deadline.clock
        old = self._keep_one(running)
        try:
            new = self.commands.add_web(self._remaining)
            started = clock.now()
            self.watch.wait_for_web(new)
            seconds = clock.now() - started
            is_alone = self._lead_to(new)
        except ModuleError as error:
            self._take_back(old, error)
            raise
        self.commands.touched.add(WEB_SERVICE)
        self._retire([old], is_known=not is_alone)
        return seconds

    def _keep_one(self, running: Sequence[Watched]) -> str:
        """Leave one web container, the oldest that answers, and return its id.

        It is the one that nginx has known longest, and that a run that was killed began with.
        """
        running = sorted(running, key=lambda each: each.created_at)
        kept = running[0]
        if len(running) > 1:
            kept = next((each for each in running if self.watch.answers(each)), kept)
            self._lead_to(kept.container_id)
        self._retire(self._others(kept.container_id), is_known=True)
        return kept.container_id

    def _lead_to(self, web_id: str) -> bool:
        """Let nginx ask this web container, and return whether it asks no other one."""
        found = [each for each in self._web_containers() if each.container_id == web_id]
        if not found:
            raise SentryError("web: Its container was removed meanwhile. Run again.")
        is_alone = True
        for proxy in self._proxies():
            if proxy.runs:
                told = switch_to(self.commands.host, proxy, found[0], self.watch.deadline)
                is_alone = is_alone and told
            else:
                reload_or_restart(self.commands.host, proxy, self._remaining)
                is_alone = False
        return is_alone

    def _retire(self, gone: Sequence[str], *, is_known: bool) -> None:
        """Stop and remove web containers.

        :param is_known: whether nginx may know their addresses, and forgets them in between
        """
        for each in gone:
            self.commands.stop(each)
        if gone and is_known:
            for proxy in self._proxies():
                reload_proxy(self.commands.host, proxy, self._remaining)
        self.commands.remove(gone, self._remaining)

    def _take_back(self, old: str, error: ModuleError) -> None:
        """Leave the old container alone.

        :param error: why, to be told first if that fails too
        """
        try:
            self.commands.remove(self._others(old), self._remaining)
        except ModuleError as second:
            raise SentryError(
                f"{error} The new web container could not be removed either: {second} The old one"
                " serves; run again, or remove the new one with 'docker rm --force'."
            ) from None

    def _others(self, web_id: str) -> list[str]:
        """Return the ids of all web containers but one, running or not."""
        own = [each.container_id for each in self._web_containers()]
        return [each for each in own if each not in ("", web_id)]

    def _web_containers(self) -> list[Watched]:
        return self.commands.look([WEB_SERVICE], self._remaining)

    def _proxies(self) -> list[Watched]:
        found = self.commands.look([PROXY_SERVICE], self._remaining)
        return [each for each in found if each.container_id]

    @property
    def _remaining(self) -> float:
        return self.watch.deadline.remaining
