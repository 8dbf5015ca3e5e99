# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""lock: one holder at a time, in a folder where nobody else can be one."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy import lock
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.lock import serialized

URL = "https://id.example.com"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the locks of this user are."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path / "cache" / "encvoy.sentry"


def test_a_second_holder_waits_in_vain(folder: Path) -> None:
    with serialized(URL, 0) as mine, serialized(URL, 0) as theirs:
        assert mine
        assert not theirs


def test_servers_do_not_wait_for_each_other(folder: Path) -> None:
    with serialized(URL, 0), serialized(URL + ":8443", 0) as theirs:
        assert theirs


def test_it_is_free_afterwards(folder: Path) -> None:
    for _time in range(2):
        with serialized(URL, 0) as mine:
            assert mine


def test_a_second_holder_gets_it_when_the_first_is_done(folder: Path) -> None:
    got: list[bool] = []

    def wait() -> None:
        with serialized(URL, 60) as mine:
            got.append(mine)

    waiting = threading.Thread(target=wait)
    with serialized(URL, 0):
        waiting.start()
        assert got == []
    waiting.join(60)
    assert got == [True]


def test_it_lives_in_a_folder_of_the_users_own(folder: Path) -> None:
    with serialized(URL, 0):
        (file,) = folder.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


def test_without_a_cache_folder_it_is_below_the_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    with serialized(URL, 0):
        assert list((tmp_path / ".cache" / "encvoy.sentry").iterdir())


def test_a_folder_that_others_can_write_to_is_not_used(folder: Path, tmp_path: Path) -> None:
    """There, somebody else could hold the lock for ever."""
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    with serialized(URL, 0):
        assert list(folder.iterdir()) == []
        (instead,) = tmp_path.glob("encvoy.sentry-*")
        assert list(instead.iterdir())


def test_a_folder_of_somebody_else_is_not_used(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.mkdir(parents=True)
    monkeypatch.setattr("os.getuid", lambda: 12345)
    with serialized(URL, 0) as mine, serialized(URL, 0) as second:
        assert mine
        assert second
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("planted", ["file", "link"])
def test_what_is_planted_in_the_shared_folder_is_not_used(
    folder: Path, tmp_path: Path, planted: str
) -> None:
    (tmp_path / "cache").write_text("in the way")
    shared = tmp_path / f"encvoy.sentry-{lock.os.getuid()}"
    if planted == "file":
        shared.write_text("in the way")
    else:
        (tmp_path / "victim").mkdir()
        shared.symlink_to(tmp_path / "victim")
    with serialized(URL, 0) as mine:
        assert mine
    assert not (tmp_path / "victim").exists() or list((tmp_path / "victim").iterdir()) == []


def test_a_planted_link_is_not_followed(folder: Path, tmp_path: Path) -> None:
    with serialized(URL, 0):
        (file,) = folder.iterdir()
    file.unlink()
    file.symlink_to(tmp_path / "victim")
    with serialized(URL, 0) as mine:
        assert mine
    assert not (tmp_path / "victim").exists()


def test_without_any_temporary_folder_the_work_goes_on(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none() -> str:
        raise FileNotFoundError("No usable temporary directory found")

    (tmp_path / "cache").write_text("in the way")
    monkeypatch.setattr("tempfile.gettempdir", none)
    with serialized(URL, 0) as mine:
        assert mine


def test_where_there_can_be_none_the_work_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "file"))
    with serialized(URL, 0) as mine, serialized(URL, 0) as second:
        assert mine
        assert second
