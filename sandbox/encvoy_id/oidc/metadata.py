# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the OIDC side accepts a client as the management API stored it.

The two disagree: the API stores much that the OIDC side refuses, and such a client cannot be used
at all. Rules, their order and their texts are those of the OIDC library behind the real server
(oidc-provider 8.8.1, as the server patches it).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ada_url import URL

from ..web import urls

RESPONSE_TYPES = (
    "code token",
    "code id_token token",
    "code id_token",
    "code",
    "id_token",
    "none",
)
GRANT_TYPES = ("implicit", "authorization_code", "refresh_token")
AUTH_METHODS = (
    "client_secret_basic",
    "client_secret_post",
    "client_secret_jwt",
    "private_key_jwt",
    "none",
)
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
VISIBLE_ASCII = re.compile(r"[\x20-\x7e]*")
LISTS = ("grant_types", "post_logout_redirect_uris", "redirect_uris", "response_types")


class InvalidMetadata(Exception):
    """A client that the OIDC side refuses."""

    @property
    def error(self) -> str:
        """The error code of the answer."""
        about_redirects = str(self).startswith("redirect_uris")
        return "invalid_redirect_uri" if about_redirects else "invalid_client_metadata"


def check(client: Mapping[str, Any]) -> None:
    """Do nothing for a client that can be used.

    :raises InvalidMetadata: for one that cannot.
    """
    _check_mandatory(client)
    _check_strings(client)
    _check_choices(client)
    for label in ("post_logout_redirect_uris", "redirect_uris"):
        for uri in client[label]:
            _check_uri(client, label, uri)
    _check_flows(client)


def response_type(value: str) -> str:
    """A response type in the one form that all orders of its parts share."""
    return " ".join(sorted(set(value.split(" "))))


def listed(values: Iterable[str], word: str = "or") -> str:
    """Names in quotation marks, as English lists them: ``'a', 'b', or 'c'``."""
    quoted = [f"'{value}'" for value in values]
    if len(quoted) < 3:
        return f" {word} ".join(quoted)
    return f"{', '.join(quoted[:-1])}, {word} {quoted[-1]}"


def _check_mandatory(client: Mapping[str, Any]) -> None:
    method = client["token_endpoint_auth_method"]
    if method not in ("none", "private_key_jwt") and not client["client_secret"]:
        raise InvalidMetadata("client_secret is mandatory property")
    hosts = {_url("redirect_uris", uri).host for uri in client["redirect_uris"] if uri}
    if client["subject_type"] == "pairwise" and client["response_types"] and len(hosts) > 1:
        raise InvalidMetadata("sector_identifier_uri is mandatory property")
    if method == "private_key_jwt":
        raise InvalidMetadata("jwks or jwks_uri is mandatory for this client")


def _check_strings(client: Mapping[str, Any]) -> None:
    if not client["client_secret"]:
        raise InvalidMetadata("client_secret must be a non-empty string if provided")
    for name in LISTS:
        if not all(client[name]):
            raise InvalidMetadata(f"{name} must only contain strings")
    if not VISIBLE_ASCII.fullmatch(client["client_secret"]):
        raise InvalidMetadata("invalid client_secret value")


def _check_choices(client: Mapping[str, Any]) -> None:
    _check_members("grant_types", client["grant_types"], GRANT_TYPES)
    if client["id_token_signed_response_alg"] != "RS256":
        raise InvalidMetadata("id_token_signed_response_alg must be 'RS256'")
    types = [response_type(value) for value in client["response_types"]]
    _check_members("response_types", types, RESPONSE_TYPES)


def _check_members(name: str, values: Iterable[str], allowed: Iterable[str]) -> None:
    if not set(values) <= set(allowed):
        raise InvalidMetadata(f"{name} can only contain {listed(allowed)}")


def _check_flows(client: Mapping[str, Any]) -> None:
    grants, types = client["grant_types"], client["response_types"]
    if {"authorization_code", "implicit"} & set(grants) and not types:
        raise InvalidMetadata("response_types must contain members")
    if types and not client["redirect_uris"]:
        raise InvalidMetadata("redirect_uris must contain members")
    parts = {part for value in types for part in value.split(" ")}
    if "code" in parts and "authorization_code" not in grants:
        raise InvalidMetadata(
            "grant_types must contain 'authorization_code' when code is amongst response_types"
        )
    if parts & {"id_token", "token"} and "implicit" not in grants:
        raise InvalidMetadata(
            "grant_types must contain 'implicit' when 'id_token' or 'token' are amongst "
            "response_types"
        )


def _url(label: str, uri: str) -> URL:
    try:
        return urls.parse(uri)
    except ValueError as error:
        raise InvalidMetadata(f"{label} must only contain valid uris") from error


def _check_uri(client: Mapping[str, Any], label: str, uri: str) -> None:
    url = _url(label, uri)
    if url.hash:
        raise InvalidMetadata(f"{label} must not contain fragments")
    if client["application_type"] == "native":
        _check_native(label, url)
    else:
        _check_web(label, url, "implicit" in client["grant_types"])


def _check_web(label: str, url: URL, implicit: bool) -> None:
    if url.protocol not in ("http:", "https:"):
        raise InvalidMetadata(f"{label} must only contain web uris")
    start = f"{label} for web clients using implicit flow"
    if implicit and url.protocol == "http:":
        raise InvalidMetadata(f"{start} MUST only register URLs using the https scheme")
    if implicit and url.hostname == "localhost":
        raise InvalidMetadata(f"{start} must not be using localhost")


def _check_native(label: str, url: URL) -> None:
    if url.protocol == "http:" and url.hostname not in LOOPBACK:
        raise InvalidMetadata(
            f"{label} for native clients using http as a protocol can only use loopback addresses "
            "as hostnames"
        )
    if url.protocol == "https:" and url.hostname in LOOPBACK:
        raise InvalidMetadata(
            f"{label} for native clients using claimed HTTPS URIs must not be using "
            f"{url.hostname} as hostname"
        )


def allows_redirect(client: Mapping[str, Any], uri: str) -> bool:
    """Whether a redirect URI is a registered one: a trailing slash or a query makes two of one.

    The port of a loopback address does not matter to a native client.
    """
    if registered(client["redirect_uris"], uri):
        return True
    loopback = [f"http://{host}{end}" for host in LOOPBACK for end in (":", "/")]
    if client["application_type"] != "native" or not uri.startswith(tuple(loopback)):
        return False
    wanted = urls.without_port(uri)
    return wanted in [urls.without_port(known) for known in client["redirect_uris"]]


def registered(uris: Iterable[str], uri: str) -> bool:
    """Whether one of these URIs is the same URL."""
    wanted = urls.href(uri)
    return wanted is not None and wanted in [urls.href(known) for known in uris]
