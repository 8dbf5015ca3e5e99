# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""encvoy_discovery_info: the endpoints, or why a login would fail later."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.certificates import Certificates, make_certificates
from sandbox.encvoy_id import Settings, running_server
from tests.support.encvoy_server import EncvoyServer
from tests.support.module_runner import run_module

DISCOVERY = "/.well-known/openid-configuration"


def test_finds_it_below_oidc(encvoy: EncvoyServer) -> None:
    outcome = run_module("encvoy_discovery_info", url=encvoy.url + "/")
    assert not outcome["changed"]
    assert outcome["issuer"] == encvoy.url
    assert outcome["discovery_url"] == f"{encvoy.url}/oidc{DISCOVERY}"
    assert outcome["authorization_endpoint"] == f"{encvoy.url}/oidc/auth"
    assert outcome["token_endpoint"] == f"{encvoy.url}/oidc/token"
    assert outcome["userinfo_endpoint"] == f"{encvoy.url}/oidc/me"
    assert outcome["jwks_uri"] == f"{encvoy.url}/oidc/jwks"
    assert outcome["end_session_endpoint"] == f"{encvoy.url}/oidc/session/end"


def test_takes_the_path_of_the_guides_where_it_is_routed() -> None:
    with running_server(Settings(route_api_oidc=True)) as server:
        outcome = run_module("encvoy_discovery_info", url=server.url)
    assert outcome["discovery_url"] == f"{server.url}/api/oidc{DISCOVERY}"


def test_takes_the_root_as_the_last_resort(encvoy: EncvoyServer) -> None:
    encvoy.server.faults.add("GET", "/(api/)?oidc/.*", "html", times=0)
    outcome = run_module("encvoy_discovery_info", url=encvoy.url)
    assert outcome["discovery_url"] == encvoy.url + DISCOVERY


def test_lists_what_it_tried(encvoy: EncvoyServer) -> None:
    encvoy.server.faults.add("GET", f"/oidc{DISCOVERY}", "html", times=0)
    encvoy.server.faults.add("GET", DISCOVERY, "wrong_shape", body='{"error": "x"}', times=0)
    outcome = run_module("encvoy_discovery_info", url=encvoy.url)
    assert f"/api/oidc{DISCOVERY} (404)" in outcome.msg
    assert f"/oidc{DISCOVERY} (no JSON)" in outcome.msg
    assert f"{DISCOVERY} (JSON without an issuer)" in outcome.msg


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"issuer": "https://other.example"}, "names the issuer 'https://other.example'"),
        ({"issuer": 5}, "has no usable issuer"),
        ({"token_endpoint": None}, "has no usable token_endpoint"),
        ({"jwks_uri": "/oidc/jwks"}, "has no usable jwks_uri"),
    ],
)
def test_refuses_a_document_that_does_not_fit(
    encvoy: EncvoyServer, change: dict[str, Any], says: str
) -> None:
    good = run_module("encvoy_discovery_info", url=encvoy.url).result
    document = json.dumps({**good, **change})
    encvoy.server.faults.add("GET", f"/oidc{DISCOVERY}", "wrong_shape", body=document)
    assert says in run_module("encvoy_discovery_info", url=encvoy.url).msg


# --- Over TLS -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


def settings(files: Certificates, **rest: Any) -> Settings:
    return Settings(certificate=files.server, private_key=files.key, **rest)


def test_trusts_a_private_ca_that_is_given(files: Certificates) -> None:
    with running_server(settings(files)) as server:
        untrusted = run_module("encvoy_discovery_info", url=server.url)
        trusted = run_module("encvoy_discovery_info", url=server.url, ca_path=str(files.ca))
        careless = run_module("encvoy_discovery_info", url=server.url, validate_certs=False)
    assert "is not trusted" in untrusted.msg
    assert "name the CA's PEM file in ca_path" in untrusted.msg
    assert trusted["issuer"] == server.url
    assert trusted.warnings == []
    assert careless["issuer"] == server.url
    assert any("validate_certs is false" in warning for warning in careless.warnings)


def test_a_login_over_tls_keeps_its_secure_cookies(files: Certificates) -> None:
    with running_server(settings(files)) as server:
        account: dict[str, Any] = {
            "login": "root",
            "password": "sandbox-Owner-1",
            "ca_path": str(files.ca),
        }
        assert not run_module("encvoy_login", url=server.url, **account).failed


def test_refuses_plain_endpoints_under_an_https_issuer(files: Certificates) -> None:
    with running_server(settings(files, http_endpoints=True)) as server:
        outcome = run_module("encvoy_discovery_info", url=server.url, ca_path=str(files.ca))
    assert (
        "has an https issuer but plain http in authorization_endpoint, token_endpoint"
        in outcome.msg
    )
    assert "X-Forwarded-Proto" in outcome.msg


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_says_what_is_wrong_with_the_ca_file(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    outcome = run_module("encvoy_discovery_info", url="https://127.0.0.1:1", ca_path=str(path))
    assert f"ca_path: '{path}' cannot be used" in outcome.msg


def test_warns_of_plain_http(encvoy: EncvoyServer) -> None:
    outcome = run_module("encvoy_discovery_info", url=encvoy.url)
    assert any("is plain http" in warning for warning in outcome.warnings)
