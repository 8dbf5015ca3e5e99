# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: what the server refuses, never answers, or stores and then rejects.

Pure functions over the fields of a client. Each fault is a sentence that names the option, the
value (never a secret), and what to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..._address import AddressError, parse
from .fields import BY_NAME, URI_LISTS, Field
from .plan import Plan

# The column is a 32-bit integer; a larger number is never answered.
_LARGEST_TTL = 2**31 - 1
_COLOR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_URL_LONGEST = 2000
# The server's own rule, beyond what parse says. The host is judged there.
_URL = re.compile(r"[a-z0-9+.-]+://(?:[^\s/?#]+@)?[^\s/?#@:\[\]A-Z_]+(?::[0-9]{2,5})?(?:[/?#]\S*)?")
_URL_EXPECTED = (
    "Give a URL, for example https://sentry.example.com/path: scheme and host in lower case, no"
    " underscore in the host, no IPv6 address, a port of two to five digits, no spaces, at most"
    f" {_URL_LONGEST} characters."
)
# The host names of this machine itself, which native applications listen on (RFC 8252, 7.3).
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


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
        faults += (f"{field.option}: {fault}" for fault in _CHECKS[field.kind](field, value))
    return faults


def plan_faults(plan: Plan) -> list[str]:
    """What the OIDC side would reject in the client as it will be, because of the given fields.

    The server stores such a client, and then refuses its logins.
    """
    if plan.end is None:
        return []
    return [fault for names, fault in _whole_faults(plan.end) if plan.given.intersection(names)]


def reasons(record: Mapping[str, Any]) -> list[str]:
    """Why a client that is there does not work, as far as its record tells."""
    return [fault for _names, fault in _whole_faults(record)]


_Fault = tuple[tuple[str, ...], str]


def _whole_faults(end: Mapping[str, Any]) -> Iterator[_Fault]:
    """Each fault, with the fields that it comes from."""
    redirects = end.get("redirect_uris") or []
    if not redirects and "redirect_uris" in end:
        yield ("redirect_uris",), "redirect_uris: the list is empty. Give at least one URI."
    for name in URI_LISTS:
        for uri in end.get(name) or []:
            yield from _uri_faults(name, uri, end)
    yield from _grant_faults(end)
    hosts = sorted({_host(uri) for uri in redirects})
    if end.get("subject_type") == "pairwise" and len(hosts) > 1:
        yield (
            ("subject_type", "redirect_uris"),
            f"subject_type: pairwise needs all redirect_uris on one host, not {', '.join(hosts)}."
            " Use public, or a client for each host.",
        )


def _uri_faults(name: str, uri: str, end: Mapping[str, Any]) -> Iterator[_Fault]:
    """What a redirect URI must be, by application type (OpenID Connect Registration 1.0, section 2,
    https://openid.net/specs/openid-connect-registration-1_0.html#ClientMetadata)."""
    scheme, start = uri.partition("://")[0], f"{name}: {uri!r}"
    native = end.get("application_type") == "native"
    implicit = "implicit" in (end.get("grant_types") or ())
    by_type, by_grant = (name, "application_type"), (name, "application_type", "grant_types")
    if "#" in uri:
        yield (name,), f"{start} has a fragment (#…). Leave the fragment out."
    elif scheme not in ("http", "https"):
        if not native:
            yield (
                by_type,
                f"{start} is neither http nor https, which only a native application may use. Give"
                " an https URI, or set application_type to native.",
            )
    elif _address_fault(uri):
        yield (name,), f"{start} is not an address: it {_address_fault(uri)}. {_URL_EXPECTED}"
    elif native and (scheme == "https") == (_host(uri) in _LOOPBACK):
        yield (
            by_type,
            f"{start} cannot be used by a native application: http is for localhost and 127.0.0.1"
            " only, and https for all others. Correct it, or set application_type to web.",
        )
    elif not native and implicit and (scheme == "http" or _host(uri) == "localhost"):
        yield (
            by_grant,
            f"{start} cannot be used with the grant type implicit, which takes https, and no"
            " localhost. Give such a URI, or leave implicit out of grant_types.",
        )


def _grant_faults(end: Mapping[str, Any]) -> Iterator[_Fault]:
    grants, responses = end.get("grant_types"), end.get("response_types")
    if grants is None or responses is None:
        return
    for word, grant in (
        ("code", "authorization_code"),
        ("id_token", "implicit"),
        ("token", "implicit"),
    ):
        users = [response for response in responses if word in response.split()]
        if users and grant not in grants:
            yield (
                ("grant_types", "response_types"),
                f"grant_types: response_types has {users[0]!r}, which needs {grant!r} in"
                f" grant_types. Add {grant!r}, or leave {users[0]!r} out.",
            )


def _address_fault(uri: str) -> str | None:
    try:
        parse(uri)
    except AddressError as error:
        return str(error)
    return None


def _host(uri: str) -> str:
    """The host of a URI, whatever is stored there."""
    try:
        return parse(uri).host
    except AddressError:
        return uri


def _text_faults(field: Field, value: Any) -> list[str]:
    faults = _storable_faults(value)
    if field.longest and len(value) > field.longest:
        faults.append(
            f"{value!r} has {len(value)} characters, at most {field.longest} are allowed. Shorten"
            " it."
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
    if faults:
        return faults
    reason = _address_fault(value)
    if reason is None and len(value) > _URL_LONGEST:
        reason = f"has {len(value)} characters"
    if reason is None and not _URL.fullmatch(value):
        reason = "has a form that the server refuses"
    if reason is None:
        return []
    return [f"{value[:200]!r} is not a URL that the server accepts: it {reason}. {_URL_EXPECTED}"]


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
        f"{entry!r} is not a provider's number. Give its digits."
        for entry in value
        if not re.fullmatch("[0-9]+", entry)
    ]


def _choice_faults(field: Field, value: Any) -> list[str]:
    expected = ", ".join(field.choices)
    return [] if value in field.choices else [f"{value!r} must be one of {expected}."]


def _seconds_faults(_field: Field, value: Any) -> list[str]:
    if 1 <= value <= _LARGEST_TTL:
        return []
    return [f"{value} is out of range. Give a number of seconds from 1 to {_LARGEST_TTL}."]


def _secret_faults(field: Field, value: Any) -> list[str]:
    """Never shows the value.

    What is beyond printable ASCII (RFC 6749, A.2) is stored, and breaks the client.
    """
    if not value:
        return ["it is empty, which breaks the client. Leave it out to keep the present one."]
    if len(value) > field.longest:
        return [f"it has {len(value)} characters, at most {field.longest} are allowed. Shorten it."]
    if not all(" " <= character <= "~" for character in value):
        return ["it has a character beyond printable ASCII, which breaks the client. Use others."]
    return []


def _colors_faults(_field: Field, value: Any) -> list[str]:
    return [
        f"{color}: {code!r} is not a colour. Give one, for example #4C6AD4 or #fff."
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
