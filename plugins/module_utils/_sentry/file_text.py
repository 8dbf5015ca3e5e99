# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: what any text file of a site shows: line ends, marks, the block."""

from __future__ import annotations

import os

from . import blocks
from .docker import SentryError
from .files import FileState

_MOUNTS = "/proc/self/mountinfo"
_BOM = b"\xef\xbb\xbf"


def block_digest(path: str, found: FileState) -> str | None:
    """Return the SHA-256 of the managed block's text, with LF line ends and no final ones."""
    try:
        block = blocks.block_of(found.content)
    except SentryError as error:
        raise SentryError(f"{path}: {error}") from None
    return None if block is None else blocks.digest(block)


def without_bom(text: bytes) -> bytes:
    """Return a text without the byte order mark of UTF-8."""
    return text[len(_BOM) :] if text.startswith(_BOM) else text


def line_ends(text: bytes) -> str | None:
    """Return ``crlf``, ``lf``, ``mixed``, or None where no line ends."""
    crlf = text.count(b"\r\n")
    lf = text.count(b"\n") - crlf
    if crlf and lf:
        return "mixed"
    if crlf:
        return "crlf"
    return "lf" if lf else None


def split_at_block(text: bytes) -> tuple[bytes, bytes]:
    """Return what stands before the first managed block, and the block with all behind it.

    Without a block all of it stands before, for a new block is put at the end.
    """
    lines = text.split(b"\n")
    marked = (n for n, line in enumerate(lines) if line.rstrip() == blocks.BEGIN_MARKER)
    place = next(marked, len(lines))
    return b"\n".join(lines[:place]), b"\n".join(lines[place:])


def is_mount(path: str) -> bool:
    """Return whether the file itself is a mount, which nothing can be renamed over."""
    try:
        with open(_MOUNTS, encoding="utf-8", errors="replace") as file:
            points = [line.split()[4] for line in file]
    except (OSError, IndexError):
        return False
    # Spaces are written as \040 there.
    return os.path.realpath(path).replace(" ", "\\040") in points
