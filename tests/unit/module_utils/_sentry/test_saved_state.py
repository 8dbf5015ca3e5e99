# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How files were before an unfinished job."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.docker import SentryError
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.files import FileState
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.managed_files import Change
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.saved_state import (
    forget,
    load,
    remember,
    restorations,
    restore_all,
)

UID, GID = os.geteuid(), os.getegid()
BLOCK = (
    b"# BEGIN ANSIBLE MANAGED BLOCK: encvoy.sentry\n%s\n"
    b"# END ANSIBLE MANAGED BLOCK: encvoy.sentry\n"
)


def state(content: bytes, mtime_ns: int | None = None) -> FileState:
    return FileState(content, 0o644, UID, GID, mtime_ns)


def do(folder: Path, *changes: Change, image_id: str | None = None) -> None:
    """Save and make changes, as the module does."""
    remember(str(folder), load(str(folder)), changes, image_id)
    for change in changes:
        assert change.after is not None
        (folder / change.path).write_bytes(change.after.content)


def put_back(folder: Path) -> list[str]:
    """Put everything back and return which files had been edited."""
    saved = load(str(folder))
    assert saved is not None
    found = restorations(str(folder), saved)
    restore_all(str(folder), found)
    return [one.change.path for one in found if one.was_edited]


def test_nothing_is_saved(tmp_path: Path) -> None:
    assert load(str(tmp_path)) is None
    forget(str(tmp_path))
    assert list(tmp_path.iterdir()) == []


@given(
    content=st.binary(),
    mode=st.integers(0, 0o7777),
    owner=st.integers(0, 2**31),
    mtime_ns=st.integers(0, 2**62),
    path=st.text(st.characters(blacklist_categories=["Cs"]), min_size=1),
)
def test_what_is_saved_is_found_again(
    tmp_path_factory: pytest.TempPathFactory,
    content: bytes,
    mode: int,
    owner: int,
    mtime_ns: int,
    path: str,
) -> None:
    folder = tmp_path_factory.mktemp("folder")
    before = FileState(content, mode, owner, owner + 1, mtime_ns)
    saved = remember(
        str(folder), None, [Change(path, before, None), Change("new", None, before)], "1"
    )
    assert load(str(folder)) == saved
    assert (saved.image_id, saved.files[path].before, saved.files["new"].before) == (
        "1",
        before,
        None,
    )


def test_what_is_saved_first_stays(tmp_path: Path) -> None:
    do(tmp_path, Change("a", state(b"first"), state(b"second")), image_id="1")
    do(tmp_path, Change("a", state(b"second"), state(b"third")), Change("b", None, state(b"x")))
    saved = load(str(tmp_path))
    assert saved is not None
    assert saved.image_id == "1"
    assert saved.files["a"].before == state(b"first")
    assert len(saved.files["a"].written) == 2
    assert sorted(saved.files) == ["a", "b"]


def test_a_file_is_put_back_with_its_time(tmp_path: Path) -> None:
    do(tmp_path, Change("a", state(b"first", 1_700_000_000_000_000_001), state(b"second")))
    assert put_back(tmp_path) == []
    assert (tmp_path / "a").read_bytes() == b"first"
    assert (tmp_path / "a").stat().st_mtime_ns == 1_700_000_000_000_000_001
    assert load(str(tmp_path)) is None


def test_an_edited_file_keeps_the_edit(tmp_path: Path) -> None:
    do(tmp_path, Change("a", state(BLOCK % b"1"), state(BLOCK % b"2")))
    (tmp_path / "a").write_bytes(b"edited\n" + BLOCK % b"2")
    assert put_back(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"edited\n" + BLOCK % b"1"


def test_what_an_earlier_run_of_the_job_wrote_is_no_edit(tmp_path: Path) -> None:
    do(tmp_path, Change("a", state(b"site\n"), state(b"site\n" + BLOCK % b"1")))
    saved = load(str(tmp_path))
    remember(str(tmp_path), saved, [Change("a", None, state(b"never written"))], None)
    assert put_back(tmp_path) == []
    assert (tmp_path / "a").read_bytes() == b"site\n"


def test_a_whole_file_is_put_back_whatever_is_in_it(tmp_path: Path) -> None:
    do(tmp_path, Change("a", state(b"first"), state(b"second"), is_own=True))
    (tmp_path / "a").write_bytes(b"edited")
    assert put_back(tmp_path) == []
    assert (tmp_path / "a").read_bytes() == b"first"


@pytest.mark.parametrize("has_a_file_of_the_site", [True, False])
def test_folders_that_were_made_go_unless_they_are_used(
    tmp_path: Path, has_a_file_of_the_site: bool
) -> None:
    remember(str(tmp_path), None, [Change("a/b/c", None, state(b"x"))], None)
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c").write_bytes(b"x")
    if has_a_file_of_the_site:
        (tmp_path / "a" / "own").write_bytes(b"")
    put_back(tmp_path)
    assert (tmp_path / "a").exists() is has_a_file_of_the_site
    assert not (tmp_path / "a" / "b").exists()


def test_what_cannot_be_put_back_is_told_and_not_forgotten(tmp_path: Path) -> None:
    do(
        tmp_path,
        Change("a", state(b"first"), state(b"second")),
        Change("b", state(b"first"), state(b"second")),
    )
    saved = load(str(tmp_path))
    assert saved is not None
    found = restorations(str(tmp_path), saved)
    (tmp_path / "a").unlink()
    (tmp_path / "a").mkdir()
    with pytest.raises(SentryError, match=r"Not everything could be put back\. .*/a: It cannot"):
        restore_all(str(tmp_path), found)
    assert (tmp_path / "b").read_bytes() == b"first"
    assert load(str(tmp_path)) == saved


def test_what_somebody_else_wrote_there(tmp_path: Path) -> None:
    do(tmp_path, Change("a", None, state(b"x")))
    (tmp_path / ".encvoy-sentry" / "before.json").write_text("[]")
    with pytest.raises(SentryError, match=r"It is not what this collection wrote \(TypeError\)"):
        load(str(tmp_path))
