# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: the fields of a client application: one table, and pure functions.

Everything that depends on a field derives from the table: argument spec, validation, comparison,
diff. Nothing here does input or output.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MASK = "********"
MASK_CHANGED = "******** (changed)"

_AUTH_METHODS = ("client_secret_basic", "client_secret_post", "client_secret_jwt", "none")
_RESPONSE_TYPES = ("code", "id_token", "code id_token", "code token", "code id_token token", "none")
_READ_ONLY_OUTPUT = ("client_id", "created_at", "avatar", "cover", "parent_id")


@dataclass(frozen=True)
class Field:
    """One field of a client, under the server's name.

    ``kind`` decides type and checks. ``on_create`` says whether POST accepts (and keeps) it; the
    others take a PUT. ``longest`` is in characters. The order of a list never matters to the
    server.
    """

    name: str
    kind: str
    on_create: bool = True
    choices: tuple[str, ...] = ()
    longest: int = 0

    @property
    def is_list(self) -> bool:
        return self.kind in ("urls", "words", "ids")


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
    # The server stores PS256 as well, and then refuses every login of the client.
    Field("id_token_signed_response_alg", "choice", choices=("RS256",)),
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
    # POST accepts mini_widget and forgets it.
    Field("mini_widget", "flag", on_create=False),
    Field("cover_mode", "choice", on_create=False, choices=("", "INHERIT", "REPLACE")),
    Field("show_avatar_in_widget", "flag", on_create=False),
    Field("hide_widget_header", "flag", on_create=False),
    Field("hide_widget_footer", "flag", on_create=False),
    Field("hide_widget_create_account", "flag", on_create=False),
    Field("hide_avatars_of_big_providers", "flag", on_create=False),
    Field("required_providers_ids", "ids", on_create=False),
    Field("widget_title", "text", on_create=False),
    Field("widget_info", "text", on_create=False),
    Field("widget_info_out", "text", on_create=False),
    Field("widget_colors", "colors", on_create=False),
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
    spec = {}
    for field in FIELDS:
        option: dict[str, Any] = dict(_ANSIBLE_TYPES.get(field.kind, {"type": "str"}))
        if field.choices:
            option["choices"] = list(field.choices)
        # Said in full, because Ansible guesses from names such as access_token_ttl.
        option["no_log"] = field.kind == "secret"
        spec[field.name] = option
    return spec


def desired_from(params: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that the task gives, normalised."""
    return {
        field.name: normalise(field, params[field.name])
        for field in FIELDS
        if params.get(field.name) is not None
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


# --- Comparison -----------------------------------------------------------------------------------


def changes(
    desired: Mapping[str, Any], current: Mapping[str, Any], append: bool = False
) -> dict[str, Any]:
    """What to send so that ``current`` becomes ``desired``: only the fields that differ.

    With ``append`` the redirect URIs that are there already are kept.
    """
    return {
        name: value
        for name, value in targets(desired, current, append).items()
        if not same(BY_NAME[name], value, current.get(name))
    }


def targets(
    desired: Mapping[str, Any], current: Mapping[str, Any], append: bool = False
) -> dict[str, Any]:
    """The wanted end state of each given field: lists appended where asked, colours completed."""
    found = {}
    for name, value in desired.items():
        field, now = BY_NAME[name], current.get(name)
        if append and name in URI_LISTS:
            value = [*(now or []), *value]
        if field.kind == "colors":
            # The server replaces the colours as a whole, so those not given are sent along.
            value = {**(now or {}), **value}
        found[name] = normalise(field, value)
    return found


def completed(desired: Mapping[str, Any], current: Mapping[str, Any]) -> dict[str, Any]:
    """The desired state, and the repair of a default that the server gets wrong.

    Without post_logout_redirect_uris it takes the origins of the redirect URIs, and the text "null"
    for one without an origin (a native application's own scheme); the OIDC side then rejects the
    client.
    """
    name = "post_logout_redirect_uris"
    present = current.get(name) or []
    if name not in desired and "null" in present:
        return {
            **desired,
            name: normalise(BY_NAME[name], [uri for uri in present if uri != "null"]),
        }
    return dict(desired)


def creation(desired: Mapping[str, Any]) -> dict[str, Any]:
    """What to POST: what POST takes and keeps, with a value. The rest follows by PUT."""
    return {
        name: value
        for name, value in desired.items()
        if BY_NAME[name].on_create and value not in (None, [])
    }


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


# --- Output ---------------------------------------------------------------------------------------


def public(record: Mapping[str, Any]) -> dict[str, Any]:
    """The client as the modules return it: known fields in a fixed order, and never the secret."""
    names = [*_READ_ONLY_OUTPUT, *(field.name for field in FIELDS if field.kind != "secret")]
    return {name: record[name] for name in sorted(names) if name in record}


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The ``diff`` of a task. A changed secret is visible as a change, its value is not."""
    shown_before, shown_after = dict(before), dict(after)
    for shown, mask in ((shown_before, MASK), (shown_after, MASK_CHANGED)):
        for name in shown:
            field = BY_NAME.get(name)
            if field and field.kind == "secret":
                shown[name] = mask
    return {
        "before": {name: shown_before[name] for name in sorted(shown_before)},
        "after": {name: shown_after[name] for name in sorted(shown_after)},
    }
