# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: what the server refuses, never answers, or stores and then rejects.

Pure functions over the fields of a client. Each fault is a sentence that names the option, the
value (never a secret), what was expected, and what to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from .fields import (
    BY_NAME,
    URI_LISTS,
    Field,
)

# The column is a 32-bit integer; a larger number is never answered.
_LARGEST_TTL = 2**31 - 1

# A label of a host name: letters in lower case or beyond Latin-1's first half, digits, inner
# hyphens.
_LABEL = "[a-z0-9\u00a1-\U0010ffff](?:[-a-z0-9\u00a1-\U0010ffff]*[a-z0-9\u00a1-\U0010ffff])?"
_URL = re.compile(
    rf"[a-z0-9+.-]+://(?:[^\s/?#]+@)?{_LABEL}(?:\.{_LABEL})*\.?(?::[0-9]{{2,5}})?(?:[/?#]\S*)?"
)
_COLOR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_URL_LONGEST = 2000
_URL_EXPECTED = (
    "a URL as https://sentry.example.com/path: scheme and host in lower case, no underscore in the"
    " host, no IPv6 address, a port of two to five digits, no spaces, at most 2000 characters"
)


def identity_faults(params: Mapping[str, Any]) -> list[str]:
    """What is missing to know which client is meant: its id, or name and domain."""
    if params["client_id"] is None:
        return [
            f"{name}: needed when client_id is not given. Give both name and domain, or client_id."
            for name in ("name", "domain")
            if not params[name]
        ]
    return [] if params["client_id"] else ["client_id: it is empty. Leave it out, or give an id."]


def option_faults(desired: Mapping[str, Any]) -> list[str]:
    """What is wrong with single values: what the server refuses, breaks on, or never answers."""
    faults: list[str] = []
    for name, value in desired.items():
        field = BY_NAME[name]
        faults += (f"{name}: {fault}" for fault in _CHECKS[field.kind](field, value))
    return faults


def client_faults(end: Mapping[str, Any], given: Iterable[str]) -> list[str]:
    """What the OIDC side would reject in the client as a whole, because of the ``given`` fields.

    ``end`` is the client as it will be. The server stores such a client, and then refuses its
    logins.
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
    for name in URI_LISTS:
        for uri in end.get(name) or []:
            if "#" in uri:
                yield (name,), f"{name}: {uri!r} has a fragment (#…). Leave the fragment out."
            elif _place(uri)[0] not in ("http", "https") and not native:
                yield (
                    (name, "application_type"),
                    f"{name}: {uri!r} is neither http nor https, which only a native application"
                    " may use. Give an https URI, or set application_type to native.",
                )
    if grants is not None and responses is not None:
        wanted = [("code", "authorization_code"), ("id_token", "implicit"), ("token", "implicit")]
        for word, grant in wanted:
            users = [response for response in responses if word in response.split()]
            if users and grant not in grants:
                yield (
                    ("grant_types", "response_types"),
                    f"grant_types: response_types has {users[0]!r}, which needs {grant!r} in"
                    " grant_types.",
                )
    hosts = sorted({_place(uri)[1] for uri in redirects})
    if end.get("subject_type") == "pairwise" and len(hosts) > 1:
        yield (
            ("subject_type", "redirect_uris"),
            f"subject_type: pairwise needs all redirect_uris on one host, not {', '.join(hosts)}."
            " Use public, or a client for each host.",
        )


def _place(uri: str) -> tuple[str, str]:
    """Scheme and host of a URI, whatever is stored there; urlsplit fails over some that exist."""
    scheme, _separator, rest = uri.partition("://")
    return scheme, re.split("[/?#]", rest, maxsplit=1)[0]


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
    """The database takes neither NUL nor half a surrogate pair; the server never answers."""
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
    """Never shows the value.

    What is beyond printable ASCII (RFC 6749, A.2) is stored, and breaks the client.
    """
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
