# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: what needs no credentials: discovery, and two harmless probes."""

from __future__ import annotations

import re
from typing import Any

from .errors import EncvoyError
from .http import Answer, Session

# In this order: the first is the one the vendor's guides name, the second the one its proxy
# configuration serves, the third the OIDC service itself.
DISCOVERY_PATHS = (
    "/api/oidc/.well-known/openid-configuration",
    "/oidc/.well-known/openid-configuration",
    "/.well-known/openid-configuration",
)
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")
OPTIONAL_ENDPOINTS = ("end_session_endpoint",)


def discover(session: Session) -> dict[str, str | None]:
    """The endpoints that the server advertises, checked.

    Returns issuer, discovery_url, the ``*_endpoint`` ones, and jwks_uri.
    """
    seen = []
    for path in DISCOVERY_PATHS:
        answer = session.send("read the discovery document", "GET", path)
        document = answer.json()
        if answer.status == 200 and isinstance(document, dict) and "issuer" in document:
            return _checked(session.settings.url, path, document)
        seen.append(f"{session.settings.url}{path} ({_described(answer)})")
    raise EncvoyError(
        "No discovery document found. Tried " + ", ".join(seen) + "."
        " Check url: it is the public address of Encvoy ID."
    )


def _described(answer: Answer) -> str:
    if answer.status != 200:
        return str(answer.status)
    return "no JSON" if answer.json() is None else "JSON without an issuer"


def _checked(url: str, path: str, document: dict[str, Any]) -> dict[str, str | None]:
    where = url + path
    found: dict[str, str | None] = {
        "issuer": _text(document, "issuer", where),
        "discovery_url": where,
    }
    issuer = found["issuer"] or ""
    if issuer.rstrip("/") != url and not issuer.startswith(url + "/"):
        raise EncvoyError(
            f"The discovery document at {where} names the issuer {issuer!r}, which does not fit url"
            f" {url!r}. Set url to the server's public address, or correct the server's DOMAIN"
            " setting."
        )
    for name in ENDPOINTS:
        found[name] = _text(document, name, where)
    for name in OPTIONAL_ENDPOINTS:
        found[name] = _text(document, name, where) if document.get(name) else None
    if issuer.startswith("https:"):
        plain = [name for name in ENDPOINTS if (found[name] or "").startswith("http:")]
        if plain:
            raise EncvoyError(
                f"The discovery document at {where} has an https issuer but plain http in"
                f" {', '.join(plain)}. Logins would send tokens unencrypted or fail. Have the"
                " reverse proxy in front of Encvoy ID pass X-Forwarded-Proto: https."
            )
    return found


def _text(document: dict[str, Any], name: str, where: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value.startswith(("http://", "https://")):
        raise EncvoyError(f"The discovery document at {where} has no usable {name}.")
    return value


def probe_authorization(
    session: Session, client_id: str, redirect_uri: str, response_type: str
) -> str | None:
    """Why the OIDC side would refuse a login of this client, or None when it would begin one."""
    answer = session.send(
        "probe the client's metadata",
        "GET",
        "/oidc/auth",
        params={
            "client_id": client_id,
            "redirect_uri": redirect_uri,
            "response_type": response_type,
            "scope": "openid",
            # Required for an id_token in the answer of the authorization endpoint (OIDC Core,
            # 3.2.2.1).
            "nonce": "probe",
        },
    )
    if 300 <= answer.status < 400:
        error = re.search(r"[?#&]error=([^&#]+)", answer.location)
        return error.group(1) if error else None
    if answer.status == 400:
        named = re.search(r"invalid_[a-z_]+|unauthorized_client|unsupported_[a-z_]+", answer.text)
        return named.group() if named else "HTTP 400"
    raise EncvoyError(
        f"Could not probe the client's metadata: the server answered {answer.status}."
    )


def probe_secret(session: Session, client_id: str, secret: str, redirect_uri: str) -> str | None:
    """Why the token endpoint refuses this secret (``invalid_client``), or None when it accepts it.

    A made-up code lets the endpoint check the secret first and then fail with ``invalid_grant``.
    """
    answer = session.send(
        "probe the client's secret",
        "POST",
        "/oidc/token",
        form={
            "grant_type": "authorization_code",
            "code": "probe",
            "redirect_uri": redirect_uri,
            "client_id": client_id,
            "client_secret": secret,
        },
        repeatable=True,
    )
    document = answer.json()
    error = document.get("error") if isinstance(document, dict) else None
    if not isinstance(error, str) or answer.status not in (400, 401):
        raise EncvoyError(
            f"Could not probe the client's secret: the server answered {answer.status}."
        )
    # Without the grant type the secret is checked all the same, only the complaint is another.
    return None if error in ("invalid_grant", "unauthorized_client") else error
