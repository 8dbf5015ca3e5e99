# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What any text file shows."""

from __future__ import annotations

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.blocks import (
    BEGIN_MARKER,
    END_MARKER,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.file_text import (
    line_ends,
    split_at_block,
    without_bom,
)

BLOCK = BEGIN_MARKER + b"\nx\n" + END_MARKER


@pytest.mark.parametrize(
    ("text", "found"),
    [(b"", None), (b"a", None), (b"a\n", "lf"), (b"a\r\n", "crlf"), (b"a\r\nb\n", "mixed")],
)
def test_line_ends(text: bytes, found: str | None) -> None:
    assert line_ends(text) == found


def test_a_byte_order_mark_is_no_text() -> None:
    assert without_bom(b"\xef\xbb\xbfx") == b"x"
    assert without_bom(b"x") == b"x"


def test_what_stands_before_the_block() -> None:
    assert split_at_block(b"a\n" + BLOCK + b"\nb") == (b"a", BLOCK + b"\nb")
    assert split_at_block(b"a\nb") == (b"a\nb", b"")
