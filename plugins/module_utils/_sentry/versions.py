# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: releases of Sentry and of Compose, and which of them fit together."""

from __future__ import annotations

import re

from ansible.module_utils.compat.version import LooseVersion

# What install.sh accepts, by upstream's install/_min-requirements.sh as each release has it:
# https://github.com/getsentry/self-hosted/commits/master/install/_min-requirements.sh
# (first Sentry release, oldest Compose), newest first: commits 559e7324, c40b1530, 5c77236d.
_OLDEST_COMPOSE = (("25.2.0", "2.32.2"), ("24.6.0", "2.19.0"), ("23.6.0", "2.0.1"), ("0", "2.0.0"))
# Of each release since 2020 (commit 74464695).
OLDEST_DOCKER = "19.03.6"

# From this release on upstream reads .env.custom on top of .env; before, it replaced .env.
_LAYERED_ENV_SINCE = "25.2.0"


def release(text: str | None) -> LooseVersion | None:
    """Return the numbers that a version begins with, for comparing; None when there are none.

    ``2.26.1-4`` is ``2.26.1``, ``v24.12.0.dev0`` is ``24.12.0``, ``dev`` is None.
    """
    numbers = re.match(r"v?(\d+(?:\.\d+)*)", text or "")
    return LooseVersion(numbers.group(1)) if numbers else None


def is_older(version: str | None, than: str) -> bool:
    """Return whether a version is known to be older than another; an unknown one is not."""
    own, other = release(version), release(than)
    return own is not None and other is not None and bool(own < other)


def image_version(reference: str | None) -> str | None:
    """Return the release in an image's tag, None for tags such as ``nightly`` and for digests.

    ``ghcr.io/getsentry/sentry:25.2.0`` is ``25.2.0``. ``sentry:1.4`` is a site's own count: no
    self-hosted Sentry is older than 9.
    """
    last_part = (reference or "").split("@")[0].rsplit("/", 1)[-1]
    match = re.match(r"v?(\d+\.\d+(?:\.\d+)*)", last_part.partition(":")[2])
    return match.group(1) if match and not is_older(match.group(1), "9") else None


def oldest_compose(sentry_version: str | None) -> str:
    """Return the oldest Compose that this release of self-hosted Sentry works with."""
    for since, compose in _OLDEST_COMPOSE:
        if sentry_version is not None and not is_older(sentry_version, since):
            return compose
    return _OLDEST_COMPOSE[-1][1]


def differ(version: str | None, other: str | None) -> bool:
    """Return whether two releases are known and not the same; ``24.8`` is ``24.8.0``."""
    parts = [_numbers(version), _numbers(other)]
    shortest = min(len(each) for each in parts)
    return shortest > 0 and parts[0][:shortest] != parts[1][:shortest]


def _numbers(version: str | None) -> list[int]:
    found = release(version)
    return [int(part) for part in str(found).split(".")] if found is not None else []


def layers_env_files(sentry_version: str | None) -> bool:
    """Return whether .env.custom is read on top of .env; an unknown release is taken for new."""
    return not is_older(sentry_version, _LAYERED_ENV_SINCE)
