# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Codes, tokens and logging out: what the recorded exchanges do not show."""

from __future__ import annotations

import base64
import hashlib
import re

import httpx
import pytest

from tests.contract.conftest import CALLBACK, PASSWORDS, Simulator
from tests.contract.login import code_of, obtain_code, system_login

VERIFIER = "v" * 60
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode()[:-1]


def _redeemed(simulator: Simulator, query: dict[str, str], form: dict[str, str]) -> httpx.Response:
    client = simulator.application()
    asked = {
        "client_id": client["client_id"],
        "response_type": "code",
        "redirect_uri": CALLBACK,
        "scope": "openid",
    }
    with simulator.browser() as browser:
        code = code_of(obtain_code(browser, asked | query, "alice", PASSWORDS["alice"]))
    sent = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "client_id": client["client_id"],
        "client_secret": client["client_secret"],
    }
    return simulator.http.post("/oidc/token", data=sent | form)


@pytest.mark.parametrize(
    ("challenge", "verifier", "status"),
    [
        (CHALLENGE, VERIFIER, 200),
        (CHALLENGE, "w" * 60, 400),
        (CHALLENGE, None, 400),
        (None, VERIFIER, 400),
        (None, None, 200),
    ],
)
def test_pkce_is_optional_but_binding(
    simulator: Simulator, challenge: str | None, verifier: str | None, status: int
) -> None:
    s256 = {"code_challenge": challenge, "code_challenge_method": "S256"} if challenge else {}
    sent = {"code_verifier": verifier} if verifier else {}
    assert _redeemed(simulator, s256, sent).status_code == status


def test_offline_access_alone_brings_no_refresh_token(simulator: Simulator) -> None:
    scope = {"scope": "openid offline_access"}
    assert "refresh_token" not in _redeemed(simulator, scope, {}).json()
    asked = scope | {"prompt": "consent"}
    assert "refresh_token" in _redeemed(simulator, asked, {}).json()


def test_a_code_is_for_its_own_client_only(simulator: Simulator) -> None:
    other = simulator.application()
    form = {"client_id": other["client_id"], "client_secret": other["client_secret"]}
    assert _redeemed(simulator, {}, form).json()["error"] == "invalid_grant"


def test_introspection_tells_a_client_about_its_own_tokens(simulator: Simulator) -> None:
    client, other = simulator.application(), simulator.application()
    token = simulator.tokens(client, "alice", "openid")["access_token"]
    answers = [
        simulator.http.post(
            "/oidc/token/introspection",
            data={"token": token},
            auth=(asking["client_id"], asking["client_secret"]),
        ).json()
        for asking in (client, other)
    ]
    assert answers[0]["active"]
    assert answers[0]["sub"] == "4"
    assert answers[1] == {"active": False}


def test_a_revoked_token_is_dead(simulator: Simulator) -> None:
    client = simulator.application()
    token = simulator.tokens(client, "alice", "openid")["access_token"]
    simulator.http.post(
        "/oidc/token/revocation",
        data={"token": token},
        auth=(client["client_id"], client["client_secret"]),
    )
    header = {"authorization": f"Bearer {token}"}
    assert simulator.http.get("/oidc/me", headers=header).json()["error"] == "invalid_token"


def test_logging_out_ends_the_tokens_of_the_session(simulator: Simulator) -> None:
    where = (simulator.server.url, simulator.server.settings.system_client_id)
    tokens = system_login(simulator.http, *where, "root", PASSWORDS["root"])
    query = {"client_id": where[1], "post_logout_redirect_uri": where[0]}
    page = simulator.http.get("/oidc/session/end", params=query).text
    xsrf = re.search(r'name="xsrf" value="([^"]+)"', page)
    assert xsrf is not None
    form = {"xsrf": xsrf.group(1), "logout": "yes"}
    answer = simulator.http.post("/oidc/session/end/confirm", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, where[0])
    header = {"authorization": f"Bearer {tokens['access_token']}"}
    assert simulator.http.get("/api/v1/users/me", headers=header).status_code == 401


def test_a_logout_elsewhere_than_registered_is_refused(simulator: Simulator) -> None:
    system = simulator.server.settings.system_client_id
    query = {"client_id": system, "post_logout_redirect_uri": "https://evil.example"}
    assert simulator.http.get("/oidc/session/end", params=query).status_code == 400
