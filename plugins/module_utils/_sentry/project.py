# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: what ``docker compose config`` says about the Sentry services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .docker import WEB_SERVICE, SentryError
from .versions import image_version

_POSTGRES = "postgres"
_PROXY = "nginx"


@dataclass(frozen=True)
class WebSettings:
    """What of the configuration of the service web counts for how many containers it can have.

    :param publishes_port: whether it takes a port of the host itself
    """

    container_name: str | None = None
    address: str | None = None
    publishes_port: bool = False
    replicas: int = 1

    @classmethod
    def from_config(cls, web: Mapping[str, Any]) -> WebSettings:
        """Return them for the service as ``docker compose config`` has it."""
        networks = web.get("networks")
        networks = networks.values() if isinstance(networks, Mapping) else []
        fixed = [
            str(network[name])
            for network in networks
            for name in ("ipv4_address", "ipv6_address", "mac_address")
            if network and network.get(name)
        ]
        ports = [port for port in web.get("ports") or [] if isinstance(port, Mapping)]
        published = any(port.get("published") for port in ports)
        return cls(
            container_name=str(web["container_name"]) if web.get("container_name") else None,
            address=str(web.get("mac_address") or (fixed[0] if fixed else "")) or None,
            # Another container's network, or the host's: there the port can be taken once, too.
            publishes_port=published or bool(web.get("network_mode")),
            replicas=_replicas(web),
        )


@dataclass(frozen=True)
class Project:
    """The Compose project of a Sentry folder.

    :param name: its name by the configuration; containers may run under another one
    :param version: Sentry release that it is set to, None for tags such as ``nightly``
    :param image: name of the local image of the service ``web``
    :param services: services on this image that run by default
    :param proxy: the service of upstream's reverse proxy, None where a site has none
    :param beside_web: services that have to run for web to, by its ``depends_on``
    :param user: ``user`` of the service ``web``, None when the image decides
    :param volumes: names of the volumes that hold what Sentry stores
    :param web: what counts for the number of its containers
    """

    name: str
    version: str | None
    image: str
    services: tuple[str, ...]
    proxy: str | None
    beside_web: tuple[str, ...]
    user: str | None
    volumes: tuple[str, ...]
    web: WebSettings = WebSettings()

    @classmethod
    def from_config(cls, config: Mapping[str, Any], directory: str) -> Project:
        """Return the project; raise SentryError when it is no self-hosted Sentry.

        :param config: ``docker compose config --format json``
        """
        services = config.get("services") or {}
        web = services.get(WEB_SERVICE)
        if web is None:
            raise SentryError(
                f"sentry_dir: The Compose project in {directory} has no service {WEB_SERVICE}. Set"
                " sentry_dir to the folder of self-hosted Sentry, and see that COMPOSE_PROFILES"
                " includes its web server."
            )
        image = web.get("image")
        if not image:
            raise SentryError(
                f"sentry_dir: The service {WEB_SERVICE} of the Compose project in {directory} has"
                " no image. Give it the name of the image that it builds, as upstream's"
                " docker-compose.yml does (image: sentry-self-hosted-local)."
            )
        return cls(
            name=str(config.get("name") or ""),
            version=sentry_version(config),
            image=str(image),
            services=tuple(_on_image(services, str(image))),
            proxy=_PROXY if _PROXY in services else None,
            beside_web=tuple(_needed(web)),
            user=str(web["user"]) if web.get("user") not in (None, "") else None,
            volumes=tuple(_data_volumes(config)),
            web=WebSettings.from_config(web),
        )


def sentry_version(config: Mapping[str, Any]) -> str | None:
    """Return the release of Sentry that the web service is built from, or is.

    Upstream hands SENTRY_IMAGE of .env to the build of sentry/Dockerfile as an argument.
    """
    web = (config.get("services") or {}).get(WEB_SERVICE) or {}
    build = web.get("build")
    arguments = (build.get("args") if isinstance(build, Mapping) else None) or {}
    base = arguments.get("SENTRY_IMAGE") if isinstance(arguments, Mapping) else None
    return image_version(base) or image_version(web.get("image"))


def _on_image(services: Mapping[str, Mapping[str, Any]], image: str) -> list[str]:
    """Return the sorted services on an image.

    Compose itself leaves services of inactive profiles out of its configuration; those scaled to
    zero are left out here.
    """
    return sorted(
        name
        for name, spec in services.items()
        if spec.get("image") == image and _replicas(spec) != 0
    )


def _needed(web: Mapping[str, Any]) -> list[str]:
    """Return the sorted services that web depends on, but for those that do a job and end."""
    needed = web.get("depends_on")
    if not isinstance(needed, Mapping):
        return sorted(str(name) for name in needed or [])
    return sorted(
        name
        for name, how in needed.items()
        if (how or {}).get("condition") != "service_completed_successfully"
    )


def _replicas(spec: Mapping[str, Any]) -> int:
    replicas = (spec.get("deploy") or {}).get("replicas")
    return int(spec.get("scale", 1) if replicas is None else replicas)


def _data_volumes(config: Mapping[str, Any]) -> list[str]:
    """Return the names of the database's volumes: install.sh makes them, and nothing else does."""
    volumes = config.get("volumes") or {}
    postgres = (config.get("services") or {}).get(_POSTGRES) or {}
    mounted = [mount for mount in postgres.get("volumes") or [] if isinstance(mount, Mapping)]
    keys = [mount.get("source") for mount in mounted if mount.get("type") == "volume"]
    return sorted(
        str((volumes.get(key) or {}).get("name") or key) for key in keys if key is not None
    )
