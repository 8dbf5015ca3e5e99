# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: how what is written comes into force, by the site's choice.

Pure functions. ``compose`` builds and replaces containers, ``install`` runs upstream's install.sh,
``none`` leaves both to the site; ``auto`` is ``compose`` where Sentry is installed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

# Releases since this one refuse a cache backend, when everything is off already.
_REFUSES_BACKEND = (26, 5, 1)


def left_to_do(look: Mapping[str, Any], build: bool, services: list[str]) -> list[str]:
    """What the site does itself, one sentence each.

    :param build: whether the image is to be built
    :param services: those to be brought up anew
    """
    sentry = look["sentry"]
    folder = f"in {sentry['sentry_dir']}"
    if not sentry["installed"]:
        return [
            f"Left to do, {folder}: install Sentry with ./install.sh, start it, and run this"
            " playbook again."
        ]
    compose = " ".join(sentry["compose_command"])
    commands = [f"{compose} build web"] if build else []
    if services:
        commands.append(f"{compose} up -d --force-recreate {' '.join(services)}")
    if sentry["proxy_service"]:
        commands.append(f"{compose} exec {sentry['proxy_service']} nginx -s reload")
    return [f"Left to do, {folder}: {'; '.join(commands)}. Then run this playbook again."]


def hazards(look: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is known to end install.sh with everything off: what was found, and what to do."""
    found, version = look["files"]["install_hazards"], look["sentry"]["version"]
    backend = found["memcached_backend"]
    numbers = tuple(int(each) for each in (version or "").split(".")[:3] if each.isdigit())
    is_unknown = not numbers and look["sentry"]["installed"]
    instead = "Or set sentry_sso_apply: compose, which runs no install.sh."
    if is_unknown:
        yield (
            "install.sh: which release it is of is not known, so neither is what it does to the"
            " Sentry that runs.",
            f"Set SENTRY_IMAGE to a release. {instead}",
        )
    if backend and (not numbers or numbers >= _REFUSES_BACKEND):
        yield (
            f"sentry/sentry.conf.py: it has {backend}, at which install.sh since 26.5.1 ends after"
            " it has turned everything off.",
            "Replace it by sentry.cache.backends.reconnectingmemcache.ReconnectingMemcache."
            f" {instead}",
        )
    for path in found["certificates"]:
        yield (
            f"{path}: it is not one valid certificate, at which install.sh ends after it has turned"
            " everything off (SETUP_CUSTOM_CA_CERTIFICATE).",
            f"Give each certificate a file of its own, in PEM. {instead}",
        )
