# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: runs in a container of the image, once Sentry is started there.

Sent by exec.py, so it must stand alone. It asks nothing of other services.
"""

from __future__ import annotations

from typing import Any


def run(payload: dict[str, Any]) -> dict[str, Any]:
    """Return what an image that starts with the site's settings has.

    :param payload: distributions (names of Python distributions)
    :returns: providers (keys), incomplete (key: methods that this provider lacks and Sentry asks
        for, so that a login is an error), packages (name: version, or None when it is not there)
    """
    from sentry.auth import manager

    return {
        "providers": sorted(key for key, _class in manager),
        "incomplete": {
            key: sorted(provider.__abstractmethods__)
            for key, provider in manager
            if getattr(provider, "__abstractmethods__", None)
        },
        "packages": {name: version_of(name) for name in payload["distributions"]},
    }


def version_of(name: str) -> str | None:
    """Return the version of a Python distribution, None when it is not there."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return None
