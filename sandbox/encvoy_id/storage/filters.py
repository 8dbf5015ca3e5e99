# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clients API's ``filter`` parameter (a Prisma ``where`` object) as an SQL condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

BOOLEANS = {
    "catalog",
    "mini_widget",
    "authorize_only_admins",
    "authorize_only_employees",
    "show_avatar_in_widget",
    "hide_avatars_of_big_providers",
    "hide_widget_header",
    "hide_widget_footer",
    "hide_widget_create_account",
    "require_auth_time",
    "require_signed_request_object",
}
NUMBERS = {"access_token_ttl", "refresh_token_ttl"}
LISTS = {
    "required_providers_ids",
    "redirect_uris",
    "post_logout_redirect_uris",
    "grant_types",
    "request_uris",
    "response_types",
}
NULLABLE = {"avatar", "cover", "description", "domain", "name", "type_id", "parent_id"}
STRINGS = NULLABLE | {
    "cover_mode",
    "created_at",
    "widget_title",
    "widget_info",
    "widget_info_out",
    "client_id",
    "client_secret",
    "application_type",
    "id_token_signed_response_alg",
    "subject_type",
    "token_endpoint_auth_method",
    "introspection_endpoint_auth_method",
    "revocation_endpoint_auth_method",
}
FIELDS = BOOLEANS | NUMBERS | LISTS | STRINGS
COMPARISONS = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


class FilterError(Exception):
    """A filter that the real server's database layer throws at (so that it never answers)."""


@dataclass(frozen=True)
class Condition:
    """A piece of SQL and the values of its placeholders."""

    sql: str
    values: tuple[Any, ...] = ()


EVERYTHING = Condition("1")


def all_of(conditions: Sequence[Condition], operator: str = "AND") -> Condition:
    """Several conditions joined by AND (or another operator)."""
    if not conditions:
        return EVERYTHING if operator == "AND" else Condition("0")
    return Condition(
        "(" + f" {operator} ".join(condition.sql for condition in conditions) + ")",
        tuple(value for condition in conditions for value in condition.values),
    )


def column(field: str) -> str:
    """The SQL expression of a client's field; ``client_id`` is a real column with an index."""
    return "client_id" if field == "client_id" else f"json_extract(doc, '$.{field}')"


def where(conditions: Mapping[str, Any]) -> Condition:
    """The condition for a whole ``filter`` object."""
    return all_of([_term(field, wanted) for field, wanted in conditions.items()])


def _term(field: str, wanted: Any) -> Condition:
    if field in ("AND", "OR", "NOT"):
        parts = wanted if isinstance(wanted, list) else [wanted]
        joined = all_of([where(_object(part)) for part in parts], "OR" if field == "OR" else "AND")
        return Condition(f"NOT {joined.sql}", joined.values) if field == "NOT" else joined
    if field not in FIELDS:
        raise FilterError(field)
    if field in LISTS:
        return _list_term(field, wanted)
    operations = wanted if isinstance(wanted, dict) else {"equals": wanted}
    fold = operations.get("mode") == "insensitive"
    return all_of(
        [
            _operation(field, name, value, fold)
            for name, value in operations.items()
            if name != "mode"
        ]
    )


def _operation(field: str, name: str, value: Any, fold: bool) -> Condition:
    expression = f"lower({column(field)})" if fold else column(field)
    if name in ("equals", "not"):
        _check(field, value)
        negated = " NOT" if name == "not" else ""
        return Condition(f"{expression} IS{negated} ?", (_folded(value, fold),))
    if name in ("in", "notIn"):
        if not isinstance(value, list):
            raise FilterError(name)
        marks = ", ".join("?" * len(value))
        negated = " NOT" if name == "notIn" else ""
        return Condition(f"{expression}{negated} IN ({marks})", tuple(value))
    if name in COMPARISONS:
        _check(field, value)
        return Condition(f"{expression} {COMPARISONS[name]} ?", (value,))
    patterns = {"contains": "%{}%", "startsWith": "{}%", "endsWith": "%{}"}
    if name in patterns and isinstance(value, str) and field in STRINGS:
        return like(field, patterns[name].format(value), fold)
    raise FilterError(name)


def like(field: str, pattern: str, fold: bool = True) -> Condition:
    """PostgreSQL's LIKE (ILIKE with ``fold``): the pattern's ``%``, ``_`` and backslash count."""
    return Condition(f"pg_like({column(field)}, ?, ?)", (pattern, int(fold)))


def _list_term(field: str, wanted: Any) -> Condition:
    operations = _object(wanted) if isinstance(wanted, dict) else {"equals": wanted}
    return all_of([_list_operation(field, name, value) for name, value in operations.items()])


def _list_operation(field: str, name: str, value: Any) -> Condition:
    members = f"SELECT value FROM json_each(doc, '$.{field}')"
    if name == "has" and isinstance(value, str):
        return Condition(f"? IN ({members})", (value,))
    if name == "isEmpty" and isinstance(value, bool):
        return Condition(f"(json_array_length(doc, '$.{field}') = 0) = ?", (value,))
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise FilterError(name)
    if name in ("hasEvery", "hasSome"):
        each = [Condition(f"? IN ({members})", (item,)) for item in value]
        return all_of(each, "AND" if name == "hasEvery" else "OR")
    if name == "equals":
        length = Condition(f"json_array_length(doc, '$.{field}') = ?", (len(value),))
        each = [
            Condition(f"json_extract(doc, '$.{field}[{index}]') = ?", (item,))
            for index, item in enumerate(value)
        ]
        return all_of([length, *each])
    raise FilterError(name)


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise FilterError(repr(value))
    return value


def _check(field: str, value: Any) -> None:
    kind = bool if field in BOOLEANS else int if field in NUMBERS else str
    if value is None and field in NULLABLE:
        return
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise FilterError(field)


def _folded(value: Any, fold: bool) -> Any:
    return value.lower() if fold and isinstance(value, str) else value
