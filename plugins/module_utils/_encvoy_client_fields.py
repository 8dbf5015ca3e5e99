# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: the fields of a client application, as one table, and pure functions over it.

Everything that depends on a field derives from the table: argument spec, validation, comparison, diff.
Nothing here does input or output.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

MASK = "********"
MASK_CHANGED = "******** (changed)"

_AUTH_METHODS = ("client_secret_basic", "client_secret_post", "client_secret_jwt", "none")
_RESPONSE_TYPES = ("code", "id_token", "code id_token", "code token", "code id_token token", "none")
# The column is a 32-bit integer; a larger number is never answered.
_LARGEST_TTL = 2**31 - 1
_READ_ONLY_OUTPUT = ("client_id", "created_at", "avatar", "cover", "parent_id")


@dataclass(frozen=True)
class Field:
    """One field of a client, under the server's name.

    ``kind`` decides type and checks. ``on_create`` says whether POST accepts (and keeps) it; the others take
    a PUT. ``longest`` is in characters. The order of a list never matters to the server.
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
_APPENDABLE = ("redirect_uris", "post_logout_redirect_uris")

_ANSIBLE_TYPES = {
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
    """The value in the form in which it is sent: lists without repetitions, colours without gaps."""
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


# --- Comparison ------------------------------------------------------------------------------------------


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
        if append and name in _APPENDABLE:
            value = [*(now or []), *value]
        if field.kind == "colors":
            # The server replaces the colours as a whole, so those not given are sent along.
            value = {**(now or {}), **value}
        found[name] = normalise(field, value)
    return found


def completed(desired: Mapping[str, Any], current: Mapping[str, Any]) -> dict[str, Any]:
    """The desired state, and the repair of a default that the server gets wrong.

    Without post_logout_redirect_uris it takes the origins of the redirect URIs, and the text "null" for one
    without an origin (a native application's own scheme); the OIDC side then rejects the client.
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
    """What to POST: the fields that POST takes and keeps, with a value. The others follow by PUT."""
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
    if field.kind == "text":
        # Stored apart, but nobody can see a difference between no description and an empty one.
        return (left or "") == (right or "")
    return bool(left == right)


def _lower(colors: Mapping[str, str] | None) -> dict[str, str]:
    return {name: str(value).lower() for name, value in (colors or {}).items()}


# --- Output ----------------------------------------------------------------------------------------------


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


# --- Validation ------------------------------------------------------------------------------------------

# A label of a host name: letters in lower case or beyond Latin-1's first half, digits, inner hyphens.
_LABEL = "[a-z0-9\u00a1-\U0010ffff](?:[-a-z0-9\u00a1-\U0010ffff]*[a-z0-9\u00a1-\U0010ffff])?"
_URL = re.compile(
    rf"[a-z0-9+.-]+://(?:[^\s/?#]+@)?{_LABEL}(?:\.{_LABEL})*\.?(?::[0-9]{{2,5}})?(?:[/?#]\S*)?"
)
_COLOR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_URL_LONGEST = 2000
_URL_EXPECTED = (
    "a URL as https://sentry.example.com/path: scheme and host in lower case, no underscore in the host,"
    " no IPv6 address, a port of two to five digits, no spaces, at most 2000 characters"
)


def option_faults(desired: Mapping[str, Any]) -> list[str]:
    """What is wrong with single values: what the server refuses, breaks on, or never answers."""
    faults: list[str] = []
    for name, value in desired.items():
        field = BY_NAME[name]
        faults += (f"{name}: {fault}" for fault in _CHECKS[field.kind](field, value))
    return faults


def client_faults(end: Mapping[str, Any], given: Iterable[str]) -> list[str]:
    """What the OIDC side would reject in the client as a whole, where one of the ``given`` fields has part in it.

    ``end`` is the client as it will be. The server stores such a client, and then refuses its logins.
    """
    given = set(given)
    return [fault for names, fault in _whole_faults(end) if given.intersection(names)]


def _whole_faults(end: Mapping[str, Any]) -> Iterable[tuple[tuple[str, ...], str]]:
    redirects = end.get("redirect_uris") or []
    grants = end.get("grant_types")
    responses = end.get("response_types")
    native = end.get("application_type") == "native"
    if not redirects and "redirect_uris" in end:
        yield ("redirect_uris",), "redirect_uris: the list is empty. Give at least one URI."
    for name in _APPENDABLE:
        for uri in end.get(name) or []:
            if "#" in uri:
                yield (name,), f"{name}: {uri!r} has a fragment (#…). Leave the fragment out."
            elif urlsplit(uri).scheme not in ("http", "https") and not native:
                yield (
                    (name, "application_type"),
                    f"{name}: {uri!r} is neither http nor https, which only a native application may use."
                    " Give an https URI, or set application_type to native.",
                )
    if grants is not None and responses is not None:
        wanted = [("code", "authorization_code"), ("id_token", "implicit"), ("token", "implicit")]
        for word, grant in wanted:
            users = [response for response in responses if word in response.split()]
            if users and grant not in grants:
                yield (
                    ("grant_types", "response_types"),
                    f"grant_types: response_types has {users[0]!r}, which needs {grant!r} in grant_types.",
                )
    hosts = sorted({urlsplit(uri).netloc for uri in redirects})
    if end.get("subject_type") == "pairwise" and len(hosts) > 1:
        yield (
            ("subject_type", "redirect_uris"),
            f"subject_type: pairwise needs all redirect_uris on one host, not {', '.join(hosts)}."
            " Use public, or a client for each host.",
        )


def _text_faults(field: Field, value: Any) -> list[str]:
    faults = _storable_faults(value)
    if field.longest and len(value) > field.longest:
        faults.append(
            f"{value!r} has {len(value)} characters, at most {field.longest} are allowed."
        )
    if field.name == "name":
        if not value:
            faults.append("it is empty. Give the client a name.")
        elif value[0].isspace() or value[0] == "\ufeff":
            faults.append(f"{value!r} begins with a space. Remove it.")
    return faults


def _storable_faults(value: str) -> list[str]:
    """The database takes neither NUL nor half a surrogate pair, and the server then never answers."""
    if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
        return ["it has a NUL or a broken character. Remove it."]
    return []


def _url_faults(_field: Field, value: Any) -> list[str]:
    faults = _storable_faults(value)
    if not faults and (len(value) > _URL_LONGEST or not _URL.fullmatch(value)):
        faults.append(
            f"{value[:200]!r} is not a URL that the server accepts. Give {_URL_EXPECTED}."
        )
    return faults


def _urls_faults(field: Field, value: Any) -> list[str]:
    return [fault for url in value for fault in _url_faults(field, url)]


def _words_faults(field: Field, value: Any) -> list[str]:
    faults = [
        f"{word!r} is not known to the server. Choose from {', '.join(field.choices)}."
        for word in value
        if word not in field.choices
    ]
    return faults or (
        [] if value else ["the list is empty, so that no login is possible. Give at least one."]
    )


def _ids_faults(_field: Field, value: Any) -> list[str]:
    return [
        f"{entry!r} is not a provider's number."
        for entry in value
        if not re.fullmatch("[0-9]+", entry)
    ]


def _choice_faults(field: Field, value: Any) -> list[str]:
    return [] if value in field.choices else [f"{value!r} is none of {', '.join(field.choices)}."]


def _seconds_faults(_field: Field, value: Any) -> list[str]:
    if 1 <= value <= _LARGEST_TTL:
        return []
    return [f"{value} is not a number of seconds from 1 to {_LARGEST_TTL}."]


def _secret_faults(field: Field, value: Any) -> list[str]:
    """Never shows the value. What is beyond printable ASCII is stored, and breaks the client (RFC 6749, A.2)."""
    if not value:
        return ["it is empty, which breaks the client. Leave it out to keep the present one."]
    if len(value) > field.longest:
        return [f"it has {len(value)} characters, at most {field.longest} are allowed."]
    if not all(" " <= character <= "~" for character in value):
        return ["it has a character beyond printable ASCII, which breaks the client. Use others."]
    return []


def _colors_faults(_field: Field, value: Any) -> list[str]:
    return [
        f"{color}: {code!r} is not a colour as #4C6AD4 or #fff."
        for color, code in value.items()
        if not _COLOR.fullmatch(code)
    ]


def _no_faults(_field: Field, _value: Any) -> list[str]:
    return []


_CHECKS = {
    "text": _text_faults,
    "url": _url_faults,
    "urls": _urls_faults,
    "words": _words_faults,
    "ids": _ids_faults,
    "choice": _choice_faults,
    "seconds": _seconds_faults,
    "secret": _secret_faults,
    "colors": _colors_faults,
    "flag": _no_faults,
    "reference": _no_faults,
}
