# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which files cannot be written, on real file systems as far as this user can make them."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry import write_access
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.write_access import obstacles

CLONE_NEWNS = 0x20000
NAMES = (".", "sentry", "sentry/sentry.conf.py", "certificates")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can do this")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sentry").mkdir()
    (tmp_path / "sentry" / "sentry.conf.py").write_text("x = 1\n")
    return tmp_path


@pytest.fixture
def immutable(folder: Path) -> Iterator[Path]:
    """The settings as a file that nobody may change."""
    path = folder / "sentry" / "sentry.conf.py"
    done = subprocess.run(["chattr", "+i", path], check=False, capture_output=True)
    if done.returncode:
        pytest.skip("this file system has no immutable files")
    yield path
    subprocess.run(["chattr", "-i", path], check=True)


def found(folder: Path) -> dict[str, str]:
    seen: dict[str, str] = obstacles(str(folder), NAMES)
    return seen


def test_nothing_is_in_the_way_and_nothing_is_touched(folder: Path) -> None:
    path = folder / "sentry" / "sentry.conf.py"
    path.chmod(0o444)
    before = (path.stat(), path.parent.stat(), folder.stat())
    assert found(folder) == {}
    assert (path.stat(), path.parent.stat(), folder.stat()) == before


@as_root
def test_what_nobody_may_change(immutable: Path, folder: Path) -> None:
    assert found(folder) == {"sentry/sentry.conf.py": "immutable"}


@as_root
def test_a_file_system_that_is_read_only(folder: Path) -> None:
    """Mounted in a namespace of a process of its own."""
    context = multiprocessing.get_context("fork")
    results: multiprocessing.Queue[object] = context.Queue()
    process = context.Process(target=mounted_read_only, args=(folder, results))
    process.start()
    seen = results.get(timeout=30)
    process.join()
    if isinstance(seen, str):
        pytest.skip(f"nothing can be mounted here: {seen}")
    assert seen == {"sentry": "read_only", "sentry/sentry.conf.py": "read_only"}


def mounted_read_only(folder: Path, results: multiprocessing.Queue[object]) -> None:
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS):
        results.put(os.strerror(ctypes.get_errno()))
        return
    place = str(folder / "sentry")
    for command in (
        ["mount", "--make-rprivate", "/"],
        ["mount", "--bind", place, place],
        ["mount", "-o", "remount,bind,ro", place],
    ):
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            results.put(done.stderr)
            return
    results.put(found(folder))


def test_a_folder_in_which_this_user_may_not_write(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder decides, also of a link: there the new file is made."""
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    path = folder / "sentry" / "sentry.conf.py"
    path.rename(elsewhere / "own.py")
    path.symlink_to("../elsewhere/own.py")
    monkeypatch.setattr(os, "geteuid", lambda: elsewhere.stat().st_uid or 4711)
    monkeypatch.setattr(write_access, "_of_owner", lambda _target: None)
    monkeypatch.setattr(os, "access", lambda where, _how: not str(where).endswith("/elsewhere"))
    assert found(folder) == {"sentry/sentry.conf.py": "permission"}


def test_a_file_of_somebody_else(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would have another owner afterwards, or the run would end there."""
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 4711)
    assert found(folder) == {"sentry/sentry.conf.py": "owner"}


def test_a_file_of_a_group_that_this_user_is_not_in(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = (folder / "sentry" / "sentry.conf.py").stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner or 4711)
    monkeypatch.setattr(os, "getegid", lambda: 4712)
    monkeypatch.setattr(os, "getgroups", list)
    assert found(folder) == {"sentry/sentry.conf.py": "owner"}


def test_a_mount_that_may_not_be_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is written in place, so its own permissions count; those of others do not."""
    monkeypatch.setattr(write_access, "_of_file", lambda _target: "permission")
    assert found(folder) == {}
    monkeypatch.setattr(write_access, "is_mount", lambda _path: True)
    assert found(folder) == {"sentry/sentry.conf.py": "permission"}
