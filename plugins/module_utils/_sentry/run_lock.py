# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: one run of the role at a time in a Sentry folder.

A run is many processes, and nothing on the host lives as long as it does. So it leaves a sign in
the folder, which each of its modules renews. A sign that nobody renews for a while is that of a run
that was killed, and keeps nobody out.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass

from .docker import SentryError
from .files import FileState, read_file, remove_file, write_file
from .lock import exclusive
from .wait import Clock, Deadline

SIGN = ".encvoy-sentry-run.json"
# Seconds within which a run that is alive calls its next module: they follow each other closely,
# and one that takes long holds the lock of the folder meanwhile.
SILENCE = 30.0
_PAUSE = 1.0
_PROCESSES = "/proc"


@dataclass(frozen=True)
class _Sign:
    """What a run left.

    :param renewed: time of the last renewal in nanoseconds, by which a renewal is noticed
    """

    run: str
    renewed: int

    @property
    def age(self) -> float:
        """Seconds since the last renewal; none where the clock went back since."""
        return max(0.0, time.time() - self.renewed / 1e9)


def begin(directory: str, run: str | None, clock: Clock, silence: float = SILENCE) -> str:
    """Take the folder for a run, and return its id.

    :param run: its id, None for a new one
    :param silence: seconds after which the sign of another run counts no more
    :raises SentryError: another run is at work there, or upstream's install.sh
    """
    run = run or secrets.token_hex(8)
    first: _Sign | None = None
    deadline = Deadline.after(silence, clock)
    while True:
        with exclusive(directory):
            other = _of_another(directory, run)
            if first is not None and other != first:
                raise _busy(directory, "")
            if other is None or deadline.is_over:
                return _leave(directory, run)
            if first is None:
                deadline = Deadline.after(max(0.0, silence - other.age), clock)
            first = other
        deadline.pause(_PAUSE)


@contextlib.contextmanager
def at_work(directory: str, timeout: float = 60) -> Iterator[None]:
    """Hold the lock of the folder, and renew the sign of the run that is at work there.

    :param timeout: seconds to wait for another process
    """
    with exclusive(directory, timeout):
        _renew(directory)
        try:
            yield
        finally:
            _renew(directory)


def end(directory: str, run: str | None) -> bool:
    """Take the sign of a run away; return whether it was there."""
    with exclusive(directory):
        found = _read(directory)
        if found is None or found.run != run:
            return False
        remove_file(os.path.join(directory, SIGN))
        return True


def running_install(directory: str) -> int | None:
    """Return the id of a process that runs install.sh in the folder, as far as it may be seen."""
    folder = os.path.realpath(directory)
    for name in filter(str.isdigit, os.listdir(_PROCESSES)):
        with contextlib.suppress(OSError):
            place = os.path.join(_PROCESSES, name)
            if os.readlink(os.path.join(place, "cwd")) != folder:
                continue
            with open(os.path.join(place, "cmdline"), "rb") as file:
                words = file.read().split(b"\0")[:3]
            if any(os.path.basename(word) == b"install.sh" for word in words):
                return int(name)
    return None


def _leave(directory: str, run: str) -> str:
    process = running_install(directory)
    if process is not None:
        raise _busy(directory, f" (install.sh, process {process})")
    content = json.dumps({"run": run}).encode("ascii")
    path = os.path.join(directory, SIGN)
    write_file(path, FileState(content, 0o644, os.geteuid(), os.getegid()))
    os.utime(path)
    return run


def _renew(directory: str) -> None:
    with contextlib.suppress(OSError):
        os.utime(os.path.join(directory, SIGN))


def _of_another(directory: str, run: str) -> _Sign | None:
    found = _read(directory)
    return None if found is None or found.run == run else found


def _read(directory: str) -> _Sign | None:
    found = read_file(os.path.join(directory, SIGN))
    if found is None:
        return None
    try:
        run = str(json.loads(found.content)["run"])
    except (ValueError, LookupError, TypeError):
        run = ""
    return _Sign(run, found.mtime_ns or 0)


def _busy(directory: str, what: str) -> SentryError:
    return SentryError(
        f"sentry_dir: Another run is at work in '{directory}'{what}. Nothing was changed by this"
        " one: run it again when the other one is done."
    )
