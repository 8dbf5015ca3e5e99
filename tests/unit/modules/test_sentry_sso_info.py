# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole module, with a real local server as Sentry and identity provider at once.

What the script sees inside Sentry is given; tests/system/test_sentry_scripts.py has the real one.
"""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from pytest_httpserver import HTTPServer

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.docker import SentryError
from ansible_collections.encvoy.sentry.plugins.modules import sentry_sso_info
from tests.support.module_runner import run_module
from tests.support.sentry_host import installed_docker, make_checkout

SECRET = "planted-secret-Ünique"
CLAIMS = ["email", "given_name", "family_name", "email_verified"]


class World:
    """A Sentry that is all right; a test breaks a part of it."""

    def __init__(self, server: HTTPServer, checkout: Path) -> None:
        self.url = server.url_for("").rstrip("/")
        self.checkout = checkout
        self.payloads: list[dict[str, Any]] = []
        self.inside_error: Exception | None = None
        self.loaded_secret = SECRET
        query = {
            "client_id": "client",
            "response_type": "code",
            "scope": "openid email profile",
            "redirect_uri": self.url + "/auth/sso/",
        }
        login = server.expect_request("/auth/login/sentry/", "GET")
        login.respond_with_data(
            "<button class='btn btn-login-oidc'>", headers={"Set-Cookie": "sc=1"}
        )
        server.expect_request("/auth/login/sentry/", "POST").respond_with_data(
            status=302, headers={"Location": f"{self.url}/oidc/auth?{urlencode(query)}"}
        )
        server.expect_request("/oidc/auth").respond_with_data(
            status=303, headers={"Location": "/api/interaction/1"}
        )

    def run_in_sentry(self, _host: Any, _script: Any, payload: dict[str, Any]) -> dict[str, Any]:
        self.payloads.append(payload)
        if self.inside_error:
            raise self.inside_error
        own = hashlib.sha256((payload["secret_salt"] + self.loaded_secret).encode()).hexdigest()
        return {
            "providers": ["oidc"],
            "organization_found": True,
            "organization_provider": "oidc",
            "require_sso": True,
            "settings": {
                "client_id": "client",
                "authorization_endpoint": self.url + "/oidc/auth",
                "token_endpoint": self.url + "/oidc/token",
            },
            "secret_matches": own == payload["secret_digest"],
            "token_endpoint": {"url": self.url, "status": 400, "error": "invalid_grant"},
        }

    def run(self, **options: Any):
        given = {
            "sentry_dir": str(self.checkout),
            "sentry_url": self.url + "/",
            "organization": "sentry",
            "client_id": "client",
            "client_secret": SECRET,
            "issuer": self.url,
            "authorization_endpoint": self.url + "/oidc/auth",
            "token_endpoint": self.url + "/oidc/token",
            "redirect_uris": [self.url + "/auth/sso/"],
            "released_claims": {
                "default_claims": CLAIMS,
                "users": [{"id": 2, "login": "alice", "claims": CLAIMS}],
            },
            **options,
        }
        return run_module("sentry_sso_info", **given)


@pytest.fixture
def world(httpserver: HTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(httpserver, make_checkout(tmp_path / "sentry"))
    monkeypatch.setattr(sentry_sso_info, "run_in_sentry", world.run_in_sentry)
    monkeypatch.setenv("PATH", installed_docker(tmp_path / "bin").path)
    return world


def failed(outcome) -> list[str]:
    return [check["name"] for check in outcome["checks"] if not check["ok"]]


def write_settings(world: World, name: str, moment: float) -> None:
    path = world.checkout / "sentry" / name
    path.write_text("")
    os.utime(path, (moment, moment))


def test_all_is_right(world):
    outcome = world.run()
    assert failed(outcome) == []
    assert len(outcome["checks"]) == 11
    assert outcome["ok"] is True
    assert outcome["changed"] is False
    assert outcome["login_url"] == world.url + "/auth/login/sentry/"


def test_only_what_was_released_is_checked(world):
    outcome = world.run(released_claims=None)
    assert len(outcome["checks"]) == 8
    assert outcome["ok"] is True


def test_a_failed_check_is_no_failed_task(world):
    outcome = world.run(released_claims={"default_claims": ["id", "nickname"]})
    assert not outcome.failed
    assert outcome["ok"] is False
    assert failed(outcome) == ["email_released", "name_released", "silent_linking"]


def test_the_secret_is_compared_and_never_sent(world):
    world.loaded_secret = "another"
    outcome = world.run()
    assert failed(outcome) == ["settings_loaded"]
    assert SECRET not in str(world.payloads)
    assert SECRET not in str(outcome.result)
    world.run()
    first, second = world.payloads
    assert first["secret_digest"] != second["secret_digest"]


@pytest.mark.parametrize("name", ["sentry.conf.py", "encvoy-oidc-client-secret"])
def test_settings_written_after_the_web_service_started(world, name):
    write_settings(world, name, time.time() + 10**8)
    assert failed(world.run()) == ["settings_loaded"]
    write_settings(world, name, 0)
    assert failed(world.run()) == []


def test_dead_web_container(world):
    world.inside_error = SentryError("the container is not running")
    outcome = world.run()
    assert not outcome.failed
    assert failed(outcome)[0] == "plugin_registered"
    assert outcome["checks"][0]["detail"] == "Not checked: the container is not running."


def test_bad_input(world, tmp_path):
    assert "set sentry_dir" in world.run(sentry_dir=str(tmp_path / "nothing")).msg
    assert "ca_certificates: they cannot be used" in world.run(ca_certificates="no PEM").msg
    assert "sentry_url" in world.run(sentry_url="sentry.example.com").msg
