# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE. Pure functions about a self-hosted Sentry: no input, no output.

They read what ``docker compose config``, ``docker inspect``, ``.env`` and ``config.yml`` say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

# From this release on upstream reads .env.custom on top of .env; before, it replaced .env.
_LAYERED_ENV_SINCE = "25.2.0"

# (first Sentry release, oldest compose that its install.sh accepts), newest first.
_OLDEST_COMPOSE = (("25.2.0", "2.32.2"), ("24.6.0", "2.19.0"), ("0", "2.0.0"))

_ENV_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$")
_URL_PREFIX_LINE = re.compile(r"""^(["']?)system\.url-prefix\1[ \t]*:[ \t]+(.*?)[ \t]*$""", re.M)
_SERVICE_LABEL = "com.docker.compose.service"


def version_key(version: str) -> tuple[int, ...]:
    """Return the numbers of a version, for comparing: ``2.26.1-4`` is ``(2, 26, 1)``."""
    numbers = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(number) for number in numbers.group().split(".")) if numbers else ()


def parse_env(text: str) -> dict[str, str]:
    """Return the assignments of a ``.env`` file; the last one of a name wins."""
    found = {}
    for line in text.splitlines():
        match = _ENV_LINE.match(line)
        if match:
            found[match.group(1)] = _scalar(match.group(2))
    return found


def image_version(reference: str | None) -> str | None:
    """Return the release in an image's tag, None for tags such as ``nightly`` and for digests.

    ``ghcr.io/getsentry/sentry:25.2.0`` is ``25.2.0``.
    """
    last_part = (reference or "").split("@")[0].rsplit("/", 1)[-1]
    match = re.match(r"\d+\.\d+(?:\.\d+)*", last_part.partition(":")[2])
    return match.group() if match else None


def env_file_names(version: str | None, has_custom: bool) -> tuple[str, ...]:
    """Return the files to pass to compose with ``--env-file``, none when .env alone is right.

    :param version: release of the checkout, by its .env; an unknown one is taken for a new one
    :param has_custom: whether there is a ``.env.custom``
    """
    if not has_custom:
        return ()
    if version is not None and version_key(version) < version_key(_LAYERED_ENV_SINCE):
        return (".env.custom",)
    return (".env", ".env.custom")


def oldest_compose(version: str | None) -> str:
    """Return the oldest compose that this release of self-hosted Sentry works with."""
    for since, compose in _OLDEST_COMPOSE:
        if version is not None and version_key(version) >= version_key(since):
            return compose
    return _OLDEST_COMPOSE[-1][1]


def services_on_image(config: Mapping[str, Any], service: str) -> list[str]:
    """Return the sorted services that share the image of ``service`` and run by default.

    Compose itself leaves services of inactive profiles out of its config; those scaled to zero
    are left out here.
    """
    services = config["services"]
    image = services[service]["image"]
    return sorted(
        name
        for name, spec in services.items()
        if spec.get("image") == image and _replicas(spec) != 0
    )


def running_services(containers: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the sorted services of the project that have a running container."""
    return sorted({_service(container) for container in containers if _is_running(container)})


def stale_services(
    services: Sequence[str],
    containers: Sequence[Mapping[str, Any]],
    image_id: str | None,
    changed_at: float,
) -> list[str]:
    """Return those services whose processes are not those of the current image and files.

    :param services: services to look at
    :param containers: ``docker inspect`` of the project's containers
    :param image_id: id of the image that they should run, None when it is not built
    :param changed_at: Unix time of the last change of the files that processes read at start
    """

    stale = []
    for service in services:
        own = [container for container in containers if _service(container) == service]
        current = [
            container
            for container in own
            if _is_running(container) and container["Image"] == image_id
        ]
        if not own or current != own or started_before(own, service, changed_at):
            stale.append(service)
    return stale


def started_before(
    containers: Sequence[Mapping[str, Any]], service: str, changed_at: float
) -> bool:
    """Return whether a container of the service was started before a moment (Unix time)."""
    own = [container for container in containers if _service(container) == service]
    return any(parse_time(container["State"]["StartedAt"]) <= changed_at for container in own)


def unready_services(
    services: Sequence[str], containers: Sequence[Mapping[str, Any]]
) -> dict[str, str]:
    """Return what those services are that do not serve yet: service -> status.

    The status is Docker's: of the health check (``starting``, ``unhealthy``) where there is one,
    else of the container (``created``, ``restarting``, ``exited``), or ``absent``.
    """
    unready = {}
    for service in services:
        own = [container for container in containers if _service(container) == service]
        for status in [_status(container) for container in own] or ["absent"]:
            if status not in ("running", "healthy"):
                unready[service] = status
    return unready


def restart_counts(containers: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return how often Docker has restarted each service by its restart policy.

    It counts from the last start or restart by hand.
    """
    counts: dict[str, int] = {}
    for container in containers:
        service = _service(container)
        counts[service] = counts.get(service, 0) + int(container["RestartCount"])
    return counts


def has_container(containers: Sequence[Mapping[str, Any]], service: str) -> bool:
    """Return whether the service has a container, running or not."""
    return any(_service(container) == service for container in containers)


def parse_url_prefix(config_yml: str) -> str | None:
    """Return ``system.url-prefix`` of Sentry's config.yml, None when it is not set there.

    Upstream keeps it as a scalar on a top-level line. Read without a YAML library, because
    a Sentry host need not have one.
    """
    values = [_scalar(match.group(2)) for match in _URL_PREFIX_LINE.finditer(config_yml)]
    return values[-1] if values and values[-1] not in ("", "~", "null") else None


def parse_time(stamp: str) -> float:
    """Return the Unix time of Docker's time stamp, such as ``2026-11-22T08:30:00.123456789Z``."""
    # Docker prints nanoseconds, and datetime reads at most microseconds (Python < 3.11: exactly
    # three or six digits, and no Z).
    seconds, _dot, rest = stamp.rstrip("Z").partition(".")
    moment = datetime.strptime(seconds, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    return moment.timestamp() + float("0." + (rest or "0"))


def _scalar(text: str) -> str:
    """Return a value without its quotes or, when it is plain, without a trailing comment."""
    if text[:1] in ("'", '"'):
        closing = text.find(text[0], 1)
        if closing > 0:
            return text[1:closing]
    return re.split(r"(?:^|\s+)#", text, maxsplit=1)[0]


def _replicas(spec: Mapping[str, Any]) -> int:
    replicas = (spec.get("deploy") or {}).get("replicas")
    return int(spec.get("scale", 1) if replicas is None else replicas)


def _service(container: Mapping[str, Any]) -> str:
    return str(container["Config"]["Labels"].get(_SERVICE_LABEL, ""))


def _status(container: Mapping[str, Any]) -> str:
    state = container["State"]
    if state["Status"] == "running" and state.get("Health"):
        return str(state["Health"]["Status"])
    return str(state["Status"])


def _is_running(container: Mapping[str, Any]) -> bool:
    return bool(container["State"]["Status"] == "running")
