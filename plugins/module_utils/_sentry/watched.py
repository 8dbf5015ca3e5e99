# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: one container while its service is brought up anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .containers import Container


@dataclass(frozen=True)
class Watched:
    """One container of a service, or the lack of one.

    :param container_id: empty when the service has no container
    :param status: of the health check where there is one, else of the container, or ``absent``
    :param created_at: Unix time
    :param deaths: how often Docker has restarted it since this job began
    :param exit_code: of the last end of its process
    :param is_restarted: whether Docker starts it again when it dies
    :param health_check: command line of its health check, empty when it has none
    :param health_output: what its health check printed last
    :param addresses: IPv4, by the name of the network
    """

    service: str
    container_id: str = ""
    status: str = "absent"
    runs: bool = False
    created_at: float = 0.0
    deaths: int = 0
    exit_code: int = 0
    ran_out_of_memory: bool = False
    is_restarted: bool = False
    health_check: tuple[str, ...] = ()
    health_output: str = ""
    addresses: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_inspect(cls, found: Mapping[str, Any], first: Mapping[str, int]) -> Watched:
        """Return the container that one object of ``docker inspect`` describes.

        :param first: container id -> restarts until the job began
        """
        container = Container.from_inspect(found)
        state = found.get("State") or {}
        log = (state.get("Health") or {}).get("Log") or [{}]
        begun = first.get(container.container_id, 0)
        return cls(
            service=container.service,
            container_id=container.container_id,
            status=container.status,
            runs=container.is_running,
            created_at=container.created_at,
            # A start by hand makes Docker count anew.
            deaths=container.restarts - (begun if container.restarts >= begun else 0),
            exit_code=int(state.get("ExitCode") or 0),
            ran_out_of_memory=bool(state.get("OOMKilled")),
            is_restarted=_restart_policy(found) not in ("", "no"),
            health_check=_command((found.get("Config") or {}).get("Healthcheck")),
            health_output=str(log[-1].get("Output") or ""),
            addresses=container.addresses,
        )

    @property
    def is_fine(self) -> bool:
        """Whether it runs, and is healthy where it has a health check."""
        return self.status in ("running", "healthy")

    @property
    def is_over(self) -> bool:
        """Whether it has ended, and Docker does not start it again."""
        return self.status in ("exited", "dead")

    @property
    def told(self) -> str:
        """Its status as it is reported."""
        if self.is_over:
            return f"{self.status} with code {self.exit_code}"
        if self.deaths and self.runs:
            return f"{self.status}, died {self.deaths} times"
        return self.status


def _command(health_check: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Return the command line of a health check as Docker runs it, empty when there is none."""
    kind, *words = (health_check or {}).get("Test") or ["NONE"]
    if kind == "CMD":
        return tuple(words)
    return ("/bin/sh", "-c", *words) if kind == "CMD-SHELL" else ()


def _restart_policy(found: Mapping[str, Any]) -> str:
    policy = (found.get("HostConfig") or {}).get("RestartPolicy") or {}
    return str(policy.get("Name") or "")
