# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A managed block, whatever the text around it is."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.blocks import (
    block_count,
    block_lines,
    block_of,
    digest,
    with_block,
    without_block,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.docker import SentryError

BEGIN = b"# BEGIN ANSIBLE MANAGED BLOCK: encvoy.sentry"
END = b"# END ANSIBLE MANAGED BLOCK: encvoy.sentry"
BOM = b"\xef\xbb\xbf"


def block(*lines: bytes) -> bytes:
    return b"\n".join([BEGIN, *lines, END]) + b"\n"


@pytest.mark.parametrize(
    ("text", "position", "expected"),
    [
        (b"", "end", block(b"x")),
        (b"a\n", "end", b"a\n" + block(b"x")),
        (b"a\n\n", "end", b"a\n\n" + block(b"x")),
        (b"no final newline", "end", b"no final newline\n" + block(b"x")),
        (b"", "begin", block(b"x")),
        (b"a\n", "begin", block(b"x") + b"a\n"),
        (b"#!/bin/sh\na\nexit 0\n", "begin", b"#!/bin/sh\n" + block(b"x") + b"a\nexit 0\n"),
        (b"#!/bin/sh", "begin", b"#!/bin/sh\n" + block(b"x")),
        (BOM + b"a\n", "begin", BOM + block(b"x") + b"a\n"),
        (BOM, "end", BOM + block(b"x")),
        (b"a\r\nb\r\n", "end", b"a\r\nb\r\n" + block(b"x").replace(b"\n", b"\r\n")),
        (b"a\r\nb\r\nc\n", "end", b"a\r\nb\r\nc\n" + block(b"x").replace(b"\n", b"\r\n")),
        (b"a\r\nb\n", "end", b"a\r\nb\n" + block(b"x")),
        (b"\xff\xfe\x00 not a text", "end", b"\xff\xfe\x00 not a text\n" + block(b"x")),
    ],
)
def test_a_new_block(text: bytes, position: str, expected: bytes) -> None:
    assert with_block(text, b"x\n", position) == expected


@pytest.mark.parametrize(
    ("text", "position", "expected"),
    [
        (b"a\n" + block(b"old", b"lines") + b"b\n", "end", b"a\n" + block(b"x") + b"b\n"),
        (b"a\n" + block(b"old") + b"b\n", "begin", b"a\n" + block(b"x") + b"b\n"),
        (block(b"1") + b"a\n" + block(b"2") + b"b", "end", block(b"x") + b"a\nb"),
        (block(b"x") + b"a\n" + block(b"2") + b"b", "end", block(b"x") + b"a\nb"),
        (block() + b"a\n", "end", block(b"x") + b"a\n"),
        (BOM + block(b"old"), "end", BOM + block(b"x")),
        # An editor turned the whole file to CRLF.
        ((b"a\n" + block(b"x")).replace(b"\n", b"\r\n"), "end", None),
        (b"a\n" + block(b"x")[:-1], "end", None),
        (b"a\n" + BEGIN + b" \t\nx\n" + END + b"\n", "end", None),
    ],
)
def test_a_block_that_is_there(text: bytes, position: str, expected: bytes | None) -> None:
    assert with_block(text, b"x\n", position) == (text if expected is None else expected)


@pytest.mark.parametrize(
    "line", [b"exit", b"exit 0", b"exit 0 # done", b"exit;", b"exec true", b"exit\r"]
)
def test_a_block_behind_the_end_of_a_script_goes_to_the_beginning(line: bytes) -> None:
    text = b"#!/bin/sh\na\n" + line + b"\n" + block(b"x")
    moved = b"#!/bin/sh\n" + block(b"x") + b"a\n" + line + b"\n"
    assert with_block(text, b"x", "begin") == moved
    assert with_block(text, b"x", "end") == text


@pytest.mark.parametrize(
    "line", [b"  exit 1", b"exit_code=1", b"exits", b"exec >log", b"exec 2>&1", b"# exit 0"]
)
def test_a_block_behind_other_lines_stays(line: bytes) -> None:
    text = b"#!/bin/sh\n" + line + b"\n" + block(b"x")
    assert with_block(text, b"x", "begin") == text


@pytest.mark.parametrize(
    ("text", "line", "missing"),
    [
        (b"a\n" + BEGIN + b"\nx\n", 2, END),
        (b"a\nb\n" + END + b"\n", 3, BEGIN),
        (BEGIN + b"\nx\n" + block(b"y"), 1, END),
        (block(b"y") + BEGIN, 4, END),
    ],
)
def test_a_marker_without_its_partner(text: bytes, line: int, missing: bytes) -> None:
    for function in (block_of, block_count, without_block, lambda text: with_block(text, b"x")):
        with pytest.raises(SentryError) as caught:
            function(text)
        assert f"Line {line} is" in str(caught.value)
        assert f"the line '{missing.decode()}' back" in str(caught.value)


def test_a_block_that_holds_a_marker_is_refused() -> None:
    with pytest.raises(SentryError, match="block: It contains a line that marks"):
        with_block(b"", b"a\n" + END)


@pytest.mark.parametrize(
    ("text", "body", "count"),
    [
        (b"", None, 0),
        (b"a\n", None, 0),
        (block(), b"", 1),
        (block(b"a", b"", b"b"), b"a\n\nb", 1),
        (block(b"a", b"b").replace(b"\n", b"\r\n"), b"a\nb", 1),
        (block(b"a") + block(b"b"), b"a", 2),
    ],
)
def test_reading(text: bytes, body: bytes | None, count: int) -> None:
    assert block_of(text) == body
    assert block_count(text) == count


@pytest.mark.parametrize("text", [b"a\nb", b"a\nb\n", b"a\r\nb\r\n", b"a\r\nb"])
def test_the_digest_is_that_of_the_normalized_text(text: bytes) -> None:
    assert digest(text) == hashlib.sha256(b"a\nb").hexdigest()


# Lines as editors on any system leave them, with and without a last line end.
LINE_ENDS = st.sampled_from([b"\n", b"\r\n"])
CHARACTERS = st.characters(blacklist_categories=["Cs"], blacklist_characters="\n\r")
LINES = st.text(CHARACTERS, max_size=20).map(str.encode) | st.sampled_from(
    [b"", b"#!/bin/sh", b"exit 0", b"exec bash", b"\x00", b"\xff", BEGIN + b" x", b" " + END]
)
TEXTS = st.builds(
    lambda bom, lines, last: bom + b"".join(lines) + last,
    st.sampled_from([b"", BOM]),
    st.lists(st.tuples(LINES, LINE_ENDS).map(b"".join), max_size=8),
    LINES,
).filter(lambda text: BEGIN + b"\n" not in text)
BODIES = st.lists(LINES, max_size=5).map(b"\n".join)
POSITIONS = st.sampled_from(["begin", "end"])


@given(TEXTS, BODIES, POSITIONS)
def test_written_twice_is_written_once(text: bytes, body: bytes, position: str) -> None:
    once = with_block(text, body, position)
    assert with_block(once, body, position) == once
    assert block_count(once) == 1
    assert digest(block_of(once) or b"") == digest(body)


@given(TEXTS, BODIES, POSITIONS)
def test_outside_of_the_block_every_byte_stays(text: bytes, body: bytes, position: str) -> None:
    outside = without_block(with_block(text, body, position))
    # A last line without an end gets one when a block comes behind it.
    assert outside in (text, text + b"\n", text + b"\r\n")
    if text.endswith(b"\n") or position == "begin" and not text.startswith((b"#!", BOM + b"#!")):
        assert outside == text


@given(TEXTS, BODIES, BODIES, POSITIONS, LINE_ENDS)
def test_one_block_whatever_an_editor_does_to_line_ends(
    text: bytes, old: bytes, new: bytes, position: str, line_end: bytes
) -> None:
    edited = with_block(text, old, position).replace(b"\r\n", b"\n").replace(b"\n", line_end)
    written = with_block(edited, new, position)
    assert block_count(written) == 1
    assert without_block(written) == without_block(edited)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (b"a\nb\n", None),
        (block(b"x"), (1, 3)),
        (BOM + block(b"x", b"y"), (1, 4)),
        (b"a\r\n" + block(b"x").replace(b"\n", b"\r\n") + block(b"y"), (2, 4)),
    ],
)
def test_the_lines_of_a_block(text: bytes, lines: tuple[int, int] | None) -> None:
    assert block_lines(text) == lines
