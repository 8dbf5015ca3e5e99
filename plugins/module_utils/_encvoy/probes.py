# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: whether the OIDC side accepts a client that the API has stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .discovery import (
    probe_authorization,
    probe_secret,
)
from .http import Session

_PROVABLE = ("client_secret_basic", "client_secret_post")


def check_client(
    session: Session, record: Mapping[str, Any], old_secret: str | None = None
) -> list[str]:
    """Why logins of a client would fail; empty when they would begin.

    ``old_secret`` is one that must not be accepted any more.
    """
    return [*_login_faults(session, record), *_secret_faults(session, record, old_secret)]


def _login_faults(session: Session, record: Mapping[str, Any]) -> list[str]:
    response_types = record.get("response_types") or ["code"]
    response_type = "code" if "code" in response_types else response_types[0]
    faults = []
    for uri in record["redirect_uris"]:
        fault = probe_authorization(session, record["client_id"], uri, response_type)
        if fault:
            reason = session.redact(fault)
            faults.append(f"a login with the redirect URI {uri} is refused ({reason})")
    return faults


def _secret_faults(
    session: Session, record: Mapping[str, Any], old_secret: str | None
) -> list[str]:
    if record.get("token_endpoint_auth_method") not in _PROVABLE:
        return []
    client_id, uri = record["client_id"], (record["redirect_uris"] or [""])[0]
    faults = []
    fault = probe_secret(session, client_id, record["client_secret"], uri)
    if fault:
        reason = session.redact(fault)
        faults.append(f"the token endpoint refuses the client's secret ({reason})")
    if old_secret and not probe_secret(session, client_id, old_secret, uri):
        faults.append("the token endpoint still accepts the old secret")
    return faults
