# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole look, with a real local server as Sentry and identity provider at once.

What the script sees inside Sentry is given; tests/system has the real one.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from pytest_httpserver import HTTPServer

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry import look
from ansible_collections.encvoy.sentry.plugins.modules import sentry_sso_info
from tests.conftest import ROOT
from tests.support.fake_docker import FakeDocker
from tests.support.module_runner import Outcome, run_module
from tests.support.sentry_host import (
    PACKAGES,
    PROCESS,
    container,
    installed_docker,
    make_checkout,
    set_containers,
)

SECRET = "planted-secret-Ünique"
CLAIMS = ["email", "given_name", "family_name", "email_verified"]
USER = {"id": 2, "login": "alice", "email": "alice@example.com", "claims": CLAIMS, "empty": []}
RELEASED = {"default_claims": CLAIMS, "users": [USER], "users_reason": None}


class Site:
    """A Sentry that is all right; a test breaks a part of it."""

    def __init__(self, server: HTTPServer, checkout: Path, docker: FakeDocker) -> None:
        self.server = server
        self.url = server.url_for("").rstrip("/")
        self.checkout = checkout
        self.docker = docker
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
        started = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 600))
        names = ("web", "worker", "cron", "redis", "nginx")
        set_containers(docker, [container(name, started=started) for name in names])
        self.inside()

    def settings(self) -> dict[str, Any]:
        """What Sentry has loaded."""
        return {
            "client_id": "client",
            "authorization_endpoint": self.url + "/oidc/auth",
            "token_endpoint": self.url + "/oidc/token",
            "userinfo_endpoint": self.url + "/oidc/me",
            "issuer": "Encvoy ID",
            "scope": "openid email profile",
            "domain": None,
            "name_claim": None,
            "url_prefix": self.url,
            "disallowed_ips": [],
            "allowed_ips": None,
        }

    def inside(self, **changes: Any) -> None:
        """Let the script inside Sentry see something else."""
        member = {"email": "alice@example.com", "emails": ["alice@example.com"]}
        seen = {
            "providers": ["oidc"],
            "roles": ["member"],
            "organization_found": True,
            "organizations": ["sentry"],
            "provider": "oidc",
            "require_sso": True,
            "default_role": "member",
            "require_2fa": False,
            "members": [{**member, "identity": None, "linked": False, "active": True}],
            "settings": self.settings(),
            "secret_matches": True,
            "token_endpoint": {
                "url": self.url + "/oidc/token",
                "is_loaded": True,
                "addresses": ["127.0.0.1"],
                "status": 400,
                "error": "invalid_grant",
                "description": None,
            },
            "packages": PACKAGES,
            "process": PROCESS,
        }
        self.docker.reply("exec id-of-web", {**seen, **changes})

    def look(self, **options: Any) -> Outcome:
        given = {
            "sentry_dir": str(self.checkout),
            "sentry_url": self.url + "/",
            "client_id": "client",
            "client_secret": SECRET,
            "issuer": self.url,
            "authorization_endpoint": self.url + "/oidc/auth",
            "token_endpoint": self.url + "/oidc/token",
            "userinfo_endpoint": self.url + "/oidc/me",
            "redirect_uris": [self.url + "/auth/sso/"],
            "claims": RELEASED,
            **options,
        }
        return run_module("sentry_sso_info", **given)

    def write(self, name: str, text: str = "", age: float = 3600) -> None:
        """Write a file of the site that was last modified so many seconds ago."""
        path = self.checkout / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        moment = time.time() - age
        os.utime(path, (moment, moment))


@pytest.fixture
def site(httpserver: HTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    docker = installed_docker(tmp_path / "bin")
    monkeypatch.setenv("PATH", docker.path)
    return Site(httpserver, make_checkout(tmp_path / "sentry"), docker)


def failed(outcome: Outcome) -> list[str]:
    assert not outcome.failed, outcome.msg
    return [check["name"] for check in outcome["checks"] if not check["ok"]]


def test_all_is_right(site: Site) -> None:
    outcome = site.look()
    assert failed(outcome) == []
    assert len(outcome["checks"]) == 16
    assert outcome["ok"] is True
    assert outcome["changed"] is False
    assert outcome["login_url"] == site.url + "/auth/login/sentry/"
    assert outcome["outside_status"] == {"status": 200, "location": None, "problem": None}
    assert outcome["inside_problem"] is None
    assert outcome["sentry"]["image_plugin_version"] == "6.0.0"
    assert outcome["sentry"]["web_user"] == {"uid": 999, "gid": 999}
    assert outcome["inside"]["url_prefix"] == site.url
    assert outcome["inside"]["members"][0]["email"] == "alice@example.com"


def test_every_check_is_documented(site: Site) -> None:
    names = [check["name"] for check in site.look()["checks"]]
    told = (ROOT / "docs" / "troubleshooting.md").read_text()
    assert [name for name in names if f"`{name}`" not in told] == []
    assert [name for name in names if f"V({name})" not in sentry_sso_info.RETURN] == []


def test_sentry_is_gone_into_once(site: Site) -> None:
    """Its own start is what takes long; the image's packages come with the same answer."""
    site.look()
    words = [call["arguments"] for call in site.docker.calls]
    assert sum("exec" in each for each in words) == 1
    assert not any("run" in each for each in words)


def test_inside_outside_and_docker_are_looked_at_side_by_side(site: Site) -> None:
    site.docker.answer("exec id-of-web", "nothing", seconds=3)
    site.docker.answer("compose config --format json", "{}", seconds=3)
    began = time.monotonic()
    assert site.look().failed
    assert time.monotonic() - began < 5.5


def test_before_anything_is_set_up(site: Site) -> None:
    outcome = site.look(client_id=None, client_secret=None, claims=None)
    assert failed(outcome) == ["client_registered"]
    assert len(outcome["checks"]) == 13
    assert outcome["files"]["secret_file"]["matches"] is None


def test_a_failed_check_is_no_failed_task(site: Site) -> None:
    outcome = site.look(claims={"default_claims": ["id", "nickname"], "users": None})
    assert outcome["ok"] is False
    assert failed(outcome) == ["email_released", "name_released", "silent_linking"]


def test_planned_claims_are_judged_as_done(site: Site) -> None:
    claims = {"default_claims": ["id"], "users": [{**USER, "claims": ["id"]}]}
    assert "email_released" in failed(site.look(claims=claims))
    assert failed(site.look(claims=claims, planned_claims=CLAIMS)) == []


def test_a_nickname_is_a_name_where_the_plugin_takes_it(site: Site) -> None:
    """Asked of the plugin in Sentry; what the run is about to set counts there alone."""
    released = ["nickname", "email", "email_verified"]
    claims = {"default_claims": released, "users": [{**USER, "claims": released}]}
    for known, planned, names in (
        (None, "nickname", ["name_released"]),
        ("name", "nickname", []),
        ("name", None, ["name_released"]),
        ("nickname", None, []),
    ):
        site.inside(settings={**site.settings(), "name_claim": known})
        assert failed(site.look(claims=claims, planned_name_claim=planned)) == names


def test_endpoints_that_encvoy_id_has_left(site: Site) -> None:
    outcome = site.look(userinfo_endpoint=site.url + "/api/oidc/me")
    assert failed(outcome) == ["endpoints_current"]
    assert outcome["ok"] is False


def test_a_domain_by_choice(site: Site) -> None:
    domain = site.url + "/oidc"
    assert failed(site.look(oidc_domain=domain)) == ["settings_loaded"]
    site.inside(settings={**site.settings(), "domain": domain})
    assert failed(site.look(oidc_domain=domain)) == []
    assert failed(site.look()) == ["settings_loaded"]


def test_the_secret_is_compared_and_never_sent(site: Site) -> None:
    site.write("sentry/encvoy-oidc-client-secret", SECRET)
    outcome = site.look()
    assert outcome["files"]["secret_file"]["matches"] is True
    assert SECRET not in outcome.text
    assert SECRET not in str(site.docker.calls)
    assert json.dumps(SECRET)[1:-1] not in str(site.docker.calls)


def test_the_secret_is_compared_by_another_digest_each_time() -> None:
    expected = look.Expected("https://sentry.example.com", "sentry")
    asked = look.Question("/opt/sentry", expected, SECRET)
    first, second = look.probe_payload(asked), look.probe_payload(asked)
    assert first["secret_digest"] != second["secret_digest"]
    for each in (first, second):
        salted = (each["secret_salt"] + SECRET).encode()
        assert each["secret_digest"] == hashlib.sha256(salted).hexdigest()


def test_another_secret_in_sentry(site: Site) -> None:
    site.inside(secret_matches=False)
    assert failed(site.look()) == ["settings_loaded"]


@pytest.mark.parametrize(
    "name",
    [
        "sentry/sentry.conf.py",
        "sentry/encvoy-oidc-client-secret",
        "certificates/encvoy-id.crt",
    ],
)
def test_settings_written_after_the_web_service_started(site: Site, name: str) -> None:
    """Every check and every fact mean the same by it."""
    site.write(name, age=60)
    outcome = site.look()
    assert failed(outcome) == ["settings_loaded"]
    assert outcome["sentry"]["stale_services"] == ["cron", "web", "worker"]
    site.write(name, age=3600)
    assert failed(site.look()) == []


def test_files(site: Site) -> None:
    site.write("sentry/enhance-image.sh", "#!/bin/sh\nexit 0\n")
    site.write("sentry/sentry.conf.py", "OIDC_DOMAIN = 'https://id.example.com'\n")
    files = site.look()["files"]
    assert files["enhance_image"]["ends_early"] == 2
    assert files["enhance_image"]["shebang"] == "#!/bin/sh"
    assert files["settings"]["site_oidc_settings"] == ["OIDC_DOMAIN"]
    assert files["settings"]["block"] is None
    assert files["saved_state"] is False


def test_sentry_that_does_not_start(site: Site) -> None:
    site.docker.answer("exec id-of-web", stderr="OSError: no\n", code=1)
    outcome = site.look()
    assert failed(outcome)[0] == "plugin_registered"
    assert outcome["inside"] is None
    assert outcome["inside_problem"] == "docker exec: It failed with exit code 1: OSError: no"
    assert outcome["checks"][1]["detail"] == f"Not checked: {outcome['inside_problem']}."
    # The image is asked by itself then.
    assert outcome["sentry"]["image_plugin_version"] is None


def test_web_container_that_is_stopped(site: Site) -> None:
    set_containers(site.docker, [container("web", status="exited"), container("redis")])
    site.docker.reply("run sentry-self-hosted-local", {"packages": PACKAGES, "process": PROCESS})
    outcome = site.look()
    assert outcome["sentry"]["installed"] is True
    assert outcome["sentry"]["image_plugin_version"] == "6.0.0"
    assert outcome["inside"] is None
    assert "No container of the service web runs" in outcome["inside_problem"]
    assert "services_settled" in failed(outcome)


def test_an_organization_that_is_not_there(site: Site) -> None:
    site.inside(organization_found=False, organizations=["main"], provider=None)
    outcome = site.look(organization="main2")
    assert "It has: main." in next(
        check["detail"] for check in outcome["checks"] if check["name"] == "provider_enabled"
    )


def test_a_proxy_that_asks_the_host_for_a_login(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sentry itself is looked at past it, at its container's own address."""
    proxy = HTTPServer()
    proxy.expect_request("/auth/login/sentry/").respond_with_data(status=401)
    started = container("web", started="2026-11-22T08:00:00Z", address="127.0.0.1")
    set_containers(site.docker, [started, container("nginx"), *map(container, ("worker", "cron"))])
    monkeypatch.setattr(look, "_WEB_PORT", site.server.port)
    with proxy:
        address = proxy.url_for("").rstrip("/")
        outcome = site.look(sentry_url=address)
    assert outcome["outside_status"]["status"] == 401
    # The redirect URI is that of Sentry's own system.url-prefix.
    assert failed(outcome) == ["public_address_answers", "redirect_parameters"]
    assert "answers HTTP 401, seen from" in next(
        check["detail"] for check in outcome["checks"] if check["name"] == "public_address_answers"
    )


def test_an_address_that_the_host_does_not_reach(site: Site) -> None:
    outcome = site.look(sentry_url="http://127.0.0.1:1")
    assert outcome["outside_status"]["status"] is None
    assert "cannot be reached from this host" in outcome["outside_status"]["problem"]
    assert outcome["ok"] is True
    assert "public_address_answers" in failed(outcome)


def test_a_service_that_dies_again_and_again(site: Site) -> None:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    dying = container("worker", restarts=7, started=now)
    others = [container(name) for name in ("web", "cron", "nginx")]
    set_containers(site.docker, [*others, dying])
    outcome = site.look()
    assert failed(outcome) == ["services_settled"]
    assert outcome["ok"] is True


def test_bad_input(site: Site, tmp_path: Path) -> None:
    assert site.look(sentry_dir=str(tmp_path / "nothing")).msg.startswith("sentry_dir: ")
    for garbage in ("no certificate", "-----BEGIN CERTIFICATE-----\nx\n", "ü"):
        assert site.look(ca_certificates=garbage).msg.startswith("ca_certificates: ")
    assert site.look(sentry_url="sentry.example.com").msg.startswith("sentry_url: ")


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"default_claims": None},
        {"default_claims": ["email"], "users": [None]},
        {"default_claims": ["email"], "users": "x"},
    ],
)
def test_claims_that_are_none(site: Site, claims: dict[str, Any]) -> None:
    failed = site.look(claims=claims)
    assert failed.failed
    assert failed.msg.startswith("claims: ")


@pytest.mark.parametrize("timeout", ["timeout", "exec_timeout"])
def test_a_time_limit_that_is_none(site: Site, timeout: str) -> None:
    assert site.look(**{timeout: 0}).msg.startswith(f"{timeout}: ")


def test_check_mode_is_the_same(site: Site) -> None:
    assert failed(site.look()) == []
    outcome = run_module(
        "sentry_sso_info", check=True, sentry_dir=str(site.checkout), sentry_url=site.url
    )
    assert outcome["changed"] is False
