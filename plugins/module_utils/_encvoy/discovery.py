# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: the endpoints that the server advertises."""

from __future__ import annotations

from typing import Any

from .._address import AddressError, parse, same_origin
from .errors import EncvoyError
from .session import Answer, Session

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
    """``issuer``, ``discovery_url``, the ``*_endpoint`` ones, and ``jwks_uri``.

    :raises EncvoyError: where a login would fail later (OpenID Connect Discovery 1.0, section 3
        and 4.3, https://openid.net/specs/openid-connect-discovery-1_0.html)
    """
    url = session.settings.url
    answers: dict[str, Answer] = {}
    for path in DISCOVERY_PATHS:
        answers[path] = session.send("read the discovery document", "GET", path)
        document = answers[path].fields()
        if answers[path].status == 200 and "issuer" in document:
            return _checked(session, url + path, document)
    seen = ", ".join(f"{url}{path} ({_described(answer)})" for path, answer in answers.items())
    advice = "Check url: it is the public address of Encvoy ID."
    if any(answer.status >= 500 for answer in answers.values()):
        advice = "The OIDC service of Encvoy ID is down: see that it runs, and run again."
    raise EncvoyError(f"No discovery document found. Tried {seen}. {advice}")


def _described(answer: Answer) -> str:
    if answer.status != 200:
        return str(answer.status)
    return "no JSON" if answer.json() is None else "JSON without an issuer"


def _checked(session: Session, where: str, document: dict[str, Any]) -> dict[str, str | None]:
    url = session.settings.url
    found: dict[str, str | None] = {name: _url(document, name, where) for name in ENDPOINTS}
    for name in OPTIONAL_ENDPOINTS:
        found[name] = _url(document, name, where) if document.get(name) else None
    issuer = _url(document, "issuer", where)
    if not same_origin(issuer, url):
        raise EncvoyError(
            f"The discovery document at {where} names the issuer {session.redact(issuer)!r}, which"
            f" does not fit url {url!r}. Set url to the server's public address, or correct the"
            " server's DOMAIN setting."
        )
    _check_servers(session, where, issuer, {n: found[n] or "" for n in ENDPOINTS})
    return {"issuer": issuer, "discovery_url": where, **found}


def _check_servers(session: Session, where: str, issuer: str, endpoints: dict[str, str]) -> None:
    """The client's secret and the users' tokens go to the endpoints."""
    plain = [name for name, value in endpoints.items() if value.startswith("http:")]
    if issuer.startswith("https:") and plain:
        raise EncvoyError(
            f"The discovery document at {where} has an https issuer but plain http in"
            f" {', '.join(plain)}. Logins would send tokens unencrypted or fail. Have the reverse"
            " proxy in front of Encvoy ID pass X-Forwarded-Proto: https."
        )
    for name, value in endpoints.items():
        if not same_origin(value, issuer):
            raise EncvoyError(
                f"The discovery document at {where} names the {name} {session.redact(value)!r},"
                f" which is on another server than the issuer {issuer!r}. Correct the server's"
                " DOMAIN setting, or the reverse proxy in front of it."
            )


def _url(document: dict[str, Any], name: str, where: str) -> str:
    value = document.get(name)
    try:
        if not isinstance(value, str) or parse(value).scheme not in ("http", "https"):
            raise AddressError("is none")
    except AddressError as error:
        raise EncvoyError(
            f"The discovery document at {where} has no usable {name}: it {error}. Check the"
            " server's DOMAIN setting."
        ) from None
    return value
