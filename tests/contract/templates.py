# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values with variables (``${sentry}``, ``${d*255}``) and patterns (``<time>``)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

VARIABLE = re.compile(r"\$\{([^}]+)\}")
PATTERN = re.compile(r"<(\w+)>")
PATTERNS = {
    "id": r"[A-Za-z0-9]{22}",
    "secret": r"[A-Za-z0-9]{87}",
    "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
    "uid": r"[\w-]{21}",
    "code": r"[\w-]{42}",
    "access_token": r"[\w-]{43}",
    "refresh_token": r"[\w-]{43}",
    "id_token": r"[\w-]+\.[\w-]+\.[\w-]+",
    "nickname": r"[A-Z][A-Za-z]+\d{4}",
}


def fill(value: Any, variables: Mapping[str, Any]) -> Any:
    """A value with its variables replaced; one that is a variable alone keeps that one's type."""
    if isinstance(value, Mapping):
        return {name: fill(item, variables) for name, item in value.items()}
    if isinstance(value, list):
        return [fill(item, variables) for item in value]
    if not isinstance(value, str):
        return value
    alone = VARIABLE.fullmatch(value)
    if alone:
        return _variable(alone.group(1), variables)
    return VARIABLE.sub(lambda match: str(_variable(match.group(1), variables)), value)


def _variable(name: str, variables: Mapping[str, Any]) -> Any:
    text, star, times = name.rpartition("*")
    return text * int(times) if star else variables[name]


def differences(expected: Any, found: Any, where: str = "body") -> list[str]:
    """How a value differs from the (filled) expected one; nothing when it fits."""
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        problems = [f"{where} lacks {name}" for name in expected if name not in found]
        problems += [f"{where} has {name}, too" for name in found if name not in expected]
        for name in expected.keys() & found.keys():
            problems += differences(expected[name], found[name], f"{where}.{name}")
        return problems
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        pairs = enumerate(zip(expected, found, strict=True))
        return [text for at, pair in pairs for text in differences(*pair, f"{where}[{at}]")]
    if isinstance(expected, str) and isinstance(found, str) and _fits(expected, found):
        return []
    same = expected == found and isinstance(expected, bool) == isinstance(found, bool)
    return [] if same else [f"{where} is {found!r} instead of {expected!r}"]


def _fits(expected: str, found: str) -> bool:
    pieces = PATTERN.split(expected)
    # Every second piece is the name of a pattern; an unknown one is just text in angle brackets.
    parts = [
        PATTERNS.get(piece, re.escape(f"<{piece}>")) if odd % 2 else re.escape(piece)
        for odd, piece in enumerate(pieces)
    ]
    return re.fullmatch("".join(parts), found, re.DOTALL) is not None
