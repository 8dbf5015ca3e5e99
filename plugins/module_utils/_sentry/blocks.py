# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: the managed block in a file of the site, as pure functions over bytes.

The rest of the file belongs to the site and stays as it is, byte for byte. The markers are those of
``ansible.builtin.blockinfile``, which compares whole lines and therefore misses a block whose line
ends an editor has turned to CRLF (https://github.com/ansible/ansible/issues/85283).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from .docker import SentryError

BEGIN_MARKER = b"# BEGIN ANSIBLE MANAGED BLOCK: encvoy.sentry"
END_MARKER = b"# END ANSIBLE MANAGED BLOCK: encvoy.sentry"

BEGIN = "begin"
END = "end"

_BOM = b"\xef\xbb\xbf"
_LINES = re.compile(rb"[^\n]*\n|[^\n]+")
# A command in the first column after which a shell reads no further line. Redirections alone
# (exec >log) are no end.
_LAST_COMMAND = re.compile(rb"exit(?![\w=-])|exec[ \t]+[^<>&\s\d]")


@dataclass(frozen=True)
class _Parts:
    """A text taken apart.

    :param bom: its byte order mark, empty when it has none
    :param outside: lines that are not in a block, each with its line end
    :param bodies: the normalized text of each block
    :param place: index in ``outside`` at which the first block stands, None when there is no block
    """

    bom: bytes
    outside: list[bytes]
    bodies: list[bytes]
    place: int | None


def block_of(text: bytes) -> bytes | None:
    """Return the text of the first managed block, with LF as line end and none at its end.

    :raises SentryError: a marker line has no partner
    """
    return next(iter(_take_apart(text).bodies), None)


def block_count(text: bytes) -> int:
    """Return how many managed blocks the text has.

    :raises SentryError: a marker line has no partner
    """
    return len(_take_apart(text).bodies)


def block_lines(text: bytes) -> tuple[int, int] | None:
    """Return the numbers of the first and the last line of the first block, markers included.

    :raises SentryError: a marker line has no partner
    """
    if block_of(text) is None:
        return None
    lines = [line.rstrip() for line in text.removeprefix(_BOM).split(b"\n")]
    first = lines.index(BEGIN_MARKER)
    return first + 1, lines.index(END_MARKER, first) + 1


def digest(block: bytes) -> str:
    """Return the SHA-256 of a block's normalized text, in hexadecimal."""
    return hashlib.sha256(normalized(block)).hexdigest()


def normalized(block: bytes) -> bytes:
    """Return a block's text with LF as line end and none at its end."""
    return re.sub(rb"\r*\n", b"\n", block).rstrip(b"\r\n")


def with_block(text: bytes, block: bytes, position: str = END) -> bytes:
    """Return the text with exactly one managed block, which holds ``block``.

    A block that is there is replaced where it stands, further ones are removed. One that stands
    behind the end of a shell script is moved to the beginning if ``position`` says so.

    :param position: where a new block goes: ``begin`` (behind a byte order mark and a line that
        begins with ``#!``) or ``end``
    :raises SentryError: a marker line has no partner, or stands in the new block
    """
    parts = _take_apart(text)
    body = normalized(block)
    new = [BEGIN_MARKER, *body.split(b"\n"), END_MARKER] if body else [BEGIN_MARKER, END_MARKER]
    if any(line.rstrip() in (BEGIN_MARKER, END_MARKER) for line in new[1:-1]):
        raise SentryError("block: It contains a line that marks a managed block. Remove that line.")
    place = _place(parts, position)
    if parts.bodies == [body] and place == parts.place:
        return text
    line_end = _line_end(parts.outside)
    before, after = parts.outside[:place], parts.outside[place:]
    if before and not before[-1].endswith(b"\n"):
        before[-1] += line_end
    return parts.bom + b"".join([*before, *(line + line_end for line in new), *after])


def without_block(text: bytes) -> bytes:
    """Return the text without any managed block.

    :raises SentryError: a marker line has no partner
    """
    parts = _take_apart(text)
    return parts.bom + b"".join(parts.outside)


def first_end(lines: Iterable[bytes]) -> int | None:
    """Return the number of the line at which a shell stops reading, None when there is none.

    Only commands in the first column count: what is indented belongs to a condition or a function.
    """
    return next((n for n, line in enumerate(lines, 1) if _LAST_COMMAND.match(line)), None)


def _place(parts: _Parts, position: str) -> int:
    if position == BEGIN and (parts.place is None or first_end(parts.outside[: parts.place])):
        return 1 if parts.outside and parts.outside[0].startswith(b"#!") else 0
    return len(parts.outside) if parts.place is None else parts.place


def _take_apart(text: bytes) -> _Parts:
    bom = _BOM if text.startswith(_BOM) else b""
    outside: list[bytes] = []
    bodies: list[bytes] = []
    place, opened = None, 0
    for number, line in enumerate(_LINES.findall(text[len(bom) :]), start=1):
        bare = line.rstrip()
        if bare == BEGIN_MARKER and not opened:
            opened = number
            bodies.append(b"")
            place = len(outside) if place is None else place
        elif bare == END_MARKER and opened:
            opened = 0
        elif bare in (BEGIN_MARKER, END_MARKER):
            raise _unpaired(bare, opened or number)
        elif opened:
            bodies[-1] += line
        else:
            outside.append(line)
    if opened:
        raise _unpaired(BEGIN_MARKER, opened)
    return _Parts(bom, outside, [normalized(body) for body in bodies], place)


def _unpaired(marker: bytes, number: int) -> SentryError:
    partner = END_MARKER if marker == BEGIN_MARKER else BEGIN_MARKER
    return SentryError(
        f"managed block: Line {number} is '{marker.decode()}', and its partner is missing. Put the"
        f" line '{partner.decode()}' back, or remove line {number} and what is left of the block."
    )


def _line_end(lines: list[bytes]) -> bytes:
    """Return the line end of most lines, LF when there are as many of both."""
    ended = [line for line in lines if line.endswith(b"\n")]
    carriage_returns = sum(line.endswith(b"\r\n") for line in ended)
    return b"\r\n" if carriage_returns > len(ended) - carriage_returns else b"\n"
