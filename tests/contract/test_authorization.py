# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the authorization and token endpoints say of requests that are wrong."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.contract.conftest import CALLBACK, PASSWORDS, Simulator
from tests.contract.login import obtain_code

IMPLICIT = {
    "grant_types": ["implicit", "authorization_code"],
    "response_types": ["code", "code id_token", "code id_token token", "code token", "id_token"],
}


@pytest.mark.parametrize(
    ("changes", "error", "description"),
    [
        ({"response_type": None}, "invalid_request", "missing required parameter 'response_type'"),
        (
            {"response_type": "bananas"},
            "unsupported_response_type",
            "unsupported response_type requested",
        ),
        (
            {"response_type": "id_token"},
            "invalid_request",
            "requested response_type is not allowed for this client",
        ),
        (
            {"nonce": "n", "scope": "email"},
            "invalid_request",
            "openid scope must be requested when using the nonce parameter",
        ),
        (
            {"code_challenge": "c" * 43},
            "invalid_request",
            "plain code_challenge_method fallback disabled, code_challenge_method must be provided",
        ),
        (
            {"code_challenge": "c" * 43, "code_challenge_method": "plain"},
            "invalid_request",
            "not supported value of code_challenge_method",
        ),
        (
            {"code_challenge_method": "S256"},
            "invalid_request",
            "code_challenge must be provided with code_challenge_method",
        ),
        (
            {"code_challenge": "c" * 42, "code_challenge_method": "S256"},
            "invalid_request",
            "code_challenge must be a string with a minimum length of 43 characters",
        ),
        ({"prompt": "bananas"}, "invalid_request", "unsupported prompt value requested"),
        ({"prompt": "none login"}, "invalid_request", "prompt none must only be used alone"),
    ],
)
def test_a_wrong_request_goes_back_with_what_is_wrong(
    simulator: Simulator, changes: dict[str, str | None], error: str, description: str
) -> None:
    client = simulator.application()
    query = {
        "client_id": client["client_id"],
        "response_type": "code",
        "redirect_uri": CALLBACK,
        "scope": "openid",
        **changes,
    }
    sent = {name: value for name, value in query.items() if value is not None}
    location = urlsplit(simulator.http.get("/oidc/auth", params=sent).headers["location"])
    found = parse_qs(location.query or location.fragment)
    assert (found["error"], found["error_description"]) == ([error], [description])


def test_a_request_without_any_redirect_uri_is_a_page(simulator: Simulator) -> None:
    client = simulator.application(redirect_uris=[CALLBACK, f"{CALLBACK}/"])
    query = {"client_id": client["client_id"], "response_type": "code"}
    page = simulator.http.get("/oidc/auth", params=query)
    assert (page.status_code, "missing required parameter" in page.text) == (400, True)


@pytest.mark.parametrize(
    ("response_type", "members"),
    [
        ("code", {"code", "iss"}),
        ("code id_token", {"code", "id_token"}),
        ("id_token code", {"code", "id_token"}),
        ("code token", {"code", "access_token", "expires_in", "token_type", "scope", "iss"}),
        ("id_token", {"id_token"}),
    ],
)
def test_what_each_response_type_brings(
    simulator: Simulator, response_type: str, members: set[str]
) -> None:
    client = simulator.application(**IMPLICIT)
    query = {
        "client_id": client["client_id"],
        "response_type": response_type,
        "redirect_uri": CALLBACK,
        "scope": "openid",
        "nonce": "n",
    }
    with simulator.browser() as browser:
        answer = obtain_code(browser, query, "alice", PASSWORDS["alice"])
    location = urlsplit(answer.headers["location"])
    assert set(parse_qs(location.query or location.fragment)) == members
    assert bool(location.fragment) == (response_type != "code")


BOGUS = {"grant_type": "authorization_code", "code": "bogus", "redirect_uri": CALLBACK}
NOT_ALLOWED = "requested grant type is not allowed for this client"
FAILED = "client authentication failed"


@pytest.mark.parametrize(
    ("fields", "form", "answer"),
    [
        ({}, {}, (400, "invalid_grant", "grant request is invalid")),
        ({}, {"client_secret": "wrong"}, (401, "invalid_client", FAILED)),
        (
            {},
            {"grant_type": None},
            (400, "invalid_request", "missing required parameter 'grant_type'"),
        ),
        ({}, {"code": None}, (400, "invalid_request", "missing required parameter 'code'")),
        (
            {},
            {"grant_type": "refresh_token"},
            (400, "invalid_request", "missing required parameter 'refresh_token'"),
        ),
        (
            {},
            {"grant_type": "password"},
            (400, "unsupported_grant_type", "unsupported grant_type requested"),
        ),
        (
            {},
            {"code_verifier": "short"},
            (400, "invalid_grant", "grant request is invalid"),
        ),
        *[
            (fields, form, answer)
            for fields in (
                {"grant_types": ["implicit"], "response_types": ["id_token"]},
                {"grant_types": ["refresh_token"], "response_types": ["none"]},
                {"grant_types": ["refresh_token"], "response_types": []},
            )
            for form, answer in (
                ({}, (400, "invalid_request", NOT_ALLOWED)),
                ({"client_secret": "wrong"}, (401, "invalid_client", FAILED)),
            )
        ],
        ({"token_endpoint_auth_method": "client_secret_jwt"}, {}, (401, "invalid_client", FAILED)),
        ({"token_endpoint_auth_method": "none"}, {}, (401, "invalid_client", FAILED)),
        (
            {"token_endpoint_auth_method": "none"},
            {"client_secret": None},
            (400, "invalid_grant", "grant request is invalid"),
        ),
        (
            {"redirect_uris": ["https://app.example:99999/"]},
            {},
            (400, "invalid_redirect_uri", "redirect_uris must only contain valid uris"),
        ),
        (
            {"post_logout_redirect_uris": ["https://256.256.256.256"]},
            {},
            (
                400,
                "invalid_client_metadata",
                "post_logout_redirect_uris must only contain valid uris",
            ),
        ),
    ],
)
def test_the_token_endpoint_says_exactly_what_is_wrong(
    simulator: Simulator,
    fields: dict[str, Any],
    form: dict[str, str | None],
    answer: tuple[int, str, str],
) -> None:
    client = simulator.application(**fields)
    credentials = {name: client[name] for name in ("client_id", "client_secret")}
    sent = {k: v for k, v in {**BOGUS, **credentials, **form}.items() if v is not None}
    found = simulator.http.post("/oidc/token", data=sent)
    body = found.json()
    assert (found.status_code, body["error"], body["error_description"]) == answer


@pytest.mark.parametrize(
    ("header", "description"),
    [
        ("Basic", "invalid authorization header value format"),
        ("Bearer x", "invalid authorization header value format"),
        (
            "Basic " + base64.b64encode(b"nocolon").decode(),
            "invalid authorization header value format",
        ),
        (
            "Basic " + base64.b64encode(b"id:").decode(),
            "client_secret must be provided in the Authorization header",
        ),
        (None, "no client authentication mechanism provided"),
    ],
)
def test_credentials_in_the_wrong_form(
    simulator: Simulator, header: str | None, description: str
) -> None:
    headers = {"authorization": header} if header else {}
    found = simulator.http.post("/oidc/token", data=BOGUS, headers=headers)
    assert found.status_code == 400
    assert found.json() == {"error": "invalid_request", "error_description": description}


def test_a_spent_refresh_token_ends_its_grant(simulator: Simulator) -> None:
    client = simulator.application()
    tokens = simulator.tokens(client, "alice", "openid offline_access", prompt="consent")
    form = {name: client[name] for name in ("client_id", "client_secret")}
    form |= {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    newer = simulator.http.post("/oidc/token", data=form).json()["refresh_token"]
    for spent in (tokens["refresh_token"], newer):
        found = simulator.http.post("/oidc/token", data={**form, "refresh_token": spent})
        assert found.status_code == 400
        assert found.json() == {
            "error": "invalid_grant",
            "error_description": "grant request is invalid",
        }
