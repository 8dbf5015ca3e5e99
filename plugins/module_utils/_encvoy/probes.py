# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: whether the OIDC side accepts a client that the API has stored.

The API stores clients whose logins the OIDC side then refuses. The probes change nothing.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

from .errors import EncvoyError
from .session import Answer, Session

# A client with one of these authenticates by its secret alone.
_SECRET_METHODS = ("client_secret_basic", "client_secret_post")
_ASK_AUTHORIZATION = "ask the authorization endpoint about the client"
_ASK_TOKEN = "ask the token endpoint about the client's secret"  # noqa: S105 -- a sentence


def check_client(session: Session, record: Mapping[str, Any], every_uri: bool = False) -> list[str]:
    """Why logins of a client would fail; empty when they would begin.

    :param every_uri: probe each redirect URI. One that cannot be used breaks the whole client, so
        the first is enough to know whether the client works
    :raises EncvoyError: when the OIDC side cannot be asked
    """
    uris = record["redirect_uris"] if every_uri else record["redirect_uris"][:1]
    found = [_login_fault(session, record, uri) for uri in uris]
    return [fault for fault in (*found, _secret_fault(session, record)) if fault]


def accepts_secret(session: Session, record: Mapping[str, Any], secret: str) -> bool:
    """Whether the token endpoint accepts a secret; False also when it cannot be asked."""
    if record.get("token_endpoint_auth_method") not in _SECRET_METHODS:
        return False
    try:
        return probe_secret(session, record, secret) is None
    except EncvoyError:
        return False


def _login_fault(session: Session, record: Mapping[str, Any], uri: str) -> str | None:
    response_types = record.get("response_types") or ["code"]
    response_type = "code" if "code" in response_types else response_types[0]
    fault = probe_authorization(session, record["client_id"], uri, response_type)
    return fault and f"a login with the redirect URI {uri} is refused ({fault})"


def _secret_fault(session: Session, record: Mapping[str, Any]) -> str | None:
    if record.get("token_endpoint_auth_method") not in _SECRET_METHODS:
        return None
    fault = probe_secret(session, record, record["client_secret"])
    return fault and f"the token endpoint refuses the client's secret ({fault})"


def probe_authorization(
    session: Session, client_id: str, redirect_uri: str, response_type: str
) -> str | None:
    """Why the OIDC side would refuse a login of this client, or None when it would begin one."""
    params = {
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "response_type": response_type,
        "scope": "openid",
        # Required for an id_token in the answer of the authorization endpoint
        # (https://openid.net/specs/openid-connect-core-1_0.html#ImplicitAuthRequest).
        "nonce": "probe",
    }
    answer = session.send(_ASK_AUTHORIZATION, "GET", "/oidc/auth", params=params)
    session.forget_cookies()
    if 300 <= answer.status < 400:
        error = re.search(r"[?#&]error=([^&#]+)", answer.location)
        return session.redact(error.group(1)) if error else None
    if answer.status == 400:
        return session.redact(_page_reason(answer.text))
    raise _unanswered(session, _ASK_AUTHORIZATION, answer)


def _page_reason(page: str) -> str:
    """What the page of the OIDC side says: error and description, each in a line of its own."""
    lines = re.findall(r"error(?:_description)?</strong>: ([^<]+)", page)
    if lines:
        return ": ".join(html.unescape(line).strip() for line in lines)
    named = re.search(r"invalid_[a-z_]+|unauthorized_client|unsupported_[a-z_]+", page)
    return named.group() if named else "HTTP 400"


def probe_secret(session: Session, record: Mapping[str, Any], secret: str) -> str | None:
    """Why the token endpoint refuses this secret, or None when it accepts it.

    A made-up code lets the endpoint check the secret first and then fail with ``invalid_grant``.
    """
    form = {
        "grant_type": "authorization_code",
        "code": "probe",
        "redirect_uri": (record["redirect_uris"] or [""])[0],
        "client_id": record["client_id"],
        "client_secret": secret,
    }
    answer = session.send(_ASK_TOKEN, "POST", "/oidc/token", form=form, repeatable=True)
    document = answer.fields()
    error, description = document.get("error"), document.get("error_description")
    if not isinstance(error, str) or answer.status not in (400, 401):
        raise _unanswered(session, _ASK_TOKEN, answer)
    accepted = {"invalid_grant", "unauthorized_client"}
    if "authorization_code" not in (record.get("grant_types") or ["authorization_code"]):
        # Measured: the secret is checked first, then the grant type that this client may not use.
        accepted.add("invalid_request")
    if error in accepted:
        return None
    return session.redact(f"{error}: {description}" if description else error)


def _unanswered(session: Session, what: str, answer: Answer) -> EncvoyError:
    return EncvoyError(
        f"Could not {what}: {session.settings.url} answered {answer.status}. See that its OIDC"
        " service runs, and run again."
    )
