# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""probes: the right answers for each kind of client, and the reasons of wrong ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy import probes
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.errors import EncvoyError
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.session import Session, Settings
from tests.support.encvoy_server import SENTRY, EncvoyServer

URI = SENTRY["redirect_uris"][0]
PAGE = (
    "<pre><strong>error</strong>: invalid_client_metadata</pre><pre>"
    "<strong>error_description</strong>: redirect_uris &quot;must&quot; be good</pre>"
)


@pytest.fixture
def session(encvoy: EncvoyServer) -> Iterator[Session]:
    with Session(Settings(encvoy.url)) as opened:
        yield opened


@pytest.mark.parametrize(
    "kind",
    [
        {},
        {"token_endpoint_auth_method": "client_secret_post"},
        {"token_endpoint_auth_method": "client_secret_jwt"},
        {"token_endpoint_auth_method": "none"},
        {"response_types": ["code id_token"], "grant_types": ["authorization_code", "implicit"]},
        {"response_types": ["code", "none"]},
    ],
)
def test_a_client_that_works(encvoy: EncvoyServer, session: Session, kind: dict[str, Any]) -> None:
    assert probes.check_client(session, encvoy.client(**kind), every_uri=True) == []


@pytest.mark.parametrize("grants", [["implicit"], ["refresh_token"], ["implicit", "refresh_token"]])
def test_a_client_without_codes_is_asked_for_its_secret_all_the_same(
    encvoy: EncvoyServer, session: Session, grants: list[str]
) -> None:
    """Measured: with the right secret, the complaint is about the grant type."""
    answer = (
        '{"error": "invalid_request", "error_description": "requested grant type is not allowed"}'
    )
    encvoy.server.faults.add("POST", "/oidc/token", "status", status=400, body=answer, times=2)
    kind = {"response_types": ["id_token"], "grant_types": grants}
    client = encvoy.client(**kind)
    assert probes.probe_secret(session, client, client["client_secret"]) is None
    other = {**client, "grant_types": ["authorization_code"]}
    assert probes.probe_secret(session, other, client["client_secret"]) == (
        "invalid_request: requested grant type is not allowed"
    )


def test_a_wrong_secret(encvoy: EncvoyServer, session: Session) -> None:
    client = encvoy.client()
    assert probes.accepts_secret(session, client, client["client_secret"])
    assert not probes.accepts_secret(session, client, "wrong")
    (fault,) = probes.check_client(session, {**client, "client_secret": "wrong"})
    assert fault.startswith("the token endpoint refuses the client's secret (invalid_client: ")


@pytest.mark.parametrize("method", ["none", "client_secret_jwt"])
def test_a_secret_that_is_not_sent_is_not_asked_about(
    encvoy: EncvoyServer, session: Session, method: str
) -> None:
    client = encvoy.client(token_endpoint_auth_method=method)
    assert not probes.accepts_secret(session, client, client["client_secret"])
    assert encvoy.calls("/oidc/token") == []


def test_one_request_for_a_client_or_one_for_each_uri(
    encvoy: EncvoyServer, session: Session
) -> None:
    client = encvoy.client()
    probes.check_client(session, client)
    assert encvoy.calls("/oidc/auth") == ["GET /oidc/auth"]
    probes.check_client(session, client, every_uri=True)
    assert encvoy.calls("/oidc/auth") == ["GET /oidc/auth"] * 3


@pytest.mark.parametrize(
    ("status", "body", "location", "reason"),
    [
        (303, "", "https://x.example/api/interaction/x", None),
        (303, "", f"{URI}?error=invalid_scope&state=x", "invalid_scope"),
        (303, "", f"{URI}#error=unsupported_response_type", "unsupported_response_type"),
        (400, PAGE, "", 'invalid_client_metadata: redirect_uris "must" be good'),
        (400, "<p>unauthorized_client</p>", "", "unauthorized_client"),
        (400, "nothing to read", "", "HTTP 400"),
    ],
)
def test_what_the_authorization_endpoint_says(
    encvoy: EncvoyServer,
    session: Session,
    status: int,
    body: str,
    location: str,
    reason: str | None,
) -> None:
    headers = {"location": location} if location else {}
    encvoy.server.faults.add(
        "GET", "/oidc/auth", "status", status=status, body=body, headers=headers
    )
    assert probes.probe_authorization(session, "x", URI, "code") == reason


@pytest.mark.parametrize("status", [200, 404, 502])
def test_an_endpoint_that_cannot_be_asked_is_an_error(
    encvoy: EncvoyServer, session: Session, status: int
) -> None:
    client = encvoy.client()
    for method, path in (("GET", "/oidc/auth"), ("POST", "/oidc/token")):
        encvoy.server.faults.add(method, path, "status", status=status, times=0)
    with pytest.raises(EncvoyError, match=f"answered {status}. See that its OIDC service runs"):
        probes.probe_authorization(session, client["client_id"], URI, "code")
    with pytest.raises(EncvoyError, match=f"answered {status}. See that its OIDC service runs"):
        probes.probe_secret(session, client, "x")
    assert not probes.accepts_secret(session, client, client["client_secret"])


def test_a_probe_leaves_no_browser_session(encvoy: EncvoyServer, session: Session) -> None:
    probes.check_client(session, encvoy.client())
    assert list(session._client.cookies.jar) == []


def test_an_echo_of_the_secret_is_not_shown(encvoy: EncvoyServer, session: Session) -> None:
    session.secrets.add("planted-secret")
    body = '{"error": "invalid_client", "error_description": "planted-secret is wrong"}'
    encvoy.server.faults.add("POST", "/oidc/token", "status", status=401, body=body)
    fault = probes.probe_secret(session, encvoy.client(), "planted-secret")
    assert fault == "invalid_client: ******** is wrong"
