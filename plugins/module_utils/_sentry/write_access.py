# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: which files a user cannot write, and why. Nothing is written for it."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable

from .file_text import is_mount

PERMISSION = "permission"
OWNER = "owner"
IMMUTABLE = "immutable"
READ_ONLY = "read_only"

_REASONS = {errno.EPERM: IMMUTABLE, errno.EROFS: READ_ONLY, errno.EACCES: PERMISSION}


def obstacles(directory: str, names: Iterable[str]) -> dict[str, str]:
    """Return what keeps this user from writing these files and into these folders.

    :param names: relative to the directory; of what is not there, the folder above it decides
    :returns: name -> ``permission``, ``owner`` (a new file could not be given to the owner of the
        old one), ``immutable`` (or only for appending), or ``read_only`` (the file system)
    """
    found = {name: _obstacle(os.path.join(directory, name)) for name in names}
    return {name: reason for name, reason in found.items() if reason}


def _obstacle(path: str) -> str | None:
    target = os.path.realpath(path)
    if os.path.isdir(target):
        return _of_folder(target)
    if not os.path.isfile(target):
        return None
    reason = _of_file(target)
    # A file is replaced by a new one in its folder, but for one that is a mount.
    if reason == PERMISSION and not is_mount(path):
        reason = None
    return reason or _of_owner(target) or _of_folder(os.path.dirname(target))


def _of_folder(folder: str) -> str | None:
    if os.access(folder, os.W_OK | os.X_OK):
        return None
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        return READ_ONLY
    # What root may not write in a file system that is writable.
    return IMMUTABLE if os.geteuid() == 0 else PERMISSION


def _of_file(target: str) -> str | None:
    """Return what opening it for writing ends with; that changes nothing, its times neither."""
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_NONBLOCK))
    except OSError as error:
        return _REASONS.get(error.errno or 0)
    return None


def _of_owner(target: str) -> str | None:
    """Return whether a new file could be given to the owner and group of the old one."""
    if os.geteuid() == 0:
        return None
    status = os.stat(target)
    is_own = status.st_uid == os.geteuid()
    return None if is_own and status.st_gid in (os.getegid(), *os.getgroups()) else OWNER
