# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""credentials: which token a request carries, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.credentials import Credentials
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.errors import EncvoyError
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.session import Session, Settings
from tests.support.encvoy_server import PASSWORDS, EncvoyServer

ACCOUNT = ("root", PASSWORDS["root"])


@pytest.fixture
def session(encvoy: EncvoyServer) -> Iterator[Session]:
    with Session(Settings(encvoy.url)) as opened:
        yield opened


def test_a_given_token_is_used_and_left_alone(encvoy: EncvoyServer, session: Session) -> None:
    credentials = Credentials(session, access_token="given", account=ACCOUNT)
    assert credentials.header() == "Bearer given"
    assert credentials.close() is None
    assert encvoy.calls() == []


def test_it_logs_in_once_and_only_when_a_token_is_needed(
    encvoy: EncvoyServer, session: Session
) -> None:
    credentials = Credentials(session, account=ACCOUNT)
    assert encvoy.calls() == []
    assert credentials.header() == credentials.header()
    assert not credentials.renew()
    assert encvoy.calls("/oidc/token") == ["POST /oidc/token"]
    assert credentials.close() is None
    assert encvoy.calls("/oidc/token")[1:] == ["POST /oidc/token/revocation"]


def test_a_refused_token_is_renewed_where_there_is_an_account(session: Session) -> None:
    assert not Credentials(session, access_token="old").renew()
    with_account = Credentials(session, access_token="old", account=ACCOUNT)
    assert with_account.renew()
    assert with_account.header() != "Bearer old"


def test_that_it_cannot_be_revoked_is_told(encvoy: EncvoyServer, session: Session) -> None:
    credentials = Credentials(session, account=ACCOUNT)
    credentials.header()
    encvoy.server.faults.add("POST", "/oidc/token/revocation", "status", status=503, times=0)
    problem = credentials.close()
    assert problem
    assert problem.startswith("Could not revoke the token: the server answered 503.")
    assert problem.endswith("expires by itself.")


def test_the_system_client_is_looked_for_once(encvoy: EncvoyServer, session: Session) -> None:
    credentials = Credentials(session)
    assert {credentials.system_client_id() for _time in range(2)} == {
        encvoy.server.settings.system_client_id
    }
    assert encvoy.calls() == ["GET /config.js"]
    assert Credentials(session, "given").system_client_id() == "given"


def test_a_login_that_fails_is_an_error(session: Session) -> None:
    with pytest.raises(EncvoyError, match="Could not log in as 'root'"):
        Credentials(session, account=("root", "wrong")).header()
