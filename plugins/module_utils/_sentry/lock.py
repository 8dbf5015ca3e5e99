# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: one writer at a time in a Sentry folder."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator

from .docker import SentryError

_PAUSE = 0.1


@contextlib.contextmanager
def exclusive(directory: str, timeout: float = 60) -> Iterator[None]:
    """Hold the lock of a Sentry folder; the end of the process gives it up.

    The folder itself is locked, so that nothing is left in it.

    :param timeout: seconds to wait for another run
    :raises SentryError: another run still holds it, or the folder cannot be opened
    """
    try:
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise SentryError(
            f"sentry_dir: The folder '{directory}' cannot be opened ({error.strerror}). Set it to"
            " the folder with install.sh, and use become."
        ) from None
    try:
        _lock(descriptor, directory, timeout)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, directory: str, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise SentryError(
                    f"sentry_dir: Another run of encvoy.sentry is at work in '{directory}' since"
                    f" more than {timeout:g} s. Run again when it is done."
                ) from None
        except OSError:  # a file system without locks
            return
        time.sleep(_PAUSE)
