# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: findings about the checkout, its image, and Compose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..plan import Plan
from ..plugin_versions import OLDEST_SENTRY
from .finding import Finding

_PLUGIN = "sentry-auth-oidc"


def about_sentry(look: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[Finding]:
    sentry = look["sentry"]
    prefix = (sentry["url_prefix"] or "").rstrip("/")
    if wanted["plugin_version"] is None:
        yield Finding(
            "error",
            f"Sentry {sentry['version'] or '(unknown version)'}: no release of sentry-auth-oidc is"
            f" known to fit; {OLDEST_SENTRY} or newer is expected.",
            "Upgrade Sentry. For an image without a version number, name a release in"
            " sentry_sso_plugin_version.",
        )
    if (prefix or sentry["installed"]) and prefix != wanted["sentry_url"]:
        yield Finding(
            "error",
            f"sentry_sso_sentry_url: it is {wanted['sentry_url']}, but Sentry's own"
            f" system.url-prefix is {prefix or 'not set'}, from which Sentry makes its redirect"
            " URI.",
            "Make the two equal, scheme and port included: the variable, or system.url-prefix in"
            " sentry/config.yml.",
        )
    yield from _about_other_packages(look)


def _about_other_packages(look: Mapping[str, Any]) -> Iterator[Finding]:
    others = [name for name in look["sentry"]["image_packages_owning_oidc"] if name != _PLUGIN]
    if others:
        yield Finding(
            "error",
            f"The Sentry image has {' and '.join(others)}, which brings the same Python package"
            " oidc as sentry-auth-oidc.",
            f"Remove {' and '.join(others)} from sentry/enhance-image.sh: pip would mix their"
            " files.",
        )
    on_volume = [name for name in look["site"]["volume_packages_owning_oidc"] if name != _PLUGIN]
    if on_volume:
        yield Finding(
            "error",
            f"The data volume of Sentry has {' and '.join(on_volume)}, which brings the same Python"
            " package oidc as sentry-auth-oidc, and which Python finds first.",
            f"Remove it: docker compose exec web pip uninstall {' '.join(on_volume)}.",
        )


def about_checkout(look: Mapping[str, Any], plan: Plan) -> Iterator[Finding]:
    """Tell where a build or a new container would bring something else than what runs."""
    sentry, site = look["sentry"], look["site"]
    if site["install_process"] is not None:
        yield Finding(
            "error",
            f"sentry_sso_sentry_dir: Upstream's install.sh is at work there (process"
            f" {site['install_process']}).",
            "Run again when it is done.",
        )
    if site["image_is_of_other_release"]:
        yield Finding(
            "error",
            f"sentry_sso_sentry_dir: The checkout is set to Sentry {sentry['version']}, but its"
            f" image has Sentry {sentry['image_sentry_version']}. A build would bring the other"
            " release without the migration of its database.",
            "Finish the upgrade with ./install.sh, or set SENTRY_IMAGE back to the release that"
            " runs.",
        )
    if site["env_is_of_other_release"]:
        yield Finding(
            "warning",
            f"Of the environment files .env.custom counts: SENTRY_IMAGE is {sentry['version']}"
            f" there, and {site['env_version']} in .env.",
            "Remove SENTRY_IMAGE from .env.custom, unless it is meant so.",
        )
    lost = site["lost_compose_files"]
    if lost and (plan.build or plan.recreate or plan.install):
        yield Finding(
            "error",
            f"Sentry was started with {' and '.join(lost)}, which Docker Compose would not read"
            " now, so that its containers would lose what stands there.",
            "Name all files of Compose in .env or .env.custom: COMPOSE_FILE=docker-compose.yml:"
            f"{':'.join(lost)}",
        )


def about_interpreter(look: Mapping[str, Any], plan: Plan) -> Iterator[Finding]:
    """Tell of an image in which nothing installs a package for Sentry's own Python."""
    python = look["site"]["image_python"]
    if python is None or not plan.build or python["has_pip"] or python["commands"]:
        return
    yield Finding(
        "error",
        f"The Sentry image has neither pip nor uv, so that nothing can install sentry-auth-oidc for"
        f" its Python ({python['executable']}, {python['version']}).",
        "Install pip or uv first in sentry/enhance-image.sh.",
    )
