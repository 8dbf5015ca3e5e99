# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""discovery: which documents are good for logins, and the reasons against others."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.discovery import discover
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.errors import EncvoyError
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.session import (
    Answer,
    Session,
    Settings,
)
from tests.support.encvoy_server import EncvoyServer

DISCOVERY = "/.well-known/openid-configuration"


def discovered(here: EncvoyServer) -> dict[str, str | None]:
    with Session(Settings(here.url)) as session:
        found: dict[str, str | None] = discover(session)
    return found


def with_document(here: EncvoyServer, **change: Any) -> None:
    document = json.dumps({**discovered(here), **change})
    here.server.faults.add("GET", f"/oidc{DISCOVERY}", "wrong_shape", body=document)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"issuer": "https://other.example"}, "names the issuer 'https://other.example'"),
        ({"issuer": 5}, "has no usable issuer: it is none."),
        ({"issuer": "https://a..b"}, "has no usable issuer: it has two dots"),
        ({"token_endpoint": None}, "has no usable token_endpoint"),
        ({"jwks_uri": "/oidc/jwks"}, "has no usable jwks_uri"),
        ({"userinfo_endpoint": "ftp://a/x"}, "has no usable userinfo_endpoint"),
        (
            {"token_endpoint": "http://evil.example/t"},
            "names the token_endpoint 'http://evil.example/t'",
        ),
        ({"end_session_endpoint": "nope"}, "has no usable end_session_endpoint"),
    ],
)
def test_a_document_with_which_a_login_would_fail(
    encvoy: EncvoyServer, change: dict[str, Any], says: str
) -> None:
    with_document(encvoy, **change)
    with pytest.raises(EncvoyError) as caught:
        discovered(encvoy)
    assert says in str(caught.value)


def test_the_standard_port_may_be_spelled_out() -> None:
    """Reverse proxies that pass host and port do so."""

    class Answers:
        settings = Settings("https://id.example.com")

        def send(self, *_request: Any, **_parts: Any) -> Answer:
            at = "https://id.example.com:443/oidc"
            names = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")
            document = {"issuer": "https://ID.example.com", **dict.fromkeys(names, at)}
            return Answer(200, {}, json.dumps(document).encode())

    found = discover(Answers())
    assert found["token_endpoint"] == "https://id.example.com:443/oidc"


def test_a_service_that_is_down_is_not_taken_for_a_wrong_address(encvoy: EncvoyServer) -> None:
    encvoy.server.faults.add("GET", f"(/api|/oidc)?{DISCOVERY}", "status", status=502, times=0)
    encvoy.server.faults.add("GET", f"/api/oidc{DISCOVERY}", "status", status=502, times=0)
    with pytest.raises(EncvoyError) as caught:
        discovered(encvoy)
    assert str(caught.value).endswith(
        "The OIDC service of Encvoy ID is down: see that it runs, and run again."
    )


def test_no_end_of_sessions_is_no_fault(encvoy: EncvoyServer) -> None:
    with_document(encvoy, end_session_endpoint=None)
    assert discovered(encvoy)["end_session_endpoint"] is None
