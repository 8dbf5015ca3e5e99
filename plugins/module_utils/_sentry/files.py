# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: reads and replaces one file, and nothing of it but what is to change.

A file is replaced by renaming a whole new one over it, so that it is never seen half written.
Owner, mode, extended attributes (SELinux context, ACL) and symbolic links stay. A file that is a
mount cannot be renamed over and is written in place.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass

from .docker import SentryError

# Beside the file itself, where SELinux gives it the right context. A killed run leaves it behind.
_NEW_FILE = ".encvoy-sentry-new-"

_ADVICE = {
    errno.EACCES: "Use become",
    errno.EPERM: "Use become, or see with lsattr whether it is immutable",
    errno.EROFS: "Its file system is mounted read-only: mount it writable",
    errno.ENOSPC: "Free space on its file system",
    errno.EISDIR: "Remove the folder of that name",
}


@dataclass(frozen=True)
class FileState:
    """A regular file.

    :param mode: permission bits
    :param mtime_ns: time of its last modification in nanoseconds, None: when it is written
    """

    content: bytes
    mode: int
    uid: int
    gid: int
    mtime_ns: int | None = None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def is_same(self, other: FileState | None) -> bool:
        """Return whether content, mode and owner are the same."""
        mine = (self.content, self.mode, self.uid, self.gid)
        return other is not None and mine == (other.content, other.mode, other.uid, other.gid)


def read_file(path: str) -> FileState | None:
    """Return the file, symbolic links followed, or None when there is none."""
    with _explained(path, "read"):
        try:
            with open(path, "rb") as file:
                status = os.fstat(file.fileno())
                content = file.read()
        except FileNotFoundError:
            return None
    mode = status.st_mode & 0o7777
    return FileState(content, mode, status.st_uid, status.st_gid, status.st_mtime_ns)


def write_file(path: str, state: FileState) -> None:
    """Give the file this state; what is right already is not touched."""
    target = os.path.realpath(path)
    before = read_file(target)
    with _explained(path, "written"):
        if before is None or before.content != state.content:
            _replace(target, state, before is not None)
        else:
            _set_owner_and_mode(target, state)
        if state.mtime_ns is not None:
            os.utime(target, ns=(state.mtime_ns, state.mtime_ns))


def remove_file(path: str) -> None:
    """Remove the file if it is there; of a symbolic link the file that it leads to."""
    with _explained(path, "removed"), contextlib.suppress(FileNotFoundError):
        os.unlink(os.path.realpath(path))


def make_folders(path: str) -> None:
    """Make the folders above a file that are missing."""
    with _explained(path, "made"):
        os.makedirs(os.path.dirname(os.path.realpath(path)), mode=0o755, exist_ok=True)


def remove_leftovers(path: str) -> None:
    """Remove what a run that was killed in the middle of writing this file left beside it."""
    remove_file(_new_file(os.path.realpath(path)))


def _replace(target: str, state: FileState, exists: bool) -> None:
    new = _new_file(target)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(new)
    # Nobody else may read it before it has its owner and mode.
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(state.content)
            file.flush()
            os.fsync(file.fileno())
        if exists:
            _copy_attributes(target, new)
        _set_owner_and_mode(new, state)
        os.rename(new, target)
    except OSError as error:
        os.unlink(new)
        if error.errno != errno.EBUSY:
            raise
        # It is a mount: its folder shows another file's name.
        _write_in_place(target, state)
    _flush_folder(target)


def _write_in_place(target: str, state: FileState) -> None:
    with open(target, "r+b") as file:
        file.write(state.content)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())
    _set_owner_and_mode(target, state)


def _set_owner_and_mode(path: str, state: FileState) -> None:
    status = os.stat(path)
    if (status.st_uid, status.st_gid) != (state.uid, state.gid):
        os.chown(path, state.uid, state.gid)
    # chown takes the set-user-id bits away, so the mode comes after it.
    if os.stat(path).st_mode & 0o7777 != state.mode:
        os.chmod(path, state.mode)


def _copy_attributes(source: str, destination: str) -> None:
    """Copy the extended attributes that this file system and user can set."""
    with contextlib.suppress(OSError, AttributeError):
        for name in os.listxattr(source):
            with contextlib.suppress(OSError):
                os.setxattr(destination, name, os.getxattr(source, name))


def _new_file(target: str) -> str:
    folder, name = os.path.split(target)
    return os.path.join(folder, _NEW_FILE + name)


def _flush_folder(target: str) -> None:
    """Let a new name survive a power failure."""
    descriptor = os.open(os.path.dirname(target), os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _explained(path: str, done: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        advice = _ADVICE.get(error.errno or 0, "Correct that")
        raise SentryError(f"{path}: It cannot be {done} ({reason}). {advice}.") from None
