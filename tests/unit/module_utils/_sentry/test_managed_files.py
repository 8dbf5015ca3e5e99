# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How files are to be, and the changes that takes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.docker import SentryError
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.files import FileState
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.managed_files import (
    Change,
    Wish,
    difference,
    parse_wish,
    plan,
)

UID, GID = os.geteuid(), os.getegid()
OPTION: dict[str, Any] = {
    "path": "sentry/sentry.conf.py",
    "state": "present",
    "block": None,
    "content": None,
    "secret_content": None,
    "content_base64": None,
    "position": "end",
    "begin_with": None,
    "shebang": None,
    "mode": None,
    "owner": None,
    "group": None,
}
BLOCK = (
    b"# BEGIN ANSIBLE MANAGED BLOCK: encvoy.sentry\n%s\n"
    b"# END ANSIBLE MANAGED BLOCK: encvoy.sentry\n"
)


def state(content: bytes, mode: int = 0o644) -> FileState:
    return FileState(content, mode, UID, GID)


def planned(folder: Path, before: bytes | None, **wish: Any) -> bytes | None:
    """Return what a file is planned to hold."""
    if before is not None:
        (folder / "file").write_bytes(before)
    change = plan(str(folder), Wish("file", **wish))
    return None if change.after is None else change.after.content


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"block": "ü"}, Wish("sentry/sentry.conf.py", block="ü".encode())),
        ({"content": "x"}, Wish("sentry/sentry.conf.py", content=b"x")),
        ({"content_base64": "AP8="}, Wish("sentry/sentry.conf.py", content=b"\x00\xff")),
        ({"secret_content": ""}, Wish("sentry/sentry.conf.py", content=b"", secret=True)),
        (
            {"path": "./sentry//x", "content": "x", "mode": "0755", "owner": "999", "group": "0"},
            Wish("sentry/x", content=b"x", mode=0o755, uid=999, gid=0),
        ),
        (
            {"content": "x", "owner": "root", "state": "absent"},
            Wish("sentry/sentry.conf.py", content=b"x", uid=0, present=False),
        ),
    ],
)
def test_an_option_becomes_a_wish(options: dict[str, Any], expected: Wish) -> None:
    assert parse_wish({**OPTION, **options}) == expected


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"path": "/etc/passwd"}, "leads out of the Sentry folder"),
        ({"path": "a/../../b"}, "leads out of the Sentry folder"),
        ({"path": ""}, "leads out of the Sentry folder"),
        ({"mode": "rwx"}, "The mode 'rwx' of sentry/sentry.conf.py is not octal"),
        ({"mode": "17777"}, "is not octal"),
        ({"content_base64": "AP8"}, "The content_base64 of sentry/sentry.conf.py is not Base64"),
        ({"owner": "nobody-of-this-name"}, "The owner 'nobody-of-this-name' of"),
        ({"group": "nobody-of-this-name"}, "The group 'nobody-of-this-name' of"),
    ],
)
def test_what_cannot_be_meant(options: dict[str, Any], said: str) -> None:
    with pytest.raises(SentryError, match=said) as caught:
        parse_wish({**OPTION, **options})
    assert str(caught.value).startswith("files: ")


@pytest.mark.parametrize(
    ("before", "wish", "after"),
    [
        (None, {"content": b"x"}, b"x"),
        (b"old", {"content": b"x"}, b"x"),
        (None, {"block": b"x"}, BLOCK % b"x"),
        (b"site\n", {"block": b"x"}, b"site\n" + BLOCK % b"x"),
        (None, {"block": b"x", "shebang": b"#!/bin/sh\n"}, b"#!/bin/sh\n" + BLOCK % b"x"),
        (b"site\n", {"block": b"x", "shebang": b"#!/bin/sh"}, b"site\n" + BLOCK % b"x"),
        (None, {"content": b"x", "present": False}, None),
        (b"x", {"content": b"x", "present": False}, None),
        (b"site\n" + BLOCK % b"x", {"block": b"", "present": False}, b"site\n"),
        (BLOCK % b"x", {"block": b"", "present": False}, None),
        (
            b"#!/bin/sh\n" + BLOCK % b"x",
            {"block": b"", "shebang": b"#!/bin/sh", "present": False},
            None,
        ),
        (None, {"block": b"", "present": False}, None),
    ],
)
def test_a_plan(
    tmp_path: Path, before: bytes | None, wish: dict[str, Any], after: bytes | None
) -> None:
    assert planned(tmp_path, before, **wish) == after


def test_a_plan_for_a_file_that_begins_with_an_example(tmp_path: Path) -> None:
    (tmp_path / "example").write_bytes(b"example\n")
    assert planned(tmp_path, None, begin_with="example") == b"example\n"
    assert planned(tmp_path, None, begin_with="example", block=b"x") == b"example\n" + BLOCK % b"x"
    assert planned(tmp_path, b"site", begin_with="example") == b"site"
    (tmp_path / "file").unlink()
    with pytest.raises(SentryError, match="file: There is neither this file nor 'none' to begin"):
        planned(tmp_path, None, begin_with="none")


def test_mode_and_owner_stay_unless_they_are_given(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "file").chmod(0o600)
    change = plan(str(tmp_path), Wish("file", block=b"y"))
    assert change.after is not None
    assert (change.after.mode, change.after.uid, change.after.gid) == (0o600, UID, GID)
    change = plan(str(tmp_path), Wish("file", block=b"y", mode=0o755, uid=1, gid=2))
    assert change.after is not None
    assert (change.after.mode, change.after.uid, change.after.gid) == (0o755, 1, 2)
    new = plan(str(tmp_path), Wish("new", content=b"x"))
    assert new.after is not None
    assert new.after.mode == 0o644


@pytest.mark.parametrize(
    ("before", "after", "is_needed", "is_of_content"),
    [
        (None, None, False, False),
        (state(b"x"), state(b"x"), False, False),
        (None, state(b"x"), True, True),
        (state(b"x"), None, True, True),
        (state(b"x"), state(b"y"), True, True),
        (state(b"x"), state(b"x", 0o600), True, False),
    ],
)
def test_a_change(
    before: FileState | None, after: FileState | None, is_needed: bool, is_of_content: bool
) -> None:
    change = Change("file", before, after)
    assert (change.is_needed, change.is_of_content) == (is_needed, is_of_content)


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        (
            Change("f", state(b"planted\n"), state(b"planted\n" + BLOCK % b"x")),
            "",
            "x\n",
        ),
        (
            Change("f", state(BLOCK % b"x" + b"planted"), state(BLOCK % b"y" + b"planted")),
            "x\n",
            "y\n",
        ),
        (
            Change("f", state(b"# BEGIN ANSIBLE MANAGED BLOCK: encvoy.sentry\nplanted"), None),
            f"(mode 0644, owner {UID}, group {GID})\n",
            "(no file)\n",
        ),
        (
            Change("f", state(b"a\n"), state(b"b\n"), is_own=True),
            "a\n",
            "b\n",
        ),
        (
            Change("f", state(b"a\n"), state(b"\xff"), is_own=True),
            "a\n",
            "(no text, SHA-256 a8100ae6aa1940d0b663bb31cd466142ebbdbd5187131b92d93818987832eb89)\n",
        ),
        (
            Change("f", state(b"planted1"), state(b"planted2"), is_own=True, is_secret=True),
            "(secret, not shown)\n",
            "(secret, not shown)\n(another one than before)\n",
        ),
        (
            Change("f", None, state(b"planted"), is_own=True, is_secret=True),
            "(no file)\n",
            f"(mode 0644, owner {UID}, group {GID})\n(secret, not shown)\n",
        ),
        (
            Change("f", state(b"planted"), state(b"planted", 0o600)),
            f"(mode 0644, owner {UID}, group {GID})\n",
            f"(mode 0600, owner {UID}, group {GID})\n",
        ),
    ],
)
def test_a_difference(change: Change, before: str, after: str) -> None:
    shown = difference(change)
    assert (shown["before_header"], shown["after_header"]) == ("f", "f")
    assert (shown["before"], shown["after"]) == (before, after)
    assert "planted" not in str(shown)
