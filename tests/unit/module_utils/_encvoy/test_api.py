# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""api: who a request is from, whatever else runs meanwhile, and what an error says."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy import session as sessions
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.api import Api
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.credentials import Credentials
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.errors import EncvoyError
from sandbox.encvoy_id import Settings
from tests.support.encvoy_server import PASSWORDS, EncvoyServer, encvoy_server


@contextmanager
def api(here: EncvoyServer, account: str = "root") -> Iterator[Api]:
    with sessions.Session(sessions.Settings(url=here.url, timeout=5)) as session:
        yield Api(session, Credentials(session, access_token=here.tokens[account]))


def test_parallel_runs_keep_their_identities() -> None:
    """The server keeps the identity of a request where others on the same route overwrite it."""
    mixed_up: list[str] = []

    def ask(account: str) -> None:
        with api(here, account) as mine:
            for _question in range(5):
                try:
                    answered = mine.get("ask who I am", "/users/me")["login"]
                except EncvoyError as error:
                    answered = str(error)
                if answered != account:
                    mixed_up.append(f"{account} was answered as {answered}")

    with encvoy_server(Settings(shared_identity=True, hang_seconds=1)) as here:
        threads = [threading.Thread(target=ask, args=(account,)) for account in PASSWORDS]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert mixed_up == []


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (401, '{"errorCode": "translation.errors.T3E0068"}', "Run encvoy_login again"),
        (403, '{"message": "Forbidden resource", "errorCode": null}', "role does not allow it"),
        (403, '{"errorCode": "translation.errors.T3E0026"}', "role does not reach it"),
        (400, '{"errorCode": "translation.errors.T3E0067"}', "must not be changed"),
        (400, '{"message": "name must be a string", "errorCode": null}', "name must be a string"),
        (400, '{"message": ["a", "b"], "errorCode": 5}', "400 (['a', 'b'])."),
        (404, "<html>nothing here</html>", "the server answered 404."),
        (418, "[]", "the server answered 418."),
        (
            500,
            '{"details": "OIDC service is down"}',
            "(OIDC service is down). The server or what stands behind it is in trouble: see",
        ),
    ],
)
def test_an_error_says_what_to_do(encvoy: EncvoyServer, status: int, body: str, says: str) -> None:
    """By status and code: the text is in whatever language the server is set to."""
    encvoy.server.faults.add("GET", "/api/v1/users/me", "status", status=status, body=body, times=0)
    with api(encvoy) as mine, pytest.raises(EncvoyError) as caught:
        mine.get("ask who I am", "/users/me")
    assert str(caught.value).startswith(f"Could not ask who I am: the server answered {status}")
    assert says in str(caught.value)


@pytest.mark.parametrize("code", ["null", '"translation.errors.T3E0026"'])
def test_the_role_that_is_needed_is_the_one_of_the_request(encvoy: EncvoyServer, code: str) -> None:
    body = f'{{"message": "Forbidden resource", "errorCode": {code}}}'
    encvoy.server.faults.add("PUT", "/api/v1/settings", "status", status=403, body=body)
    with api(encvoy) as mine, pytest.raises(EncvoyError, match=r"takes the role owner of all\.$"):
        mine.put("set it", "/settings", {}, role="owner of all")


def test_a_redirect_is_an_error_that_says_where_to(encvoy: EncvoyServer) -> None:
    elsewhere = {"location": "https://id.example.com/login"}
    encvoy.server.faults.add("GET", "/api/v1/users/me", "status", status=301, headers=elsewhere)
    with (
        api(encvoy) as mine,
        pytest.raises(EncvoyError, match=r"leads to https://id\.example\.com"),
    ):
        mine.get("ask who I am", "/users/me")


@pytest.mark.parametrize("body", ['{"a": 1}', '["x"]', "5", '"text"'])
def test_rows_are_objects(encvoy: EncvoyServer, body: str) -> None:
    encvoy.server.faults.add("GET", "/api/v1/clients", "wrong_shape", body=body)
    with api(encvoy) as mine, pytest.raises(EncvoyError, match="not a list of objects"):
        list(mine.pages("list", "/clients", "client_id", {}))
