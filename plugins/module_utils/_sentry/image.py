# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: what is in the local image of Sentry, without starting Sentry."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .containers import Container
from .docker import SentryError, SentryHost
from .exec import COMMAND, make_program, new_marker, read_answer, run_in_container
from .observations import Packages, Process
from .scripts import probe


@dataclass(frozen=True)
class Image:
    """A local image.

    :param image_id: its id
    :param user: user that its containers start as, empty for root
    """

    image_id: str
    user: str


def find_image(host: SentryHost, name: str) -> Image | None:
    """Return the local image of a name, None when there is none."""
    try:
        printed = host.docker("image", "inspect", "--format", "{{json .}}", name)
    except SentryError as error:
        if "no such" in str(error).lower():
            return None
        raise
    try:
        found: Mapping[str, Any] = json.loads(printed)
        return Image(str(found["Id"]), str((found.get("Config") or {}).get("User") or ""))
    except (ValueError, LookupError, TypeError, AttributeError):
        raise SentryError(f"docker image inspect: It printed no image {name}. Run it.") from None


def ask_running(host: SentryHost, container: Container) -> tuple[Packages, Process]:
    """Return the packages and users of an image, by a container that runs it."""
    answer = run_in_container(host, container, probe, {}, function="of_image", starts_sentry=False)
    return Packages.from_answer(answer["packages"]), Process.from_answer(answer["process"])


def ask_image(host: SentryHost, name: str, timeout: float = 60) -> tuple[Packages, Process]:
    """Return the packages and users of an image.

    Starts a container of it without network for about a second.
    """
    marker = new_marker()
    program = make_program(
        probe, {}, marker, timeout=timeout, function="of_image", starts_sentry=False
    )
    command = ("run", "--rm", "--interactive", "--network", "none", "--entrypoint", COMMAND[0])
    printed = host.docker(*command, name, *COMMAND[1:], stdin=program, timeout=timeout + 5)
    answer = read_answer(printed, marker)
    return Packages.from_answer(answer["packages"]), Process.from_answer(answer["process"])
