# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: which sentry-auth-oidc a Sentry can load.

The package follows Sentry's internals and pins nothing, so pip would choose by the image's Python
alone, and a wrong choice keeps every Sentry process from starting.
"""

from __future__ import annotations

import re

# (first Sentry release, newest sentry-auth-oidc that it can load), newest first. Lower bounds are
# changes of Sentry's code that the package follows; 23.7.1 was run with 6.0.0 and 7.0.0, 24.12 with
# 9.1.1. The package's own list says 23.9.1, but 23.9.0 asks a provider for two methods already that
# 6.0.0 does not have. Images of before 21.11 have Python 3.6 or 2.7, where nothing of ours runs.
_VERSIONS = (
    ("24.8.0", "9.1.1"),
    ("24.2.0", "8.1.0"),
    ("23.9.0", "7.0.0"),
    ("22.8.0", "6.0.0"),
    ("21.11.0", "5.0.0"),
)
OLDEST_SENTRY = _VERSIONS[-1][0]


def plugin_version(sentry_version: str | None) -> str | None:
    """The newest release of sentry-auth-oidc for a Sentry; None when none is known to fit.

    :param sentry_version: for example ``23.7.1`` or ``26.8.0.dev0``; None when it is not known
    """
    key = _key(sentry_version)
    for since, plugin in _VERSIONS:
        if key and key >= _key(since):
            return plugin
    return None


def _key(version: str | None) -> tuple[int, ...]:
    numbers = re.match(r"\d+(?:\.\d+)+", version or "")
    return tuple(int(number) for number in numbers.group().split(".")) if numbers else ()
