# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: the containers of a Compose project, as ``docker inspect`` has them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from .docker import WEB_SERVICE

SERVICE_LABEL = "com.docker.compose.service"
PROJECT_LABEL = "com.docker.compose.project"
DIRECTORY_LABEL = "com.docker.compose.project.working_dir"
CONFIG_HASH_LABEL = "com.docker.compose.config-hash"
CONFIG_FILES_LABEL = "com.docker.compose.project.config_files"

_STAMP = re.compile(
    r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(\.\d+)?\s*(Z|[+-]\d\d:?\d\d)?", re.I | re.A
)
_ROOT = ("", "0", "root")
# A service that came up so recently, after so many restarts, is about to die again.
_MANY_RESTARTS = 3
_RECENT_SECONDS = 120.0


@dataclass(frozen=True)
class Container:
    """What is read of one container.

    :param status: Docker's, of the health check (``starting``, ``unhealthy``) where there is one
        and the container runs, else of the container (``created``, ``restarting``, ``exited``)
    :param created_at: Unix time
    :param started_at: Unix time of the last start; far in the past when it was never started
    :param user: user that its first process was started as, empty for the image's
    :param addresses: IPv4, else IPv6, by the name of the network
    :param config_files: of Compose, from which it was started
    """

    container_id: str
    service: str
    project: str
    directory: str
    image_id: str
    is_running: bool
    status: str
    created_at: float
    started_at: float
    restarts: int
    user: str
    config_hash: str
    addresses: Mapping[str, str]
    config_files: tuple[str, ...] = ()

    @classmethod
    def from_inspect(cls, found: Mapping[str, Any]) -> Container:
        """Return the container that one object of ``docker inspect`` describes."""
        state = found.get("State") or {}
        config = found.get("Config") or {}
        labels = config.get("Labels") or {}
        status = str(state.get("Status") or "unknown")
        health = (state.get("Health") or {}).get("Status")
        networks = (found.get("NetworkSettings") or {}).get("Networks") or {}
        return cls(
            container_id=str(found.get("Id") or ""),
            service=str(labels.get(SERVICE_LABEL) or ""),
            project=str(labels.get(PROJECT_LABEL) or ""),
            directory=str(labels.get(DIRECTORY_LABEL) or ""),
            image_id=str(found.get("Image") or ""),
            is_running=status == "running",
            status=str(health) if status == "running" and health not in (None, "none") else status,
            created_at=parse_time(found.get("Created")),
            started_at=parse_time(state.get("StartedAt")),
            restarts=int(found.get("RestartCount") or 0),
            user=str(config.get("User") or ""),
            config_hash=str(labels.get(CONFIG_HASH_LABEL) or ""),
            addresses={
                name: network.get("IPAddress") or network["GlobalIPv6Address"]
                for name, network in networks.items()
                if network.get("IPAddress") or network.get("GlobalIPv6Address")
            },
            config_files=tuple(filter(None, str(labels.get(CONFIG_FILES_LABEL) or "").split(","))),
        )

    @property
    def is_ready(self) -> bool:
        """Whether it runs, and is healthy where it has a health check."""
        return self.status in ("running", "healthy")

    @property
    def exec_user(self) -> str | None:
        """The user to name for a program of Sentry's own user; None: the container's own is it.

        Upstream's image starts as root and steps down to the user ``sentry``.
        """
        return "sentry" if self.user.partition(":")[0] in _ROOT else None

    def keeps_dying(self, now: float) -> bool:
        """Whether Docker restarts it again and again.

        :param now: Unix time of the look
        """
        is_new = now - self.started_at < _RECENT_SECONDS
        return self.status == "restarting" or (self.restarts >= _MANY_RESTARTS and is_new)


def containers_of(service: str, containers: Iterable[Container]) -> list[Container]:
    """Return the containers of one service."""
    return [container for container in containers if container.service == service]


def serving_first(containers: Iterable[Container]) -> list[Container]:
    """Return containers of one service, the one that people certainly meet first.

    While a new one starts beside the old one, or after a run that was killed then, there are two.
    nginx knows the older one, and the new one may never serve.
    """
    return sorted(
        containers, key=lambda each: (not each.is_ready, not each.is_running, each.created_at)
    )


def running_services(containers: Iterable[Container]) -> list[str]:
    """Return the sorted services of the project that have a running container."""
    return sorted({container.service for container in containers if container.is_running})


def stale_services(
    services: Sequence[str],
    containers: Sequence[Container],
    image_id: str | None,
    changed_at: float,
    config_hashes: Mapping[str, str] | None = None,
) -> list[str]:
    """Return those services whose processes are not those of the image, files and configuration.

    :param services: services to look at
    :param image_id: id of the image that they should run, None when it is not built
    :param changed_at: Unix time of the last change of the files that processes read at start
    :param config_hashes: hash of each service's configuration, as Compose computes it now
    """
    return [
        service
        for service in services
        if _is_stale(containers_of(service, containers), image_id, changed_at)
        or service in _reconfigured(containers, config_hashes or {})
    ]


def unready_services(services: Sequence[str], containers: Sequence[Container]) -> dict[str, str]:
    """Return what those services are that do not serve: service -> status, or ``absent``.

    Of web one container is enough, for then there is a login page.
    """
    unready = {}
    for service in services:
        own = containers_of(service, containers)
        if service == WEB_SERVICE:
            own = serving_first(own)[:1]
        if not own:
            unready[service] = "absent"
        for each in own:
            if not each.is_ready:
                unready[service] = each.status
    return unready


def parse_time(stamp: str | None) -> float:
    """Return the Unix time of Docker's or Podman's time stamp, 0 when there is none.

    ``2026-11-22T08:30:00.123456789Z`` and ``2026-11-22T09:30:00.1+01:00``: nanoseconds, and
    ``datetime`` reads at most microseconds.
    """
    match = _STAMP.match(stamp or "")
    if match is None:
        return 0.0
    seconds, fraction, zone = match.groups()
    try:
        moment = datetime.strptime(seconds.replace(" ", "T"), "%Y-%m-%dT%H:%M:%S")
    except ValueError:
        return 0.0
    utc = moment.replace(tzinfo=timezone.utc).timestamp() - _offset_seconds(zone)
    return utc + float(fraction or 0)


def _offset_seconds(zone: str | None) -> float:
    if zone is None or zone in "Zz":
        return 0.0
    seconds = int(zone[1:3]) * 3600.0 + int(zone[-2:]) * 60.0
    return -seconds if zone.startswith("-") else seconds


def _is_stale(own: Sequence[Container], image_id: str | None, changed_at: float) -> bool:
    return not own or not all(
        each.is_running and each.image_id == image_id and each.started_at > changed_at
        for each in own
    )


def _reconfigured(containers: Sequence[Container], hashes: Mapping[str, str]) -> set[str]:
    """Return the services that Compose would recreate, for their configuration changed.

    Another release of Compose can compute other hashes of the same configuration: they only count
    when they agree with those of at least one container.
    """
    known = [each for each in containers if each.config_hash and each.service in hashes]
    differ = {each.service for each in known if each.config_hash != hashes[each.service]}
    return differ if any(each.service not in differ for each in known) else set()
