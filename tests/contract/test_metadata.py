# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients that the management API stores and the OIDC side then refuses, and what it says of them.

The texts are those of the library behind the real server (oidc-provider 8.8.1).
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.contract.conftest import CALLBACK, NO_URLS, Simulator

REDIRECT, METADATA = "invalid_redirect_uri", "invalid_client_metadata"
NATIVE_HTTP = (
    "for native clients using http as a protocol can only use loopback addresses as hostnames"
)
NATIVE_HTTPS = "for native clients using claimed HTTPS URIs must not be using {} as hostname"
IMPLICIT = "for web clients using implicit flow {}"
ONLY_HTTPS = IMPLICIT.format("MUST only register URLs using the https scheme")
NO_LOCALHOST = IMPLICIT.format("must not be using localhost")
WITH_IMPLICIT = {"grant_types": ["implicit", "authorization_code"]}
NATIVE = {"application_type": "native"}


def refusal(simulator: Simulator, **fields: Any) -> tuple[str, str] | None:
    """Error and description of the page that a login at such a client ends in; None for none."""
    client = simulator.application(**fields)
    query = {
        "client_id": client["client_id"],
        "redirect_uri": client["redirect_uris"][0] if client["redirect_uris"] else CALLBACK,
        "response_type": (client["response_types"] or ["code"])[0],
        "scope": "openid",
        "nonce": "n",
    }
    answer = simulator.http.get("/oidc/auth", params=query)
    if answer.status_code == 303:
        assert "/api/interaction/" in answer.headers["location"], answer.headers["location"]
        return None
    assert answer.status_code == 400
    error, description = re.findall(r"<pre><strong>\w+</strong>: (.*)</pre>", answer.text)
    return error, description.replace("&#39;", "'")


@pytest.mark.parametrize("uri", NO_URLS)
def test_one_uri_that_is_no_url_breaks_the_whole_client(simulator: Simulator, uri: str) -> None:
    only_valid = "must only contain valid uris"
    uris = [CALLBACK, uri]
    assert refusal(simulator, redirect_uris=uris) == (REDIRECT, f"redirect_uris {only_valid}")
    assert refusal(simulator, post_logout_redirect_uris=uris) == (
        METADATA,
        f"post_logout_redirect_uris {only_valid}",
    )


@pytest.mark.parametrize("label", ["redirect_uris", "post_logout_redirect_uris"])
@pytest.mark.parametrize(
    ("fields", "uri", "text"),
    [
        (NATIVE, "https://localhost/cb", NATIVE_HTTPS.format("localhost")),
        (NATIVE, "https://127.0.0.1/cb", NATIVE_HTTPS.format("127.0.0.1")),
        (NATIVE, "http://app.example/cb", NATIVE_HTTP),
        (WITH_IMPLICIT, "http://app.example/cb", ONLY_HTTPS),
        (WITH_IMPLICIT, "https://localhost/cb", NO_LOCALHOST),
        ({}, "com.example.app://cb", "must only contain web uris"),
        ({}, "https://app.example/#part", "must not contain fragments"),
    ],
)
def test_uris_that_the_kind_of_client_forbids(
    simulator: Simulator, label: str, fields: dict[str, Any], uri: str, text: str
) -> None:
    good = {"redirect_uris": ["https://app.example/cb"]}
    error = REDIRECT if label == "redirect_uris" else METADATA
    assert refusal(simulator, **{**good, **fields, label: [uri]}) == (error, f"{label} {text}")


@pytest.mark.parametrize(
    ("fields", "description"),
    [
        ({"client_secret": ""}, "client_secret is mandatory property"),
        ({"client_secret": "pässword"}, "invalid client_secret value"),
        (
            {"client_secret": "", "token_endpoint_auth_method": "none"},
            "client_secret must be a non-empty string if provided",
        ),
        (
            {"token_endpoint_auth_method": "private_key_jwt"},
            "jwks or jwks_uri is mandatory for this client",
        ),
        (
            {
                "subject_type": "pairwise",
                "redirect_uris": ["https://a.example/", "https://b.example/"],
            },
            "sector_identifier_uri is mandatory property",
        ),
        ({"id_token_signed_response_alg": "PS256"}, "id_token_signed_response_alg must be 'RS256'"),
        (
            {"grant_types": ["bananas"]},
            "grant_types can only contain 'implicit', 'authorization_code', or 'refresh_token'",
        ),
        ({"response_types": []}, "response_types must contain members"),
        (
            {"grant_types": ["refresh_token"]},
            "grant_types must contain 'authorization_code' when code is amongst response_types",
        ),
        (
            {"response_types": ["code id_token"]},
            "grant_types must contain 'implicit' when 'id_token' or 'token' are amongst "
            "response_types",
        ),
        ({"response_types": ["code", ""]}, "response_types must only contain strings"),
    ],
)
def test_what_else_breaks_a_client(
    simulator: Simulator, fields: dict[str, Any], description: str
) -> None:
    assert refusal(simulator, **fields) == (METADATA, description)


@pytest.mark.parametrize(
    "fields",
    [
        {"redirect_uris": [f"https://{'a' * 64}.example/"]},
        {"redirect_uris": ["https://app.example/cb#"]},
        {"application_type": "native", "redirect_uris": ["http://localhost:3000/cb"]},
        {"application_type": "native", "redirect_uris": ["myapp://cb"]},
        {"token_endpoint_auth_method": "client_secret_jwt"},
        {"token_endpoint_auth_method": "none"},
        *[
            {"grant_types": ["implicit", "authorization_code"], "response_types": [types]}
            for types in ("id_token", "code id_token", "code token", "id_token code", "none")
        ],
    ],
)
def test_clients_that_work(simulator: Simulator, fields: dict[str, Any]) -> None:
    assert refusal(simulator, **fields) is None


def test_the_port_of_a_loopback_address_does_not_matter_to_a_native_client(
    simulator: Simulator,
) -> None:
    uris = ["http://127.0.0.1:1000/cb"]
    for kind, status in (("native", 303), ("web", 400)):
        client = simulator.application(application_type=kind, redirect_uris=uris)
        query = {"client_id": client["client_id"], "response_type": "code", "scope": "openid"}
        query["redirect_uri"] = "http://127.0.0.1:2000/cb"
        assert simulator.http.get("/oidc/auth", params=query).status_code == status
