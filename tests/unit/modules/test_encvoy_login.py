# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""encvoy_login: a token for a play, its renewal and its end."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.encvoy_id import Settings, running_server
from tests.support.encvoy_server import SENTRY, EncvoyServer
from tests.support.module_runner import run_module

WIDGET = "<html><script>window.__WIDGET_DATA__={data}</script></html>"


def test_returns_a_token_that_works_and_is_no_change(encvoy: EncvoyServer) -> None:
    outcome = run_module("encvoy_login", **encvoy.login_options())
    assert not outcome["changed"]
    assert outcome["expires_in"] == 1800
    assert outcome["system_client_id"] == encvoy.server.settings.system_client_id
    assert "refresh_token" not in outcome.result
    assert not encvoy.run("encvoy_client_info", access_token=outcome["access_token"]).failed


def test_takes_the_four_steps_once(encvoy: EncvoyServer) -> None:
    system = encvoy.server.settings.system_client_id
    run_module("encvoy_login", **encvoy.login_options(), system_client_id=system)
    paths = [call.split("/")[1] for call in encvoy.calls()]
    assert len(encvoy.calls()) == 4
    assert paths == ["oidc", "api", "oidc", "oidc"]


def test_logs_in_in_check_mode_too(encvoy: EncvoyServer) -> None:
    outcome = run_module("encvoy_login", check=True, **encvoy.login_options())
    assert not encvoy.run("encvoy_client_info", access_token=outcome["access_token"]).failed


def test_refresh_tokens_rotate(encvoy: EncvoyServer) -> None:
    first = run_module("encvoy_login", **encvoy.login_options(), offline=True)
    second = run_module("encvoy_login", url=encvoy.url, refresh_token=first["refresh_token"])
    assert second["refresh_token"] != first["refresh_token"]
    assert not encvoy.run("encvoy_client_info", access_token=second["access_token"]).failed
    spent = run_module("encvoy_login", url=encvoy.url, refresh_token=first["refresh_token"])
    assert "Could not renew the access token: the server answered 400" in spent.msg
    assert first["refresh_token"] not in spent.text.replace(spent.msg, "")


def test_absent_revokes_and_is_quiet_about_a_token_that_is_gone(encvoy: EncvoyServer) -> None:
    token = run_module("encvoy_login", **encvoy.login_options())["access_token"]
    for _time in range(2):
        outcome = run_module("encvoy_login", url=encvoy.url, access_token=token, state="absent")
        assert not outcome.failed
        assert not outcome["changed"]
    assert encvoy.run("encvoy_client_info", access_token=token).failed


@pytest.mark.parametrize("path", ["/oidc/token/revocation", "/config.js"])
def test_logging_out_never_ends_a_play(encvoy: EncvoyServer, path: str) -> None:
    method = "GET" if path == "/config.js" else "POST"
    encvoy.server.faults.add(method, path, "status", status=503, times=0)
    outcome = run_module("encvoy_login", url=encvoy.url, access_token="x", state="absent")
    assert not outcome.failed
    assert not outcome["revoked"]
    assert any("The token is still valid" in warning for warning in outcome.warnings)


def test_absent_revokes_the_refresh_token_too(encvoy: EncvoyServer) -> None:
    tokens = run_module("encvoy_login", **encvoy.login_options(), offline=True)
    both: dict[str, Any] = {name: tokens[name] for name in ("access_token", "refresh_token")}
    run_module("encvoy_login", url=encvoy.url, **both, state="absent")
    assert run_module("encvoy_login", url=encvoy.url, refresh_token=both["refresh_token"]).failed


# --- What goes wrong ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"password": "wrong"}, "Could not log in as 'root': Invalid credentials. Check login"),
        ({"login": "nobody"}, "Could not log in as 'nobody': User not found. Check login"),
        ({"password": ""}, "password: needed to log in, and empty."),
        ({"login": None, "password": None}, "login and password: needed to log in, and empty."),
        ({"system_client_id": "nope"}, "does not know the system client 'nope'"),
        ({"state": "absent"}, "access_token: needed for state absent"),
        ({"timeout": 0}, "timeout: 0 is not a number of seconds above 0 and up to 3600."),
    ],
)
def test_says_what_is_wrong(encvoy: EncvoyServer, options: dict[str, Any], says: str) -> None:
    outcome = run_module("encvoy_login", **{**encvoy.login_options(), **options})
    assert outcome.failed
    assert says in outcome.msg


@pytest.mark.parametrize(
    ("url", "says"),
    [
        (
            "https://id.example.com/api/oidc",
            "has a path. Give only the address of Encvoy ID, for example",
        ),
        ("id.example.com", "is not an address"),
        ("ftp://id.example.com", "is not an address"),
        ("https://", "is not an address"),
        ("https://id.example.com:port", "has a port that is not a number from 1 to 65535"),
        ("https://root:planted-pass@id.example.com", "holds a login or password"),
        ("", "is not an address"),
    ],
)
def test_says_what_is_wrong_with_the_url(url: str, says: str) -> None:
    outcome = run_module("encvoy_login", url=url, login="root", password="x")
    assert says in outcome.msg
    assert "planted-pass" not in outcome.msg


@pytest.mark.parametrize("route", ["identifiers", "access", "otp", "required-fields"])
def test_an_account_that_needs_another_step_is_named_with_it(
    encvoy: EncvoyServer, route: str
) -> None:
    page = WIDGET.replace("{data}", f'{{"initialRoute":"{route}","envVars":{{"MESSAGE":""}}}}')
    encvoy.server.faults.add(
        "POST", "/api/interaction/.*", "status", status=201, body=page, times=0
    )
    outcome = run_module("encvoy_login", **encvoy.login_options())
    assert f"the server asks for the step '{route}'" in outcome.msg
    assert "'root'" in outcome.msg


@pytest.mark.parametrize(
    "data", ["{}", "[1]", '{"initialRoute":5}', '{"initialRoute":"error"}', "{broken",
             '{"initialRoute":"error","envVars":null}'],
)  # fmt: skip
def test_a_strange_login_page_is_no_crash(encvoy: EncvoyServer, data: str) -> None:
    page = WIDGET.replace("{data}", data)
    encvoy.server.faults.add("POST", "/api/interaction/.*", "status", status=201, body=page)
    outcome = run_module("encvoy_login", **encvoy.login_options())
    assert outcome.msg.startswith("Could not log in as 'root': ")


def test_a_server_with_another_public_address_is_named() -> None:
    """Cookies do not follow to another host, so this would fail later and less clearly."""
    with running_server(Settings(domain="http://localhost:9")) as server:
        outcome = run_module("encvoy_login", url=server.url, login="root", password="x")
    # The redirect URI that follows from url is not the server's own, so it is refused at once.
    assert "Check url and system_client_id" in outcome.msg


def test_a_redirect_to_another_host_is_not_followed(encvoy: EncvoyServer) -> None:
    elsewhere = {"location": "https://evil.example/api/interaction/x"}
    encvoy.server.faults.add("GET", "/oidc/auth", "status", status=303, headers=elsewhere)
    outcome = run_module("encvoy_login", **encvoy.login_options())
    assert "leads to https://evil.example. Set url" in outcome.msg


def test_a_redirect_to_no_address_is_no_crash(encvoy: EncvoyServer) -> None:
    encvoy.server.faults.add(
        "GET", "/oidc/auth", "status", status=303, headers={"location": "http://[x"}
    )
    outcome = run_module("encvoy_login", **encvoy.login_options())
    assert "redirects to 'http://[x', which is no address" in outcome.msg


def test_an_answer_with_another_state_is_refused(encvoy: EncvoyServer) -> None:
    forged = {"location": f"{encvoy.url}/code?code=x&state=forged"}
    encvoy.server.faults.add("GET", "/oidc/auth/.*", "status", status=303, headers=forged)
    assert (
        "Could not complete the login" in run_module("encvoy_login", **encvoy.login_options()).msg
    )


@pytest.mark.parametrize("script", ["", "window.ENV_CONFIG = { CLIENT_ID: '${CLIENT_ID}' };"])
def test_asks_for_the_system_client_when_it_is_not_published(
    encvoy: EncvoyServer, script: str
) -> None:
    encvoy.server.faults.add("GET", "/config.js", "status", status=200, body=script)
    assert "Give it as system_client_id" in run_module("encvoy_login", **encvoy.login_options()).msg


@pytest.mark.parametrize(
    "script",
    [
        'window.ENV_CONFIG={CLIENT_ID:"%s"}',
        "x = {'CLIENT_ID' : '%s', DOMAIN: ''}",
        '{"CLIENT_ID":"%s"}',
    ],
)
def test_finds_the_system_client_in_any_notation(encvoy: EncvoyServer, script: str) -> None:
    body = script % encvoy.server.settings.system_client_id
    encvoy.server.faults.add("GET", "/config.js", "status", status=200, body=body)
    assert not run_module("encvoy_login", **encvoy.login_options()).failed


# --- As the other modules use it ------------------------------------------------------------------


def test_an_expired_token_is_renewed_once_where_login_and_password_are_there(
    encvoy: EncvoyServer,
) -> None:
    outcome = encvoy.run("encvoy_client_info", **encvoy.login_options(), access_token="old")
    assert not outcome.failed, outcome.msg
    assert encvoy.calls().count("POST /oidc/token") == 1
    # What it fetched itself, it revokes; the given one belongs to the giver.
    assert encvoy.calls().count("POST /oidc/token/revocation") == 1


def test_a_token_that_expires_between_two_requests_is_renewed(encvoy: EncvoyServer) -> None:
    body = '{"statusCode":401,"message":"Invalid token","errorCode":"translation.errors.T3E0068"}'
    encvoy.server.faults.add("POST", "/api/v1/clients", "status", status=401, body=body)
    outcome = encvoy.run("encvoy_client", **SENTRY, **encvoy.login_options())
    assert not outcome.failed, outcome.msg
    assert len(encvoy.sentries()) == 1


def test_a_token_that_is_refused_again_is_an_error(encvoy: EncvoyServer) -> None:
    body = '{"statusCode":401,"message":"Invalid token","errorCode":"translation.errors.T3E0068"}'
    encvoy.server.faults.add("GET", "/api/v1/clients", "status", status=401, body=body, times=0)
    outcome = encvoy.run("encvoy_client", **SENTRY, **encvoy.login_options())
    assert "401 (T3E0068, Invalid token)" in outcome.msg
    assert encvoy.calls().count("GET /api/v1/clients") == 2


def test_without_them_the_error_says_so(encvoy: EncvoyServer) -> None:
    outcome = encvoy.run("encvoy_client", **SENTRY, access_token="old")
    assert "or give login and password beside it" in outcome.msg


def test_an_own_login_is_revoked_even_when_the_work_fails(encvoy: EncvoyServer) -> None:
    encvoy.server.faults.add("GET", "/api/v1/clients", "html")
    outcome = run_module("encvoy_client", **encvoy.login_options(), **SENTRY)
    assert outcome.failed
    assert encvoy.calls()[-1] == "POST /oidc/token/revocation"


def test_that_it_cannot_be_revoked_is_a_warning(encvoy: EncvoyServer) -> None:
    encvoy.client()
    encvoy.server.faults.add("POST", "/oidc/token/revocation", "status", status=503, times=0)
    outcome = run_module("encvoy_client", **encvoy.login_options(), **SENTRY)
    assert not outcome.failed
    assert any("Could not revoke the token" in warning for warning in outcome.warnings)


@pytest.mark.parametrize("elsewhere", ["https://other.example.com", ""])
def test_a_token_of_the_environment_goes_to_the_server_of_the_environment(
    encvoy: EncvoyServer, monkeypatch: pytest.MonkeyPatch, elsewhere: str
) -> None:
    monkeypatch.setenv("ENCVOY_ACCESS_TOKEN", encvoy.tokens["root"])
    monkeypatch.setenv("ENCVOY_URL", elsewhere or encvoy.url + "/")
    outcome = run_module("encvoy_client_info", url=encvoy.url)
    assert outcome.failed == bool(elsewhere)
    assert (encvoy.calls() == []) == bool(elsewhere)


def test_options_come_from_the_environment(
    encvoy: EncvoyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in encvoy.login_options().items():
        monkeypatch.setenv(f"ENCVOY_{name.upper()}", str(value))
    assert not run_module("encvoy_login").failed


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"auth_method": "token"}, "access_token: needed for auth_method token, and empty."),
        ({}, "Give access_token, or login and password."),
        ({"access_token": ""}, "Give access_token, or login and password."),
        ({"login": "root"}, "password: needed for auth_method login, and empty."),
    ],
)
def test_says_which_credentials_are_missing(
    encvoy: EncvoyServer, options: dict[str, Any], says: str
) -> None:
    """Without any, the server would answer with a client's public part, and no error."""
    outcome = run_module("encvoy_client", url=encvoy.url, **options, **SENTRY)
    assert says in outcome.msg
    assert encvoy.calls() == []
