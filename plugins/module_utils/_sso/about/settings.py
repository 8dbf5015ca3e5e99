# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: findings about sentry.conf.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..apply import hazards
from ..plan import Plan
from .finding import Finding

# From this release on install.sh stops at it after it has turned everything off.
_INSTALL_STOPS_SINCE = (26, 5, 1)


def about_start(look: Mapping[str, Any]) -> Iterator[Finding]:
    """Tell why Sentry would not start anew with the site's own settings."""
    trouble = look["start_trouble"]
    if trouble is None:
        return
    detail, _dot, action = trouble["detail"].rpartition(". ")
    if trouble["is_certain"]:
        yield Finding("error", detail + ".", action)
    else:
        yield Finding(
            "warning",
            f"{detail}. This was in a container of its own, without network and other services.",
            f"{action} It is tried again, with all that Compose gives it, before any container is"
            " touched.",
        )


def about_install(
    look: Mapping[str, Any], plan: Plan, wanted: Mapping[str, Any]
) -> Iterator[Finding]:
    if not look["sentry"]["installed"] and wanted["apply"] == "compose":
        yield Finding(
            "error",
            "sentry_sso_apply: it is compose, and Sentry was never installed here.",
            "Install Sentry with its install.sh, or set sentry_sso_apply: auto.",
        )
    if plan.install:
        for detail, action in hazards(look):
            yield Finding("error", detail, action)


def about_install_sh(look: Mapping[str, Any], plan: Plan) -> Iterator[Finding]:
    """Tell what upstream's install.sh stops at, when everything is off already.

    A run that does not run it itself is not refused: the site's next upgrade would stop there.
    """
    cache, sentry = look["files"]["install_hazards"]["memcached_backend"], look["sentry"]["version"]
    if plan.install or cache is None or not _is_since(sentry, _INSTALL_STOPS_SINCE):
        return
    yield Finding(
        "warning",
        f"sentry/sentry.conf.py has {cache}, at which install.sh of Sentry"
        f" {sentry or '(unknown version)'} ends after it has turned Sentry off.",
        "Replace it by sentry.cache.backends.reconnectingmemcache.ReconnectingMemcache before"
        " install.sh is run, as upstream's sentry/sentry.conf.example.py has it.",
    )


def about_other_roles(look: Mapping[str, Any]) -> Iterator[Finding]:
    """Tell of another role or program that writes the whole file, and takes the block out."""
    files = look["files"]
    settings = files["settings"]
    is_gone = settings["exists"] and settings["block"] is None and files["secret_file"]["exists"]
    if files["other_role"]:
        what = f"The role {files['other_role']}, which writes the whole of it, works on this Sentry"
    elif settings["is_templated"]:
        what = "A line of it says that Ansible manages the whole of it"
    elif is_gone and not settings["set_aside"]:
        what = "The managed block of an earlier run is gone, as if the whole of it were rewritten"
    else:
        return
    yield Finding(
        "warning",
        f"sentry/sentry.conf.py: {what}; then the managed block is lost each time.",
        "In the same play, run the role encvoy.sentry.sentry_sso after that one, and its entry"
        " point step_aside before (docs/other-sites.md).",
    )


def _is_since(version: str | None, first: tuple[int, ...]) -> bool:
    """Return whether a release is this one or newer; one that is no number is taken for new."""
    numbers = [part for part in (version or "").split(".")[:3] if part.isdigit()]
    return not numbers or tuple(map(int, numbers)) >= first


def about_settings(look: Mapping[str, Any]) -> Iterator[Finding]:
    settings = look["files"]["settings"]
    after = settings["site_oidc_settings_after"]
    before = [name for name in settings["site_oidc_settings"] if name not in after]
    if after:
        yield Finding(
            "error",
            f"sentry/sentry.conf.py sets {', '.join(after)} after the managed block, which"
            " overrides it.",
            "Remove these lines: the managed block has the settings.",
        )
    if before:
        yield Finding(
            "warning",
            f"sentry/sentry.conf.py also sets {', '.join(before)} outside the managed block. The"
            " managed block comes later and counts.",
            "Remove these lines when convenient.",
        )
