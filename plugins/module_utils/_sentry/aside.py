# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: blocks that are taken out of files for a while, and put back exactly.

Another role that writes the whole of a file then finds what it wrote, and has nothing to do. What
was taken out is kept in one file that only root can read, until it is back.
"""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from .blocks import block_of, normalized, without_block
from .docker import SentryError
from .files import FileState, read_file, remove_file, write_file
from .managed_files import Change

_FILE = ".encvoy-sentry-aside.json"


@dataclass(frozen=True)
class Aside:
    """A file as it was before its block was taken out.

    :param path: relative to the Sentry folder
    :param mtime_ns: time of its last modification in nanoseconds
    :param taken_at: Unix time at which the block was taken out
    """

    path: str
    content: bytes
    mtime_ns: int
    taken_at: float

    @property
    def block(self) -> bytes | None:
        """Its block, with LF as line end and none at its end."""
        return block_of(self.content)

    def fits(self, content: bytes) -> bool:
        """Return whether a file is still what it was without its block."""
        return without_block(self.content) == content


def load(directory: str) -> dict[str, Aside]:
    """Return what was taken out, by path."""
    path = os.path.join(directory, _FILE)
    found = read_file(path)
    if found is None:
        return {}
    try:
        rows = [
            Aside(row["path"], base64.b64decode(row["content"]), row["mtime_ns"], row["taken_at"])
            for row in json.loads(found.content)
        ]
    except (ValueError, LookupError, TypeError) as error:
        raise SentryError(
            f"{path}: It is not what this collection wrote ({type(error).__name__}). Remove it."
        ) from None
    return {row.path: row for row in rows}


def take(directory: str, path: str) -> tuple[Aside, Change] | None:
    """Return what is taken out of a file, and the file without it; None where there is no block.

    The file keeps its time: processes that read it before are not taken for older than it.
    """
    before = read_file(os.path.join(directory, path))
    if before is None or before.mtime_ns is None or block_of(before.content) is None:
        return None
    after = replace(before, content=without_block(before.content))
    return Aside(path, before.content, before.mtime_ns, time.time()), Change(path, before, after)


def put_back(aside: Aside | None, change: Change, block: bytes | None) -> Change:
    """Return a change that puts a file back exactly, where it is about to get the same block.

    It does so where the file is otherwise unchanged; mode and owner stay those of the change.

    :param block: that the file is to have, None for none
    """
    before, after = change.before, change.after
    if aside is None or block is None or before is None or after is None:
        return change
    if aside.block != normalized(block) or not aside.fits(before.content):
        return change
    return replace(change, after=replace(after, content=aside.content, mtime_ns=aside.mtime_ns))


def is_put_back(change: Change, aside: Aside | None) -> bool:
    """Return whether a change does nothing but put a file back as it was."""
    return aside is not None and change.after is not None and change.after.content == aside.content


def remember(directory: str, files: Iterable[Aside]) -> None:
    """Keep what is about to be taken out; what was taken out before and is not back stays."""
    _store(directory, {**load(directory), **{file.path: file for file in files}})


def forget_what_is_back(directory: str) -> None:
    """Forget the files that have a block again."""
    kept = load(directory)
    for path in list(kept):
        found = read_file(os.path.join(directory, path))
        if found is None or block_of(found.content) is not None:
            del kept[path]
    _store(directory, kept)


def _store(directory: str, kept: dict[str, Aside]) -> None:
    path = os.path.join(directory, _FILE)
    if not kept:
        remove_file(path)
        return
    rows = [
        {
            "path": file.path,
            "content": base64.b64encode(file.content).decode("ascii"),
            "mtime_ns": file.mtime_ns,
            "taken_at": file.taken_at,
        }
        for file in kept.values()
    ]
    content = json.dumps(rows, indent=1).encode("ascii")
    write_file(path, FileState(content, 0o600, os.geteuid(), os.getegid()))
