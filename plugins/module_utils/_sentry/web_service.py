# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: whether a second web container can start beside the first."""

from __future__ import annotations

import contextlib
import re
from dataclasses import asdict, dataclass
from typing import Any

from .checkout import Checkout, read_text, running_web
from .containers import Container, containers_of
from .docker import SentryError, SentryHost
from .versions import is_older

# The oldest release of Compose with which a second container beside the first was tried.
OLDEST_COMPOSE = "2.26.0"
# A container that starts takes more for a while than one that runs.
_MEMORY_FACTOR = 1.25
_PROC = "/proc"


@dataclass(frozen=True)
class WebService:
    """What decides whether a second web container can start beside the first.

    :param container_name: the fixed one by Compose's configuration
    :param address: the fixed one by Compose's configuration
    :param publishes_port: whether it takes a port of the host itself
    :param replicas: how many containers of it Compose is told to run
    :param running: how many do
    :param proxy: the service of upstream's reverse proxy
    :param proxy_runs: whether that does
    :param memory: MiB that the processes of the running container take, None when unknown
    :param free_memory: MiB that the host has for others, None when unknown
    """

    container_name: str | None
    address: str | None
    publishes_port: bool
    replicas: int
    running: int
    proxy: str | None
    proxy_runs: bool
    compose_version: str
    memory: int | None
    free_memory: int | None

    @classmethod
    def observe(cls, checkout: Checkout) -> WebService:
        """Return what there is now; one call of docker where web runs."""
        project, running = checkout.project, running_web(checkout.containers)
        proxies = containers_of(project.proxy, checkout.containers) if project.proxy else []
        return cls(
            **asdict(project.web),
            running=len(running),
            proxy=project.proxy,
            proxy_runs=any(each.is_running for each in proxies),
            compose_version=checkout.compose_version,
            memory=_memory(checkout.host, running[0]) if running else None,
            free_memory=_free_memory(),
        )

    @property
    def obstacles(self) -> list[str]:
        """What stands in the way, as ends of a sentence; empty when nothing does."""
        if not self.running:
            return ["web does not run now"]
        found = [
            (self.publishes_port, "web publishes a port of the host, which one container can have"),
            (self.container_name, f"web has the fixed container_name {self.container_name}"),
            (self.address, f"web has the fixed address {self.address}"),
            (self.replicas != 1, f"Compose is told to run {self.replicas} containers of web"),
            (not self.proxy, "there is no service nginx to lead people to the new container"),
            (self.proxy and not self.proxy_runs, "nginx does not run now"),
            (
                is_older(self.compose_version, OLDEST_COMPOSE),
                f"Compose is {self.compose_version}, and {OLDEST_COMPOSE} or newer is needed",
            ),
            (self._too_little_memory, self._too_little_memory),
        ]
        return [str(text) for stands, text in found if stands]

    def as_result(self) -> dict[str, Any]:
        """Return what modules say of it."""
        return {**asdict(self), "obstacles": self.obstacles}

    @property
    def _too_little_memory(self) -> str:
        if self.memory is None or self.free_memory is None:
            return "it cannot be told how much memory a second web container needs"
        needed = int(self.memory * _MEMORY_FACTOR)
        if needed <= self.free_memory:
            return ""
        return f"a second web container needs {needed} MiB of memory, {self.free_memory} are free"


def _memory(host: SentryHost, container: Container) -> int | None:
    """Return the MiB that the processes of a container take; what they share counts in each."""
    with contextlib.suppress(SentryError):
        printed = host.docker("top", container.container_id, "-eo", "pid,rss")
        sizes = [line.split()[-1] for line in printed.splitlines()[1:] if line.split()]
        if sizes and all(size.isdigit() for size in sizes):
            return sum(map(int, sizes)) // 1024
    return None


def _free_memory() -> int | None:
    """Return the MiB that the host can give to new processes without swapping."""
    with contextlib.suppress(SentryError):
        found = re.search(r"^MemAvailable:\s+(\d+) kB", read_text(_PROC, "meminfo"), re.M)
        return int(found.group(1)) // 1024 if found else None
    return None
