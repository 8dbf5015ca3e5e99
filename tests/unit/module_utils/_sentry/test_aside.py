# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Blocks that are taken out for a while; tests/unit/modules/test_sentry_config.py has the files."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry import aside
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.aside import Aside, put_back
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.blocks import with_block
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.docker import SentryError
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.files import FileState
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.managed_files import Change

OWN = b"one = 1\n"
BLOCK = b"two = 2\n"
WHOLE = with_block(OWN, BLOCK) + b"three = 3\n"
REST = OWN + b"three = 3\n"
ROW = Aside("conf.py", WHOLE, 17, 1000.5)


def change(before: bytes | None, after: bytes) -> Change:
    states = [None if text is None else FileState(text, 0o640, 1, 2) for text in (before, after)]
    return Change("conf.py", states[0], states[1])


def test_what_is_kept_is_found_again_and_for_root_alone(tmp_path: Path) -> None:
    assert aside.load(str(tmp_path)) == {}
    aside.remember(str(tmp_path), [ROW])
    assert aside.load(str(tmp_path)) == {"conf.py": ROW}
    (path,) = tmp_path.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_block_is_taken_out_and_the_file_keeps_its_time(tmp_path: Path) -> None:
    path = tmp_path / "conf.py"
    path.write_bytes(WHOLE)
    os.utime(path, ns=(17, 17))
    taken = aside.take(str(tmp_path), "conf.py")
    assert taken is not None
    row, made = taken
    assert (row.content, row.mtime_ns, row.block) == (WHOLE, 17, b"two = 2")
    assert made.after is not None
    assert (made.after.content, made.after.mtime_ns) == (REST, 17)


@pytest.mark.parametrize("content", [None, b"", OWN])
def test_where_there_is_no_block_nothing_is_taken_out(
    tmp_path: Path, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "conf.py").write_bytes(content)
    assert aside.take(str(tmp_path), "conf.py") is None


def test_the_file_is_put_back_as_it_was_with_mode_and_owner_of_now() -> None:
    """The block is where it was, though a new one would be at the end."""
    made = put_back(ROW, change(REST, with_block(REST, BLOCK)), BLOCK)
    assert made.after == FileState(WHOLE, 0o640, 1, 2, 17)
    assert aside.is_put_back(made, ROW)


@pytest.mark.parametrize(
    ("row", "before", "block"),
    [
        (None, REST, BLOCK),
        (ROW, REST + b"four = 4\n", BLOCK),
        (ROW, REST, b"another"),
        (ROW, REST, None),
        (ROW, None, BLOCK),
    ],
)
def test_what_is_not_the_same_is_a_change_like_others(
    row: Aside | None, before: bytes | None, block: bytes | None
) -> None:
    made = change(before, with_block(before or b"", BLOCK))
    assert put_back(row, made, block) == made
    assert not aside.is_put_back(made, row)


def test_what_is_back_is_forgotten(tmp_path: Path) -> None:
    aside.remember(str(tmp_path), [ROW, Aside("other.py", WHOLE, 17, 1000.5)])
    (tmp_path / "conf.py").write_bytes(REST)
    (tmp_path / "other.py").write_bytes(WHOLE)
    aside.forget_what_is_back(str(tmp_path))
    assert list(aside.load(str(tmp_path))) == ["conf.py"]
    (tmp_path / "conf.py").write_bytes(WHOLE)
    aside.forget_what_is_back(str(tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["conf.py", "other.py"]


@pytest.mark.parametrize("text", ["", "no JSON", "[1]", "{}x", '[{"path": "a"}]'])
def test_what_somebody_else_wrote_there(tmp_path: Path, text: str) -> None:
    aside.remember(str(tmp_path), [ROW])
    (path,) = tmp_path.iterdir()
    path.write_text(text)
    with pytest.raises(SentryError, match="not what this collection wrote"):
        aside.load(str(tmp_path))
