# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: the fields of a client application: one table, and pure functions.

Everything that depends on a field derives from the table: argument spec, validation, comparison,
diff.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MASK = "********"
MASK_CHANGED = "******** (changed)"

# The option that the fields of the login page are suboptions of.
WIDGET = "widget"
_AUTH_METHODS = ("client_secret_basic", "client_secret_post", "client_secret_jwt", "none")
_RESPONSE_TYPES = ("code", "id_token", "code id_token", "code token", "code id_token token", "none")
# The server signs id tokens in one way only. It stores others, and then refuses every login.
_READ_ONLY_OUTPUT = (
    *("client_id", "created_at", "avatar", "cover", "parent_id"),
    "id_token_signed_response_alg",
)


@dataclass(frozen=True)
class Field:
    """One field of a client, under the server's name.

    :param kind: decides type and checks
    :param on_create: whether POST accepts (and keeps) it; the others take a PUT
    :param longest: in characters
    :param widget: its name as a suboption of ``widget``; for others, the option has the field's
        name
    """

    name: str
    kind: str
    on_create: bool = True
    choices: tuple[str, ...] = ()
    longest: int = 0
    widget: str = ""

    @property
    def option(self) -> str:
        """The option as people write it."""
        return f"{WIDGET}.{self.widget}" if self.widget else self.name

    @property
    def is_list(self) -> bool:
        """Whether it is a list. The order of a list never matters to the server."""
        return self.kind in ("urls", "words", "ids")


def _widget(name: str, kind: str, widget: str, choices: tuple[str, ...] = ()) -> Field:
    return Field(name, kind, on_create=False, choices=choices, widget=widget)


FIELDS = (
    Field("name", "text", longest=50),
    Field("domain", "url"),
    Field("description", "text", longest=255),
    Field("redirect_uris", "urls"),
    Field("post_logout_redirect_uris", "urls"),
    Field("grant_types", "words", choices=("authorization_code", "implicit", "refresh_token")),
    Field("response_types", "words", choices=_RESPONSE_TYPES),
    Field("token_endpoint_auth_method", "choice", choices=_AUTH_METHODS),
    Field("introspection_endpoint_auth_method", "choice", choices=_AUTH_METHODS),
    Field("revocation_endpoint_auth_method", "choice", choices=_AUTH_METHODS),
    Field("subject_type", "choice", choices=("public", "pairwise")),
    Field("request_uris", "urls"),
    Field("catalog", "flag"),
    Field("authorize_only_admins", "flag"),
    Field("authorize_only_employees", "flag"),
    Field("require_auth_time", "flag"),
    Field("require_signed_request_object", "flag"),
    Field("type_id", "reference", on_create=False),
    Field("application_type", "choice", on_create=False, choices=("web", "native")),
    Field("access_token_ttl", "seconds", on_create=False),
    Field("refresh_token_ttl", "seconds", on_create=False),
    Field("client_secret", "secret", on_create=False, longest=255),
    Field("required_providers_ids", "ids", on_create=False),
    # POST accepts mini_widget and forgets it.
    _widget("mini_widget", "flag", "mini"),
    _widget("cover_mode", "choice", "cover_mode", choices=("", "INHERIT", "REPLACE")),
    _widget("show_avatar_in_widget", "flag", "show_avatar"),
    _widget("hide_widget_header", "flag", "hide_header"),
    _widget("hide_widget_footer", "flag", "hide_footer"),
    _widget("hide_widget_create_account", "flag", "hide_create_account"),
    _widget("hide_avatars_of_big_providers", "flag", "hide_avatars_of_big_providers"),
    _widget("widget_title", "text", "title"),
    _widget("widget_info", "text", "info"),
    _widget("widget_info_out", "text", "info_out"),
    _widget("widget_colors", "colors", "colors"),
)
BY_NAME = {field.name: field for field in FIELDS}
COLORS = ("font_color", "link_color", "button_color")
# The lists that redirect_uris_mode is about.
URI_LISTS = ("redirect_uris", "post_logout_redirect_uris")

_ANSIBLE_TYPES: dict[str, dict[str, Any]] = {
    "flag": {"type": "bool"},
    "seconds": {"type": "int"},
    "urls": {"type": "list", "elements": "str"},
    "words": {"type": "list", "elements": "str"},
    "ids": {"type": "list", "elements": "str"},
    "colors": {"type": "dict", "options": {color: {"type": "str"} for color in COLORS}},
}


def argument_spec() -> dict[str, dict[str, Any]]:
    """The fields as Ansible options. None has a default: what is not given is left alone."""
    spec = {field.name: _option(field) for field in FIELDS if not field.widget}
    widget = {field.widget: _option(field) for field in FIELDS if field.widget}
    return {**spec, WIDGET: {"type": "dict", "options": widget}}


def _option(field: Field) -> dict[str, Any]:
    option: dict[str, Any] = dict(_ANSIBLE_TYPES.get(field.kind, {"type": "str"}))
    if field.choices:
        option["choices"] = list(field.choices)
    # Said in full, because Ansible guesses from names such as access_token_ttl.
    option["no_log"] = field.kind == "secret"
    return option


def desired_from(params: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that the task gives, normalised."""
    widget = params.get(WIDGET) or {}
    given = {
        field.name: widget.get(field.widget) if field.widget else params.get(field.name)
        for field in FIELDS
    }
    return {
        name: normalise(BY_NAME[name], value) for name, value in given.items() if value is not None
    }


def normalise(field: Field, value: Any) -> Any:
    """The value in the form in which it is sent: no repetitions in lists, no gaps in colours."""
    if value is None:
        return None
    if field.is_list:
        return list(dict.fromkeys(value))
    if field.kind == "colors":
        return {color: value[color] for color in value if value[color] is not None}
    if field.kind == "reference":
        # The server knows "no type" only as null; an empty text is never answered.
        return value or None
    return value


def same(field: Field, left: Any, right: Any) -> bool:
    """Whether two values mean the same to the server."""
    if field.is_list:
        return set(left or ()) == set(right or ())
    if field.kind == "colors":
        return _lower(left) == _lower(right)
    if field.kind in ("text", "reference"):
        # Stored apart, but nobody can tell no description from an empty one.
        return (left or "") == (right or "")
    return bool(left == right)


def _lower(colors: Mapping[str, str] | None) -> dict[str, str]:
    return {name: str(value).lower() for name, value in (colors or {}).items()}


def public(record: Mapping[str, Any]) -> dict[str, Any]:
    """The client as the modules return it: known fields in a fixed order, and never the secret."""
    names = [*_READ_ONLY_OUTPUT, *(field.name for field in FIELDS if field.kind != "secret")]
    return {name: record[name] for name in sorted(names) if name in record}


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The ``diff`` of a task. A changed secret is visible as a change, its value is not."""
    return {"before": _masked(before, MASK), "after": _masked(after, MASK_CHANGED)}


def _masked(record: Mapping[str, Any], mask: str) -> dict[str, Any]:
    secret = {name for name in record if name in BY_NAME and BY_NAME[name].kind == "secret"}
    return {name: mask if name in secret else record[name] for name in sorted(record)}
