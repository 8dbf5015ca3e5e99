# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""login: what a login leaves behind, and the reasons of those that fail."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy import login
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.errors import EncvoyError
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.session import (
    Answer,
    Session,
    Settings,
)
from tests.support.encvoy_server import PASSWORDS, EncvoyServer


@pytest.fixture
def session(encvoy: EncvoyServer) -> Iterator[Session]:
    with Session(Settings(encvoy.url)) as opened:
        yield opened


@pytest.mark.parametrize("password", [PASSWORDS["root"], "wrong"])
def test_the_browser_session_is_forgotten(
    encvoy: EncvoyServer, session: Session, password: str
) -> None:
    """Later requests are to be nobody's: with its cookies, a probe would answer for the account."""
    system = login.find_system_client_id(session)
    try:
        login.log_in(session, system, "root", password)
    except EncvoyError:
        assert password == "wrong"
    assert list(session._client.cookies.jar) == []
    assert password in session.secrets


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("/oidc/auth/x", "/oidc/auth/x"),
        ("https://id.example.com/code?code=1", "/code"),
        ("https://id.example.com:443/code", "/code"),
        ("https://ID.example.com/code", "/code"),
        ("//id.example.com/code", "/code"),
    ],
)
def test_redirects_on_the_same_server(location: str, path: str) -> None:
    here = Session(Settings("https://id.example.com"))
    assert login._followed(here, "try", Answer(303, {"location": location}, b"")) == path


@pytest.mark.parametrize(
    ("location", "says"),
    [
        ("https://evil.example/code", "leads to https://evil.example. Set url"),
        ("http://id.example.com/code", "leads to http://id.example.com. Set url"),
        ("https://id.example.com:8443/code", "leads to https://id.example.com:8443. Set url"),
        ("https://id.example.com@evil.example/", "leads to https://id.example.com@evil.example."),
        ("http://[x", "redirects to 'http://[x', which is no address"),
        ("https://id.example.com:99999/x", "leads to https://id.example.com:99999."),
        ("mailto:x", "leads to mailto://."),
        ("", "answered 303 instead of a redirect"),
    ],
)
def test_redirects_to_elsewhere(location: str, says: str) -> None:
    here = Session(Settings("https://id.example.com"))
    with pytest.raises(EncvoyError) as caught:
        login._followed(here, "try", Answer(303, {"location": location}, b""))
    assert says in str(caught.value)


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_that_is_down_is_not_taken_for_a_missing_setting(
    encvoy: EncvoyServer, session: Session, status: int
) -> None:
    encvoy.server.faults.add("GET", "/config.js", "status", status=status, times=0)
    with pytest.raises(EncvoyError, match=f"answered {status}. See that the server runs"):
        login.find_system_client_id(session)


def test_a_service_that_is_down_is_named(encvoy: EncvoyServer, session: Session) -> None:
    encvoy.server.faults.add("GET", "/oidc/auth", "status", status=502, times=0)
    with pytest.raises(EncvoyError, match="answered 502, so its OIDC service is down"):
        login.log_in(session, "x", "root", "x")


def test_a_spent_refresh_token_is_told_with_the_way_out(
    encvoy: EncvoyServer, session: Session
) -> None:
    system = encvoy.server.settings.system_client_id
    token = login.log_in(session, system, "root", PASSWORDS["root"], offline=True).refresh_token
    assert token
    login.refresh(session, system, token)
    with pytest.raises(EncvoyError) as caught:
        login.refresh(session, system, token)
    assert "The refresh token is spent, revoked or expired" in str(caught.value)
    assert str(caught.value).endswith("Log in with login and password.")
    assert token not in str(caught.value)


@pytest.mark.parametrize(
    "body", ["[]", "5", '{"access_token": 5}', '{"access_token": ""}', "<html>"]
)
def test_a_strange_token_is_an_error(encvoy: EncvoyServer, session: Session, body: str) -> None:
    encvoy.server.faults.add("POST", "/oidc/token", "status", status=200, body=body)
    with pytest.raises(EncvoyError, match="no token in the answer"):
        login.refresh(session, "x", "x")
