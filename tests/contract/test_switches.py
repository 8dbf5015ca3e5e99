# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of the simulator that make it another deployment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.encvoy_id import Settings, create_app, running_server
from sandbox.encvoy_id.seed import SeedError
from tests.contract.conftest import NO_TLS, PASSWORDS, SEED, Simulator
from tests.contract.login import system_login

CONFIGURATION = ".well-known/openid-configuration"


def test_discovery_is_where_the_real_server_has_it(simulator: Simulator) -> None:
    found = {
        path: simulator.http.get(f"{path}/{CONFIGURATION}").status_code
        for path in ("/api/oidc", "/oidc", "")
    }
    assert found == {"/api/oidc": 404, "/oidc": 200, "": 200}
    document = simulator.http.get(f"/oidc/{CONFIGURATION}").json()
    assert document["issuer"] == simulator.server.url
    assert document["token_endpoint"] == f"{simulator.server.url}/oidc/token"


def test_some_deployments_route_api_oidc(start: Callable[..., Simulator]) -> None:
    simulator = start(route_api_oidc=True)
    document = simulator.http.get(f"/api/oidc/{CONFIGURATION}").json()
    assert document["authorization_endpoint"] == f"{simulator.server.url}/oidc/auth"


def test_a_proxy_may_make_endpoints_http_under_an_https_issuer(
    start: Callable[..., Simulator],
) -> None:
    simulator = start(http_endpoints=True, domain="https://id.example.com")
    document = simulator.http.get(f"/oidc/{CONFIGURATION}").json()
    assert document["issuer"] == "https://id.example.com"
    assert document["jwks_uri"].startswith("http://")


def test_the_system_client_is_named_to_everybody(simulator: Simulator) -> None:
    script = simulator.http.get("/config.js").text
    assert script.startswith("window.ENV_CONFIG = {")
    assert f"CLIENT_ID: '{simulator.server.settings.system_client_id}'" in script


def test_everything_survives_a_restart(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, domain="https://id.example.com", seed=SEED)
    with running_server(settings) as first:
        client = first.store.clients.add({"name": "kept"}, owner=1)
        keys = httpx.get(f"{first.url}/oidc/jwks").json()
        first.store.artifacts.put("access_token", "t0ken", {"client_id": "x"}, 60)
    with running_server(settings) as second:
        assert second.store.clients.get(client["client_id"]) == client
        assert httpx.get(f"{second.url}/oidc/jwks").json() == keys
        assert second.store.artifacts.get("access_token", "t0ken") == {"client_id": "x"}
        assert len(second.store.clients.members(settings.system_client_id)) == len(SEED["users"])


def test_an_expired_token_is_refused(simulator: Simulator) -> None:
    with simulator.api("root") as api:
        assert api.get("/api/v1/users/me").status_code == 200
        simulator.server.store.artifacts.expire("access_token")
        assert api.get("/api/v1/users/me").status_code == 401


def test_an_account_may_stop_at_another_step(start: Callable[..., Simulator]) -> None:
    user = {"login": "otp", "password": PASSWORDS["root"], "requires_step": "identifiers"}
    simulator = start(seed={"users": [user]})
    where = (simulator.server.url, simulator.server.settings.system_client_id)
    with pytest.raises(Exception, match='"initialRoute":"identifiers"'):
        system_login(simulator.http, *where, "otp", PASSWORDS["root"])


def test_an_application_for_administrators_lets_nobody_else_in(simulator: Simulator) -> None:
    client = simulator.application(authorize_only_admins=True)
    with pytest.raises(Exception, match="Access restricted"):
        simulator.tokens(client, "alice", "openid")
    assert simulator.tokens(client, "root", "openid")["token_type"] == "Bearer"


def test_parallel_requests_are_independent_by_default(simulator: Simulator) -> None:
    assert _create_in_parallel(simulator, 10) == [201] * 10


def test_parallel_requests_hang_when_identities_are_shared(
    start: Callable[..., Simulator],
) -> None:
    simulator = start(shared_identity=True)
    statuses = _create_in_parallel(simulator, 60)
    assert set(statuses) == {201, 504}


def test_requests_one_after_another_are_safe_when_identities_are_shared(
    start: Callable[..., Simulator],
) -> None:
    simulator = start(shared_identity=True)
    with simulator.api("root") as api, simulator.api("alice") as other:
        for _ in range(3):
            assert api.get("/api/v1/users/me").json()["login"] == "root"
            assert other.get("/api/v1/users/me").json()["login"] == "alice"


def _create_in_parallel(simulator: Simulator, number: int) -> list[int]:
    with simulator.api("root") as api:
        headers = dict(api.headers)

    async def create(http: httpx.AsyncClient) -> httpx.Response:
        body = {"name": "x", "domain": "https://x.example", "redirect_uris": []}
        return await http.post("/api/v1/clients", json=body)

    async def create_all() -> list[httpx.Response]:
        ten_at_a_time = httpx.Limits(max_connections=10)
        async with httpx.AsyncClient(
            base_url=simulator.server.url, headers=headers, limits=ten_at_a_time, verify=NO_TLS
        ) as http:
            return await asyncio.gather(*[create(http) for _ in range(number)])

    return [answer.status_code for answer in asyncio.run(create_all())]


@pytest.mark.parametrize(
    ("seed", "problem"),
    [
        ({"users": [{"login": "x", "password": "y", "shoe_size": 44}]}, "shoe_size"),
        ({"users": [{"login": "x"}]}, "lacks password"),
        ({"users": [{"login": "x", "password": "y", "role": "KING"}]}, "role"),
        ({"settings": {"colour": "blue"}}, "colour"),
    ],
)
def test_a_seed_that_is_not_understood_is_refused(seed: dict[str, Any], problem: str) -> None:
    with pytest.raises(SeedError, match=problem):
        create_app(Settings(domain="https://id.example.com", seed=seed))
