# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: one request at a time for one server, from all of this machine.

The server keeps role and user id of a request in a place that requests to the same route share, so
that parallel requests are answered with each other's identity. Ansible runs modules for many hosts
in parallel.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator

# Seconds between two looks at the lock: short against a request (20 ms and more).
_PAUSE = 0.01


@contextlib.contextmanager
def serialized(url: str, timeout: float) -> Iterator[bool]:
    """Hold the request lock of the server at ``url``.

    Yields False when it is not free within ``timeout`` seconds.

    The lock belongs to this user; where the file cannot be had (another user's file, read-only
    folder) the request goes ahead, for a lock that cannot be taken must not stop the work.
    """
    name = hashlib.sha256(url.encode()).hexdigest()[:16]
    path = os.path.join(tempfile.gettempdir(), f"encvoy-{os.getuid()}-{name}.lock")
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:
        yield True
        return
    try:
        yield _wait(handle, timeout)
    finally:
        os.close(handle)


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
