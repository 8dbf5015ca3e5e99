# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One file, read and replaced."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.docker import SentryError
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.files import (
    FileState,
    make_folders,
    read_file,
    remove_file,
    remove_leftovers,
    write_file,
)

UID, GID = os.geteuid(), os.getegid()


def state(content: bytes = b"new", mode: int = 0o640, mtime_ns: int | None = None) -> FileState:
    return FileState(content, mode, UID, GID, mtime_ns)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file"


def test_no_file(path: Path) -> None:
    assert read_file(str(path)) is None
    remove_file(str(path))


def test_a_new_file(path: Path) -> None:
    write_file(str(path), state())
    found = read_file(str(path))
    assert found is not None
    assert found.is_same(state())
    assert found.mtime_ns == path.stat().st_mtime_ns


def test_the_time_can_be_given(path: Path) -> None:
    write_file(str(path), state(mtime_ns=1_700_000_000_123_456_789))
    assert path.stat().st_mtime_ns == 1_700_000_000_123_456_789


def test_a_file_is_replaced_whole(path: Path) -> None:
    path.write_bytes(b"old")
    with path.open("rb") as opened:
        write_file(str(path), state())
        assert opened.read() == b"old"
    assert path.read_bytes() == b"new"


def test_mode_alone_leaves_file_and_time_as_they_are(path: Path) -> None:
    path.write_bytes(b"new")
    before = path.stat()
    write_file(str(path), state(mode=0o600))
    after = path.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert stat.S_IMODE(after.st_mode) == 0o600


def test_nobody_else_can_ever_read_a_secret(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes = []
    real_open, real_fsync = os.open, os.fsync

    def see(descriptor: int) -> None:
        modes.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        real_fsync(descriptor)

    monkeypatch.setattr(os, "fsync", see)
    monkeypatch.setattr(os, "open", real_open)
    write_file(str(path), state(mode=0o400))
    assert modes[0] == 0o600
    assert stat.S_IMODE(path.stat().st_mode) == 0o400


@pytest.mark.skipif(UID != 0, reason="only root gives files away")
def test_owner_and_set_user_id(path: Path) -> None:
    write_file(str(path), FileState(b"x", 0o4755, 1234, 4321))
    found = path.stat()
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (1234, 4321, 0o4755)


def test_what_a_link_leads_to_is_written_and_removed(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    path.symlink_to(target)
    write_file(str(path), state())
    assert (path.is_symlink(), target.read_bytes()) == (True, b"new")
    remove_file(str(path))
    assert (path.is_symlink(), target.exists()) == (True, False)


def test_folders_are_made(tmp_path: Path) -> None:
    make_folders(str(tmp_path / "a" / "b" / "file"))
    make_folders(str(tmp_path / "a" / "b" / "file"))
    assert (tmp_path / "a" / "b").is_dir()


def test_what_a_killed_run_left_is_removed(path: Path, tmp_path: Path) -> None:
    (tmp_path / ".encvoy-sentry-new-file").write_bytes(b"half")
    write_file(str(path), state())
    assert [one.name for one in tmp_path.iterdir()] == ["file"]
    (tmp_path / ".encvoy-sentry-new-file").write_bytes(b"half")
    remove_leftovers(str(path))
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (13, "Use become."),
        (1, "Use become, or see with lsattr whether it is immutable."),
        (30, "Its file system is mounted read-only: mount it writable."),
        (28, "Free space on its file system."),
        (5, "Correct that."),
    ],
)
def test_a_failure_says_what_to_do_and_leaves_nothing(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, advice: str
) -> None:
    path.write_bytes(b"old")

    def refuse(*_arguments: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "rename", refuse)
    with pytest.raises(SentryError) as caught:
        write_file(str(path), state())
    reason = os.strerror(number)
    assert str(caught.value) == f"{path}: It cannot be written ({reason}). {advice}"
    assert [one.name for one in tmp_path.iterdir()] == ["file"]
    assert path.read_bytes() == b"old"


def test_a_folder_of_that_name(tmp_path: Path) -> None:
    with pytest.raises(SentryError, match=r"It cannot be read \(Is a directory\)"):
        read_file(str(tmp_path))


def test_a_mount_is_written_in_place(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_bytes(b"old and longer")
    inode = path.stat().st_ino

    def refuse(*_arguments: Any) -> None:
        raise OSError(16, "Device or resource busy")

    monkeypatch.setattr(os, "rename", refuse)
    write_file(str(path), state())
    assert (path.read_bytes(), path.stat().st_ino) == (b"new", inode)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (state(), True),
        (state(mtime_ns=1), True),
        (state(b"x"), False),
        (state(mode=0o600), False),
        (FileState(b"new", 0o640, UID + 1, GID), False),
        (FileState(b"new", 0o640, UID, GID + 1), False),
        (None, False),
    ],
)
def test_being_the_same(other: FileState | None, expected: bool) -> None:
    assert state().is_same(other) is expected
