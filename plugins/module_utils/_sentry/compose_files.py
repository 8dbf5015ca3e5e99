# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: whether Compose reads the files from which a Sentry was started.

``docker compose config`` does not tell what it read, so the rule is written here as Compose has it:
COMPOSE_FILE of the environment, else of the environment files, else files of known names.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping

_DEFAULT = re.compile(r"(docker-)?compose(\.override)?\.ya?ml")
_SETTING = re.compile(
    r"""^[ \t]*(?:export[ \t]+)?COMPOSE_FILE[ \t]*=[ \t]*(["']?)(.*?)\1[ \t]*$""", re.M
)


def lost_files(
    directory: str,
    env_files: Iterable[str],
    started_from: Iterable[str],
    environment: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """Return the files of Compose that are there and that it would not read any more.

    :param env_files: relative to the directory; none means ``.env``
    :param started_from: files by which the containers were made
    :param environment: of the process, None for the own one
    """
    environment = os.environ if environment is None else environment
    setting = environment.get("COMPOSE_FILE") or _of_env_files(directory, env_files or (".env",))
    if setting and "$" in setting:  # its value depends on others
        return ()
    separator = environment.get("COMPOSE_PATH_SEPARATOR") or os.pathsep
    named = {_real(directory, name) for name in (setting or "").split(separator) if name}
    found = [name for name in started_from if os.path.isfile(os.path.join(directory, name))]
    return tuple(
        name
        for name in found
        if (_real(directory, name) not in named if setting else not _is_default(directory, name))
    )


def _of_env_files(directory: str, names: Iterable[str]) -> str | None:
    """Return COMPOSE_FILE of the last file that has it."""
    setting = None
    for name in names:
        try:
            with open(os.path.join(directory, name), encoding="utf-8", errors="replace") as file:
                found = _SETTING.findall(file.read())
        except OSError:
            continue
        setting = found[-1][1] if found else setting
    return setting


def _is_default(directory: str, name: str) -> bool:
    folder, own = os.path.split(_real(directory, name))
    return folder == os.path.realpath(directory) and _DEFAULT.fullmatch(own) is not None


def _real(directory: str, name: str) -> str:
    return os.path.realpath(os.path.join(directory, name))
