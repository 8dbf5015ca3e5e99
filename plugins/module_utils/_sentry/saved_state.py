# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: how the files were before the first change of an unfinished job.

It is one file that only root can read, written before anything is changed and removed when the job
is done or taken back. A run that finds it goes on with the job of one that was killed: what is
saved already stays as it is.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .blocks import block_of, with_block, without_block
from .docker import SentryError
from .files import FileState, read_file, remove_file, remove_leftovers, write_file
from .managed_files import Change

FOLDER = ".encvoy-sentry"
_FILE = "before.json"


@dataclass(frozen=True)
class SavedFile:
    """One file as it was.

    :param path: relative to the Sentry folder
    :param before: None when there was none
    :param is_own: whether the whole file is the collection's, so that nobody else edits it
    :param is_secret: whether its content must not be shown
    :param written: SHA-256 of each content that the job wrote or was about to write
    :param made_folders: folders (relative) that were missing, the innermost first
    """

    path: str
    before: FileState | None
    is_own: bool
    is_secret: bool
    written: tuple[str, ...] = ()
    made_folders: tuple[str, ...] = ()


@dataclass(frozen=True)
class SavedState:
    """What was in force before.

    :param image_id: image that Sentry ran, None when it ran none
    """

    image_id: str | None
    files: dict[str, SavedFile] = field(default_factory=dict)


@dataclass(frozen=True)
class Restoration:
    """What puts one file back.

    :param made_folders: folders (relative) to remove with it when they are empty
    :param was_edited: whether somebody has edited it since, so that only the block is put back
    """

    change: Change
    made_folders: tuple[str, ...] = ()
    was_edited: bool = False


def load(directory: str) -> SavedState | None:
    """Return what is saved in a Sentry folder, None when no job is unfinished."""
    path = os.path.join(directory, FOLDER, _FILE)
    file = read_file(path)
    if file is None:
        return None
    try:
        data = json.loads(file.content)
        files = {one["path"]: _parse_file(one) for one in data["files"]}
        return SavedState(data["image_id"], files)
    except (ValueError, LookupError, TypeError) as error:
        raise SentryError(
            f"{path}: It is not what this collection wrote ({type(error).__name__}). See that the"
            " files in the Sentry folder are right, then remove it."
        ) from None


def remember(
    directory: str, saved: SavedState | None, changes: Iterable[Change], image_id: str | None
) -> SavedState:
    """Save what the changes are about to replace, and return all that is saved then.

    :param saved: what was saved already; none of it is replaced
    :param image_id: image that runs, for a state that is new
    """
    state = SavedState(image_id) if saved is None else saved
    files = dict(state.files)
    for change in changes:
        known = files.get(change.path) or SavedFile(
            change.path,
            change.before,
            change.is_own,
            change.is_secret,
            made_folders=_missing_folders(directory, change.path),
        )
        written = (change.after.sha256,) if change.after else ()
        files[change.path] = replace(known, written=known.written + written)
    state = replace(state, files=files)
    _store(directory, state)
    return state


def forget(directory: str) -> None:
    """Remove what is saved."""
    remove_file(os.path.join(directory, FOLDER, _FILE))
    remove_leftovers(os.path.join(directory, FOLDER, _FILE))
    with contextlib.suppress(OSError):
        os.rmdir(os.path.join(directory, FOLDER))


def restorations(directory: str, saved: SavedState) -> list[Restoration]:
    """Return how each saved file is to be put back."""
    return [_restoration(directory, file) for file in saved.files.values()]


def restore_all(directory: str, found: Sequence[Restoration]) -> None:
    """Put the files back, and forget them when all of them are.

    :raises SentryError: some could not be put back; the others are, and nothing is forgotten
    """
    problems = []
    for restoration in found:
        try:
            _restore(directory, restoration)
        except SentryError as error:
            problems.append(str(error))
    if problems:
        raise SentryError("Not everything could be put back. " + " ".join(problems))
    forget(directory)


def _restore(directory: str, restoration: Restoration) -> None:
    path = os.path.join(directory, restoration.change.path)
    if restoration.change.after is not None:
        write_file(path, restoration.change.after)
        return
    remove_file(path)
    for folder in restoration.made_folders:
        with contextlib.suppress(OSError):
            os.rmdir(os.path.join(directory, folder))


def _restoration(directory: str, saved: SavedFile) -> Restoration:
    now, then, was_edited = read_file(os.path.join(directory, saved.path)), saved.before, False
    expected = (*saved.written, saved.before.sha256 if saved.before else "")
    if now is not None and not saved.is_own and now.sha256 not in expected:
        # With a marker that has no partner, only the whole file can be put back.
        with contextlib.suppress(SentryError):
            content = _with_former_block(now.content, saved.before)
            then, was_edited = replace(saved.before or now, content=content, mtime_ns=None), True
    change = Change(saved.path, now, then, saved.is_own, saved.is_secret)
    return Restoration(change, saved.made_folders, was_edited)


def _with_former_block(content: bytes, before: FileState | None) -> bytes:
    block = block_of(before.content) if before else None
    return without_block(content) if block is None else with_block(content, block)


def _missing_folders(directory: str, path: str) -> tuple[str, ...]:
    missing = []
    folder = os.path.dirname(path)
    while folder and not os.path.isdir(os.path.join(directory, folder)):
        missing.append(folder)
        folder = os.path.dirname(folder)
    return tuple(missing)


def _store(directory: str, state: SavedState) -> None:
    folder = os.path.join(directory, FOLDER)
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
    except OSError as error:
        raise SentryError(f"{folder}: It cannot be made ({error.strerror}). Use become.") from None
    data = {"image_id": state.image_id, "files": [_dump_file(one) for one in state.files.values()]}
    content = json.dumps(data, indent=1).encode("ascii")
    write_file(os.path.join(folder, _FILE), FileState(content, 0o600, os.geteuid(), os.getegid()))


def _dump_file(file: SavedFile) -> dict[str, Any]:
    before = file.before and {
        "content": base64.b64encode(file.before.content).decode("ascii"),
        "mode": file.before.mode,
        "uid": file.before.uid,
        "gid": file.before.gid,
        "mtime_ns": file.before.mtime_ns,
    }
    return {
        "path": file.path,
        "before": before,
        "is_own": file.is_own,
        "is_secret": file.is_secret,
        "written": file.written,
        "made_folders": file.made_folders,
    }


def _parse_file(data: dict[str, Any]) -> SavedFile:
    before = data["before"]
    state = before and FileState(
        base64.b64decode(before["content"]),
        before["mode"],
        before["uid"],
        before["gid"],
        before["mtime_ns"],
    )
    return SavedFile(
        data["path"],
        state,
        data["is_own"],
        data["is_secret"],
        tuple(data["written"]),
        tuple(data["made_folders"]),
    )
