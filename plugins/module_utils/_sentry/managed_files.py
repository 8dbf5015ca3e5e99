# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: how the site's files are to be, and the changes that takes.

Nothing here writes. A change never shows a line of the site's: only the managed block, or a file
that is the collection's own.
"""

from __future__ import annotations

import base64
import grp
import hashlib
import os
import pwd
from dataclasses import dataclass
from typing import Any

from .blocks import END, block_of, with_block, without_block
from .docker import SentryError
from .files import FileState, read_file

_MASKED = "(secret, not shown)\n"


@dataclass(frozen=True)
class Wish:
    """How a file is to be.

    :param path: relative to the Sentry folder
    :param block: text of the managed block; the rest of the file belongs to the site
    :param content: the whole file, None where only a block is managed
    :param secret: whether the content must not be shown
    :param position: where a new block goes, ``begin`` or ``end``
    :param begin_with: file (relative) with which a missing file begins
    :param shebang: first line of a missing file
    :param present: False: the block or the whole file is to go
    :param mode: permission bits, None: as they are, 0644 for a new file
    :param uid: None: as it is, that of this process for a new file
    """

    path: str
    block: bytes | None = None
    content: bytes | None = None
    secret: bool = False
    position: str = END
    begin_with: str | None = None
    shebang: bytes | None = None
    present: bool = True
    mode: int | None = None
    uid: int | None = None
    gid: int | None = None

    @property
    def is_own(self) -> bool:
        """Whether the whole file is the collection's."""
        return self.block is None and self.begin_with is None


@dataclass(frozen=True)
class Change:
    """What one file is and what it is to be.

    :param path: relative to the Sentry folder
    :param before: None when there is no file
    :param after: None when it is to be removed
    :param is_own: whether the whole file is the collection's
    :param is_secret: whether its content must not be shown
    """

    path: str
    before: FileState | None
    after: FileState | None
    is_own: bool = False
    is_secret: bool = False

    @property
    def is_needed(self) -> bool:
        """Whether the file is not yet as it is to be."""
        if self.before is None or self.after is None:
            return self.before is not self.after
        return not self.before.is_same(self.after)

    @property
    def is_of_content(self) -> bool:
        """Whether more than mode and owner changes."""
        if self.before is None or self.after is None:
            return self.before is not self.after
        return self.before.content != self.after.content


def parse_wish(option: dict[str, Any]) -> Wish:
    """Return one element of the option ``files``, checked.

    :raises SentryError: it cannot be meant
    """
    path = os.path.normpath(option["path"])
    if os.path.isabs(path) or path.split(os.sep)[0] in ("..", "."):
        raise SentryError(
            f"files: The path '{option['path']}' leads out of the Sentry folder. Give one that is"
            " relative to sentry_dir."
        )
    secret = option["secret_content"]
    text = option["content"] if secret is None else secret
    return Wish(
        path=path,
        block=_encoded(option["block"]),
        content=_encoded(text) if option["content_base64"] is None else _decoded(path, option),
        secret=secret is not None,
        position=option["position"],
        begin_with=option["begin_with"],
        shebang=_encoded(option["shebang"]),
        present=option["state"] == "present",
        mode=_parse_mode(path, option["mode"]),
        uid=_parse_id(path, "owner", option["owner"]),
        gid=_parse_id(path, "group", option["group"]),
    )


def plan(directory: str, wish: Wish) -> Change:
    """Return what the file is and what it is to be.

    :raises SentryError: the file cannot be read, its block is broken, or its example is missing
    """
    before = read_file(os.path.join(directory, wish.path))
    try:
        after = _desired(directory, wish, before)
    except SentryError as error:
        raise SentryError(f"{wish.path}: {error}") from None
    return Change(wish.path, before, after, wish.is_own, wish.secret)


def difference(change: Change) -> dict[str, str]:
    """Return what ``--diff`` shows of a change."""
    before, after = change.before, change.after
    shown = {
        "before_header": change.path,
        "after_header": change.path,
        "before": _shown(change, before),
        "after": _shown(change, after),
    }
    if _attributes(before) != _attributes(after):
        shown["before"] = _attributes(before) + shown["before"]
        shown["after"] = _attributes(after) + shown["after"]
    if change.is_secret and change.is_of_content and before and after:
        shown["after"] += "(another one than before)\n"
    return shown


def _desired(directory: str, wish: Wish, before: FileState | None) -> FileState | None:
    content = _desired_content(directory, wish, before.content if before else None)
    if content is None:
        return None
    mode, uid, gid = _owner_and_mode(before) if before else (0o644, os.geteuid(), os.getegid())
    return FileState(
        content,
        mode if wish.mode is None or not wish.present else wish.mode,
        uid if wish.uid is None or not wish.present else wish.uid,
        gid if wish.gid is None or not wish.present else wish.gid,
    )


def _desired_content(directory: str, wish: Wish, before: bytes | None) -> bytes | None:
    if not wish.present:
        return _remaining(wish, before)
    if wish.content is not None:
        return wish.content
    text = _beginning(directory, wish) if before is None else before
    return text if wish.block is None else with_block(text, wish.block, wish.position)


def _remaining(wish: Wish, before: bytes | None) -> bytes | None:
    """Return the file without its managed part, None when nothing of the site's is left."""
    if before is None or wish.is_own:
        return None
    rest = without_block(before)
    return None if rest.strip() in (b"", (wish.shebang or b"").strip()) else rest


def _beginning(directory: str, wish: Wish) -> bytes:
    if wish.begin_with is not None:
        example = read_file(os.path.join(directory, wish.begin_with))
        if example is None:
            raise SentryError(
                f"There is neither this file nor '{wish.begin_with}' to begin it with. Set"
                " sentry_dir to a checkout of self-hosted Sentry."
            )
        return example.content
    return b"" if wish.shebang is None else wish.shebang.rstrip() + b"\n"


def _shown(change: Change, state: FileState | None) -> str:
    if state is None:
        return ""
    if change.is_secret:
        return _MASKED
    if change.is_own:
        try:
            return state.content.decode("utf-8")
        except UnicodeDecodeError:
            return f"(no text, SHA-256 {hashlib.sha256(state.content).hexdigest()})\n"
    try:
        block = block_of(state.content)
    except SentryError:  # what stands behind a marker without a partner may be the site's
        block = None
    return "" if block is None else block.decode("utf-8", "replace") + "\n"


def _attributes(state: FileState | None) -> str:
    if state is None:
        return "(no file)\n"
    return f"(mode {state.mode:04o}, owner {state.uid}, group {state.gid})\n"


def _owner_and_mode(state: FileState) -> tuple[int, int, int]:
    return state.mode, state.uid, state.gid


def _encoded(text: str | None) -> bytes | None:
    return None if text is None else text.encode("utf-8", "surrogateescape")


def _decoded(path: str, option: dict[str, Any]) -> bytes:
    try:
        return base64.b64decode(option["content_base64"], validate=True)
    except ValueError:
        raise SentryError(
            f"files: The content_base64 of {path} is not Base64. Encode it with the filter"
            " b64encode."
        ) from None


def _parse_mode(path: str, mode: str | None) -> int | None:
    if mode is None:
        return None
    try:
        bits = int(mode, 8)
    except ValueError:
        bits = -1
    if not 0 <= bits <= 0o7777:
        raise SentryError(
            f"files: The mode '{mode}' of {path} is not octal. Give a quoted number such as '0644'."
        )
    return bits


def _parse_id(path: str, option: str, name: str | None) -> int | None:
    """Return the number of a user or group that is given by number or by name."""
    if name is None:
        return None
    if name.isdigit():
        return int(name)
    try:
        return pwd.getpwnam(name).pw_uid if option == "owner" else grp.getgrnam(name).gr_gid
    except KeyError:
        raise SentryError(
            f"files: The {option} '{name}' of {path} is not known on this host. Give its number."
        ) from None
