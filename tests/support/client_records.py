# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clients at random, for the tests of what holds for each of them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.clients import fields

URLS = st.sampled_from([f"https://{host}.example/{path}" for host in "abc" for path in ("", "1")])
COLORS = st.sampled_from(["#fff", "#FFF", "#4C6AD4", "#4c6ad4", "#000"])
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": st.text(max_size=50),
    "url": URLS,
    "urls": st.lists(URLS, max_size=4),
    "ids": st.lists(st.sampled_from(["1", "2", "3"]), max_size=4),
    "flag": st.booleans(),
    "seconds": st.integers(1, 2**31 - 1),
    "secret": st.text("abc", min_size=1, max_size=5),
    "reference": st.sampled_from(["", "t1", "t2"]),
    "colors": st.fixed_dictionaries({}, optional=dict.fromkeys(fields.COLORS, COLORS)),
}


def _value_of(field: fields.Field) -> st.SearchStrategy[Any]:
    if field.kind == "words":
        return st.lists(st.sampled_from(field.choices), max_size=4)
    return st.sampled_from(field.choices) if field.kind == "choice" else VALUES[field.kind]


_OPTIONS = {field.name: _value_of(field) for field in fields.FIELDS if not field.widget}
_WIDGET = {field.widget: _value_of(field) for field in fields.FIELDS if field.widget}
# What a task gives, what is made of it, and what the server has.
PARAMS = st.fixed_dictionaries(
    {}, optional={**_OPTIONS, "widget": st.none() | st.fixed_dictionaries({}, optional=_WIDGET)}
)
DESIRED = PARAMS.map(fields.desired_from)
CURRENT = st.fixed_dictionaries(
    {field.name: st.none() | _value_of(field) for field in fields.FIELDS}
)
