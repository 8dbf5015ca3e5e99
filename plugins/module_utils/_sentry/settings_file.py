# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: what stands in a site's sentry.conf.py.

Nothing of the site's own lines is handed on but the names of settings.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from . import blocks
from .file_text import block_digest, is_mount, line_ends, split_at_block, without_bom
from .files import read_file

_OIDC_SETTING = re.compile(r"[ \t]*(OIDC_\w+)[ \t]*(?::[^=\n]+)?=(?!=)")
# What Ansible's variable ansible_managed begins with, in any comment.
_MANAGED = re.compile(rb"^\s*#.*\bansible[ _]managed\b", re.I | re.M)


@dataclass(frozen=True)
class SettingsFile:
    """Sentry's settings.

    :param blocks: how many managed blocks there are
    :param site_oidc_settings: names of OIDC_* that are set outside of the managed block
    :param site_oidc_settings_after: those of them that are set behind it, and therefore count
    :param is_templated: whether a line of it says that Ansible manages the file as a whole
    :param set_aside: SHA-256 of the block that was taken out for a while, None where the file has
        changed since in another way, or one of Sentry's processes has started without the block
    """

    exists: bool = False
    block: str | None = None
    blocks: int = 0
    eol: str | None = None
    site_oidc_settings: tuple[str, ...] = ()
    site_oidc_settings_after: tuple[str, ...] = ()
    is_mount: bool = False
    is_templated: bool = False
    set_aside: str | None = None


def look_at_settings(path: str) -> SettingsFile:
    """Return what stands in the settings; raise SentryError when they cannot be read."""
    found = read_file(path)
    if found is None:
        return SettingsFile()
    block = block_digest(path, found)
    own_lines = blocks.without_block(found.content)
    before, rest = split_at_block(without_bom(found.content))
    names, behind = _oidc_names(before), _oidc_names(blocks.without_block(rest))
    return SettingsFile(
        exists=True,
        block=block,
        blocks=blocks.block_count(found.content),
        eol=line_ends(found.content),
        site_oidc_settings=tuple(sorted({*names, *behind})),
        site_oidc_settings_after=tuple(sorted(set(behind))),
        is_mount=is_mount(path),
        is_templated=_MANAGED.search(own_lines) is not None,
    )


def _oidc_names(text: bytes) -> list[str]:
    """Return the names of the OIDC_* settings that a piece of Python sets.

    A piece that this Python cannot read (it may be newer inside the container, or a statement may
    go on behind the block) is looked through line by line.
    """
    source = text.decode("utf-8", "replace")
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return [match.group(1) for match in map(_OIDC_SETTING.match, source.splitlines()) if match]
    return [name for name in _assigned(tree) if name.startswith("OIDC_")]


def _assigned(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.alias):
            yield node.asname or node.name
