# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: one at a time for one server, from all of this machine.

The server keeps role and user id of a request in a place that requests to the same route share, so
that parallel requests are answered with each other's identity. Ansible runs modules for many hosts
in parallel.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import stat
import tempfile
import time
from collections.abc import Iterator

# Seconds between two looks at the lock: short against a request (20 ms and more).
_PAUSE = 0.01
_NAME = "encvoy.sentry"


@contextlib.contextmanager
def serialized(name: str, timeout: float) -> Iterator[bool]:
    """Hold the lock of that name: a server's URL for one request, or what is done there as one.

    Yields False when it is not free within ``timeout`` seconds. Where there can be no lock the
    request goes ahead, for a lock that cannot be taken must not stop the work.
    """
    handle = _open(hashlib.sha256(name.encode()).hexdigest()[:16] + ".lock")
    if handle is None:
        yield True
        return
    try:
        yield _wait(handle, timeout)
    finally:
        os.close(handle)


def _open(file_name: str) -> int | None:
    """The lock file, in the first folder that is this user's own: nobody else can hold it there."""
    for place in (_cache_folder, _temporary_folder):
        try:
            folder = place()
            os.makedirs(folder, mode=0o700, exist_ok=True)
            if _is_own(folder):
                flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
                return os.open(os.path.join(folder, file_name), flags, 0o600)
        except OSError:
            continue
    return None


def _cache_folder() -> str:
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(cache, _NAME)


def _temporary_folder() -> str:
    """For a home folder that is missing or cannot be written to."""
    return os.path.join(tempfile.gettempdir(), f"{_NAME}-{os.getuid()}")


def _is_own(folder: str) -> bool:
    found = os.lstat(folder)
    others = stat.S_IWGRP | stat.S_IWOTH
    return (
        stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & others
    )


def _wait(handle: int, timeout: float) -> bool:
    end = time.monotonic() + timeout
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                return False
            time.sleep(_PAUSE)
        except OSError:
            return True
        else:
            return True
