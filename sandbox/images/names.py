# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The names of the sandbox's Docker images.

`python -m sandbox.images.names [SENTRY_IMAGE]` prints them as JSON; so Ansible reads them.
"""

from __future__ import annotations

import json
import sys

NAMESPACE = "encvoy-sentry-sandbox"
NAME_LABEL = "encvoy.sentry.sandbox.image"
SENTRY_VERSION = "23.7.1"

SENTRY = f"{NAMESPACE}/sentry:{SENTRY_VERSION}"
HOST = f"{NAMESPACE}/host:latest"
ENCVOY_ID = f"{NAMESPACE}/encvoy-id:latest"
BROWSER = f"{NAMESPACE}/browser:latest"


def debian(suite: str) -> str:
    """The base image of a Debian release, such as ``trixie``."""
    return f"{NAMESPACE}/debian:{suite}"


def controller(name: str) -> str:
    """The image of a controller of the matrix."""
    return f"{NAMESPACE}/controller:{name}"


def data(sentry: str) -> str:
    """The image that holds the data of a migrated Sentry, which differ from Sentry to Sentry.

    :param sentry: the Sentry image, for example ``ghcr.io/getsentry/sentry:26.8.0``
    """
    return f"{NAMESPACE}/data:" + sentry.rsplit("/", 1)[-1].replace(":", "-").replace("@", "-")


def names(sentry: str = SENTRY) -> dict[str, str]:
    """The names of the images of a sandbox with this Sentry."""
    return {
        "sentry": sentry,
        "data": data(sentry),
        "host": HOST,
        "encvoy_id": ENCVOY_ID,
        "browser": BROWSER,
    }


if __name__ == "__main__":
    print(json.dumps(names(*filter(None, sys.argv[1:2]))))
