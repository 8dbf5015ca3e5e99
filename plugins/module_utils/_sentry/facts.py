# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: facts of a self-hosted Sentry, as its folder and Docker tell them."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any

from . import config_yml, site_files
from .checkout import Checkout, read_text, running_web
from .compose_files import lost_files
from .containers import (
    Container,
    containers_of,
    running_services,
    stale_services,
    unready_services,
)
from .docker import WEB_SERVICE, SentryError, SentryHost
from .image import Image, ask_image, ask_running, find_image
from .observations import Packages, Process, host_id
from .run_lock import running_install
from .versions import differ
from .web_service import WebService

# The user of Sentry's processes in upstream's image.
_SENTRY_USER = "sentry"
_SENTRY_IDS = (999, 999)
_ROOT = ("", "0", "root")


@dataclass(frozen=True)
class Facts:
    """What is known of a Sentry without going inside.

    :param image: the local image of the service ``web``, None when it is not built
    :param packages: of this image, None when it is not built
    :param web: what decides whether a second web container can start beside the first
    :param config_hashes: service -> hash of its configuration, as Compose computes it now
    :param has_data: whether the volumes are there that install.sh makes
    :param now: Unix time of the look
    """

    checkout: Checkout
    image: Image | None
    packages: Packages | None
    process: Process | None
    web: WebService
    config_hashes: Mapping[str, str] = field(default_factory=dict)
    has_data: bool = False
    now: float = field(default_factory=time.time)

    @property
    def image_id(self) -> str | None:
        return self.image.image_id if self.image else None

    @property
    def stale(self) -> list[str]:
        """The services that do not run on the image, the files and the configuration there are."""
        directory = self.checkout.host.directory
        return stale_services(
            self.checkout.project.services,
            self.checkout.containers,
            self.image_id,
            site_files.newest_change(directory, self.now),
            self.config_hashes,
        )

    @property
    def unready(self) -> dict[str, str]:
        """The services on the image that do not serve: service -> status."""
        return unready_services(self.checkout.project.services, self.checkout.containers)

    @property
    def dying(self) -> list[str]:
        """The services on the image that Docker restarts again and again."""
        services = self.checkout.project.services
        return sorted(
            {
                each.service
                for each in self.checkout.containers
                if each.service in services and each.keeps_dying(self.now)
            }
        )

    @property
    def installed(self) -> bool:
        """Whether install.sh was run here: what it leaves behind decides, not what runs."""
        if containers_of(WEB_SERVICE, self.checkout.containers):
            return True
        return self.image is not None and self.has_data

    @property
    def web_user(self) -> tuple[int, int]:
        """User and group of Sentry's processes, in the host's numbers."""
        name = self.checkout.project.user or (self.image.user if self.image else "")
        uid, gid = _ids(name, self.process)
        if self.process is None:
            return uid, gid
        return host_id(uid, self.process.uid_map), host_id(gid, self.process.gid_map)


def read_image(
    host: SentryHost, image: Image | None, name: str, web: Container | None
) -> tuple[Packages | None, Process | None]:
    """Return packages and users of an image: of its running container, which is faster, or of it.

    :param web: the running web container, if there is one
    """
    if image is None:
        return None, None
    if web is not None and web.image_id == image.image_id:
        # A container can die at any moment, which says nothing of its image.
        with contextlib.suppress(SentryError):
            return ask_running(host, web)
    return ask_image(host, name)


def read_facts(checkout: Checkout, pool: ThreadPoolExecutor) -> Facts:
    """Return the facts of a Sentry; its parts are read side by side."""
    host, project = checkout.host, checkout.project
    hashes = pool.submit(config_hashes, host)
    data = pool.submit(has_data, host, project.volumes)
    service = pool.submit(WebService.observe, checkout)
    image = find_image(host, project.image)
    web = next(iter(running_web(checkout.containers)), None)
    packages, process = read_image(host, image, project.image, web)
    known = service.result(), hashes.result(), data.result()
    return Facts(checkout, image, packages, process, *known)


def config_hashes(host: SentryHost) -> dict[str, str]:
    """Return Compose's hash of each service's configuration, none where it cannot tell."""
    try:
        printed = host.compose("config", "--hash", "*")
    except SentryError:
        return {}
    pairs = [line.split() for line in printed.splitlines()]
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}


def has_data(host: SentryHost, volumes: tuple[str, ...]) -> bool:
    """Return whether Sentry's data are there.

    :param volumes: names of the database's; none when it is elsewhere, and the settings must do
    """
    if not volumes:
        return os.path.exists(os.path.join(host.directory, site_files.SETTINGS))
    listed = host.docker("volume", "ls", "--format", "{{.Name}}").split()
    return set(volumes) <= set(listed)


def as_result(facts: Facts, url_prefix_inside: str | None = None) -> dict[str, Any]:
    """Return the facts as modules return them.

    :param url_prefix_inside: what the running Sentry itself says
    """
    checkout, packages = facts.checkout, facts.packages
    host, project = checkout.host, checkout.project
    web = next(iter(running_web(checkout.containers)), None)
    uid, gid = facts.web_user
    return {
        "sentry_dir": host.directory,
        "project": host.project or project.name,
        "version": checkout.version or (packages.sentry if packages else None),
        "image": project.image,
        "image_id": facts.image_id,
        "image_sentry_version": packages.sentry if packages else None,
        "image_plugin_version": packages.plugin_version if packages else None,
        "image_packages_owning_oidc": [each.name for each in packages.of_image] if packages else [],
        "running_image_id": web.image_id if web else None,
        "services": list(project.services),
        "running_services": running_services(checkout.containers),
        "unhealthy_services": facts.unready,
        "stale_services": facts.stale,
        "proxy_service": project.proxy,
        **_url_prefix(host, url_prefix_inside),
        "installed": facts.installed,
        "compose_version": checkout.compose_version,
        "env_files": list(host.env_files),
        "compose_command": host.compose_command,
        "web_user": {"uid": uid, "gid": gid},
        "web_service": facts.web.as_result(),
    }


def what_differs(facts: Facts) -> dict[str, Any]:
    """Return where checkout, image, environment files and volume do not agree."""
    checkout = facts.checkout
    packages = facts.packages or Packages(None)
    return {
        "image_is_of_other_release": differ(checkout.version, packages.sentry),
        "image_python": asdict(packages.python) if packages.python else None,
        "volume_packages_owning_oidc": [each.name for each in packages.of_volume],
        "env_version": checkout.env_version,
        "env_is_of_other_release": differ(checkout.version, checkout.env_version),
        "lost_compose_files": list(_lost_files(checkout)),
        "install_process": running_install(checkout.host.directory),
    }


def _lost_files(checkout: Checkout) -> tuple[str, ...]:
    """Return the files of Compose from which web was made, and that would not be read now."""
    own = containers_of(WEB_SERVICE, checkout.containers)
    started_from = own[0].config_files if own else ()
    return lost_files(checkout.host.directory, checkout.host.env_files, started_from)


def _url_prefix(host: SentryHost, inside: str | None) -> dict[str, str | None]:
    """Return system.url-prefix and where it is from; Sentry prefers its file to its database."""
    in_file = config_yml.url_prefix(read_text(host.directory, site_files.CONFIG_YML))
    if in_file is None:
        return {"url_prefix": inside or None, "url_prefix_source": "sentry" if inside else None}
    return {"url_prefix": inside or in_file, "url_prefix_source": "config.yml"}


def _ids(name: str, process: Process | None) -> tuple[int, int]:
    """Return the numbers, inside, of the user that ``user`` of Compose or the image names."""
    user, _colon, group = name.partition(":")
    known = (process.users if process else None) or {}
    if user in _ROOT:
        # Upstream's entrypoint steps down from root to this user.
        return known.get(_SENTRY_USER, _SENTRY_IDS)
    if user.isdigit():
        by_number = {ids[0]: ids[1] for ids in known.values()}
        uid, gid = int(user), by_number.get(int(user), 0)
    elif user in known:
        uid, gid = known[user]
    else:
        uid, gid = (process.uid, process.gid) if process else _SENTRY_IDS
    return uid, int(group) if group.isdigit() else gid
