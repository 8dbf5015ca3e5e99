# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's validators: each yields its messages for one field, in the server's words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..web.never_answered import NeverAnswered
from .errors import ApiError

Check = Callable[[str, Any], Iterator[str]]

LABEL = r"[a-z0-9\u00a1-\U0010ffff](?:-*[a-z0-9\u00a1-\U0010ffff])*"
# What JavaScript calls white space, as the inside of a character class.
SPACE = r"\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
URL = re.compile(
    r"[a-z0-9+.-]+://"  # scheme, in lower case, with both slashes
    rf"(?:[^{SPACE}]+@)?"  # user information
    rf"{LABEL}(?:\.{LABEL})*\.?"  # host: no underscore, no brackets, no capitals
    r"(?::[0-9]{2,5})?"
    rf"(?:[/?#][^{SPACE}]*)?"
)
LEADING_SPACE = re.compile(f"[{SPACE}]")


@dataclass(frozen=True)
class Field:
    """How one field of a request body is read: a conversion, then its checks."""

    checks: Sequence[Check] = ()
    optional: bool = True
    convert: Callable[[Any], Any] = lambda value: value


def text(field: str, value: Any) -> Iterator[str]:
    """A string."""
    if not isinstance(value, str):
        yield f"{field} must be a string"


def texts(field: str, value: Any) -> Iterator[str]:
    """A list of strings."""
    items = value if isinstance(value, list) else [value]
    if not all(isinstance(item, str) for item in items):
        yield f"each value in {field} must be a string"


def boolean(field: str, value: Any) -> Iterator[str]:
    """True or false."""
    if not isinstance(value, bool):
        yield f"{field} must be a boolean value"


def array(field: str, value: Any) -> Iterator[str]:
    """A list."""
    if not isinstance(value, list):
        yield f"{field} must be an array"


def one_of(*allowed: str) -> Check:
    """One of a few words."""

    def check(field: str, value: Any) -> Iterator[str]:
        if value not in allowed:
            yield f"{field} must be a valid enum value"

    return check


def at_least(length: int) -> Check:
    """A string of so many code points or more."""

    def check(field: str, value: Any) -> Iterator[str]:
        if not isinstance(value, str) or len(value) < length:
            yield f"{field} must be longer than or equal to {length} characters"

    return check


def at_most(length: int, *, each: bool = False) -> Check:
    """A string (with ``each``: every one of a list) of so many code points or fewer."""

    def check(field: str, value: Any) -> Iterator[str]:
        items = value if each and isinstance(value, list) else [value]
        if not all(isinstance(item, str) and len(item) <= length for item in items):
            start = f"each value in {field}" if each else field
            yield f"{start} must be shorter than or equal to {length} characters"

    return check


def no_leading_space(field: str, value: Any) -> Iterator[str]:
    """A string that starts with something visible."""
    if not isinstance(value, str) or not value or LEADING_SPACE.match(value):
        yield rf"{field} must match /^\S/ regular expression"


def any_url(field: str, value: Any) -> Iterator[str]:
    """A URL of any scheme, or a list of them (empty ones pass); throws at anything else."""
    if not isinstance(value, (str, list)):
        raise NeverAnswered(f"{field} is neither a string nor a list")
    items = [value] if isinstance(value, str) else [item for item in value if item]
    if not all(URL.fullmatch(str(item)) for item in items):
        yield f"Invalid URL format: {field} "


def split_commas(value: Any) -> Any:
    """A string becomes the list of its comma-separated parts."""
    return value.split(",") if isinstance(value, str) else value


def true_or_false(value: Any) -> Any:
    """The words ``true`` and ``false`` become the values."""
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def validate(body: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[str, Any]:
    """The body with its values converted; ApiError 400 that names everything wrong with it."""
    messages = [f"property {name} should not exist" for name in body if name not in fields]
    values = {name: fields[name].convert(value) for name, value in body.items() if name in fields}
    messages.extend(_messages(values, fields))
    if messages:
        raise ApiError(400, ", ".join(messages))
    return values


def _messages(values: Mapping[str, Any], fields: Mapping[str, Field]) -> Iterable[str]:
    for name, field in fields.items():
        value = values.get(name)
        if field.optional and value is None:
            continue
        for check in field.checks:
            yield from check(name, value)
