# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the OIDC side accepts a client as the management API stored it.

The two disagree: the API stores much that the OIDC side refuses, and such a client cannot be used
at all. Rules and texts are those of the OIDC library behind the real server.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

RESPONSE_TYPES = (
    "code token",
    "code id_token token",
    "code id_token",
    "code",
    "id_token",
    "none",
)
GRANT_TYPES = ("implicit", "authorization_code", "refresh_token")
AUTH_METHODS = ("client_secret_basic", "client_secret_post", "client_secret_jwt", "none")
LOOPBACK = ("localhost", "127.0.0.1", "::1")
VISIBLE_ASCII = re.compile(r"[\x20-\x7e]+")


class InvalidMetadata(Exception):
    """A client that the OIDC side refuses, with the error code of its answer."""

    def __init__(self, description: str, error: str = "invalid_client_metadata") -> None:
        super().__init__(description)
        self.error = error


def check(client: Mapping[str, Any]) -> None:
    """InvalidMetadata for a client that the OIDC side cannot use."""
    _check_secret(client)
    _check_types(client)
    _check_redirect_uris(client)
    _check_post_logout_redirect_uris(client)
    if client["id_token_signed_response_alg"] != "RS256":
        raise InvalidMetadata("id_token_signed_response_alg must be 'RS256'")
    hosts = {urlsplit(uri).hostname for uri in client["redirect_uris"]}
    if client["subject_type"] == "pairwise" and len(hosts) > 1:
        raise InvalidMetadata(
            "sector_identifier_uri is required when using multiple hosts in your redirect_uris"
        )


def _check_secret(client: Mapping[str, Any]) -> None:
    method = client["token_endpoint_auth_method"]
    if method == "private_key_jwt":
        raise InvalidMetadata("jwks or jwks_uri is mandatory for this client")
    if method not in AUTH_METHODS:
        raise InvalidMetadata("invalid token_endpoint_auth_method value")
    if method == "none":
        return
    if not client["client_secret"]:
        raise InvalidMetadata("client_secret is mandatory property")
    if not VISIBLE_ASCII.fullmatch(client["client_secret"]):
        raise InvalidMetadata("invalid client_secret value")


def _check_types(client: Mapping[str, Any]) -> None:
    grants, responses = client["grant_types"], client["response_types"]
    _check_members("grant_types", grants, GRANT_TYPES)
    _check_members("response_types", responses, RESPONSE_TYPES)
    parts = {part for response in responses for part in response.split()}
    if "code" in parts and "authorization_code" not in grants:
        raise InvalidMetadata("grant_types must contain 'authorization_code' when code is allowed")
    if parts & {"id_token", "token"} and "implicit" not in grants:
        raise InvalidMetadata(
            "grant_types must contain 'implicit' when 'id_token' or 'token' are included"
        )


def _check_members(name: str, values: Iterable[str], allowed: Iterable[str]) -> None:
    values = list(values)
    if not values:
        raise InvalidMetadata(f"{name} must contain members")
    if not set(values) <= set(allowed):
        raise InvalidMetadata(f"{name} can only contain {', '.join(map(repr, allowed))}")


def _check_redirect_uris(client: Mapping[str, Any]) -> None:
    if not client["redirect_uris"]:
        raise InvalidMetadata("redirect_uris must contain members", "invalid_redirect_uri")
    for uri in client["redirect_uris"]:
        parts = _web_or_native("redirect_uris", uri)
        if client["application_type"] == "web":
            _check_web_redirect(client, parts)
        elif parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise InvalidMetadata(
                "redirect_uris for native clients using http as a protocol can only use loopback "
                "addresses as hostnames",
                "invalid_redirect_uri",
            )


def _check_web_redirect(client: Mapping[str, Any], parts: SplitResult) -> None:
    if parts.scheme not in ("http", "https"):
        raise InvalidMetadata(
            "redirect_uris must only contain valid web uris", "invalid_redirect_uri"
        )
    insecure = parts.scheme == "http" or parts.hostname == "localhost"
    if "implicit" in client["grant_types"] and insecure:
        raise InvalidMetadata(
            "redirect_uris for web clients using implicit flow MUST only register URLs using the "
            "https scheme, and not localhost",
            "invalid_redirect_uri",
        )


def _check_post_logout_redirect_uris(client: Mapping[str, Any]) -> None:
    for uri in client["post_logout_redirect_uris"]:
        parts = _web_or_native("post_logout_redirect_uris", uri)
        if client["application_type"] == "web" and parts.scheme not in ("http", "https"):
            raise InvalidMetadata("post_logout_redirect_uris must only contain web uris")


def _web_or_native(name: str, uri: str) -> SplitResult:
    error = "invalid_redirect_uri" if name == "redirect_uris" else "invalid_client_metadata"
    try:
        parts = urlsplit(uri)
    except ValueError as problem:
        raise InvalidMetadata(f"{name} must only contain valid uris", error) from problem
    if not parts.scheme:
        raise InvalidMetadata(f"{name} must only contain valid uris", error)
    if "#" in uri:
        raise InvalidMetadata(f"{name} must not contain fragments", error)
    return parts


def same_uri(one: str, other: str) -> bool:
    """Whether two redirect URIs are the same URL: a trailing slash or a query makes two."""
    return _canonical(one) == _canonical(other)


def _canonical(uri: str) -> tuple[str, ...]:
    """A URL without the differences that mean nothing: case of the host, the default port."""
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return (uri,)
    if port == {"http": 80, "https": 443}.get(parts.scheme):
        port = None
    path = parts.path or ("/" if parts.scheme in ("http", "https") else "")
    user = parts.netloc.rpartition("@")[0]
    host = parts.hostname or ""
    return (parts.scheme, user, host, str(port), path, parts.query, parts.fragment)
