# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE. Waits until services serve, and no longer than there is hope."""

from __future__ import annotations

import time
from collections.abc import Sequence

from .docker import (
    SentryError,
    SentryHost,
    last_log_lines,
)
from .stack import (
    restart_counts,
    unready_services,
)

# A process that dies at its start once may have met a database that was not up yet. One that does
# so again and again will not come back by itself.
_HOPELESS = 3
_PAUSE = 1.0


def wait_until_ready(
    host: SentryHost, project: str, services: Sequence[str], timeout: float
) -> None:
    """Return when all services run, and are healthy where they have a health check.

    :param project: name of the compose project
    :param timeout: seconds
    :raises SentryError: the time is over, or a service died three times; with the end of its log
    """
    deadline = time.monotonic() + timeout
    before = restart_counts(host.containers(project))
    while True:
        containers = host.containers(project)
        unready = unready_services(services, containers)
        if not unready:
            return
        counts = restart_counts(containers)
        for service in services:
            died = counts.get(service, 0) - before.get(service, 0)
            if died >= _HOPELESS:
                raise SentryError(
                    f"the service {service} died {died} times right after its start: "
                    + _end_of_log(host, service)
                )
        if time.monotonic() >= deadline:
            found = ", ".join(f"{service} is {status}" for service, status in unready.items())
            raise SentryError(
                f"not ready after {timeout:g} s: {found}; " + _end_of_log(host, next(iter(unready)))
            )
        time.sleep(_PAUSE)


def _end_of_log(host: SentryHost, service: str) -> str:
    try:
        log = host.compose("logs", "--no-color", "--no-log-prefix", "--tail=60", service)
    except SentryError as error:
        return str(error)
    return f"the end of its log: {last_log_lines(log, 6)}"
