# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sites that are not like upstream's guide: other addresses, other proxies, other folders.

The whole look, with a real local server as Sentry and identity provider at once; what the modules
write; and how Docker is called.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry import look
from tests.support.module_runner import run_module
from tests.support.sentry_host import (
    CONFIG,
    IMAGE,
    RUNNING,
    container,
    installed_docker,
    make_checkout,
    set_containers,
)
from tests.unit.modules.test_sentry_sso_info import Site, failed

TLS_ELSEWHERE = "https://sentry.example.com"


def site_of(server: HTTPServer, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    docker = installed_docker(folder / "bin")
    monkeypatch.setenv("PATH", docker.path)
    return Site(server, make_checkout(folder / "sentry"), docker)


def test_an_address_of_ipv6(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a port that is not the usual one, as all addresses of these tests."""
    with HTTPServer(host="::1") as server:
        monkeypatch.setattr(server, "url_for", lambda path: f"http://[::1]:{server.port}{path}")
        site = site_of(server, tmp_path, monkeypatch)
        outcome = site.look()
    assert failed(outcome) == []
    assert outcome["login_url"].startswith("http://[::1]:")


def test_a_proxy_that_is_no_service_of_the_project(
    httpserver: HTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = site_of(httpserver, tmp_path, monkeypatch)
    config = copy.deepcopy(CONFIG)
    del config["services"]["nginx"]
    site.docker.answer("compose config --format json", config)
    started = "2026-11-22T08:00:00Z"
    set_containers(site.docker, [container(name, started=started) for name in RUNNING])
    site.inside()
    outcome = site.look()
    assert failed(outcome) == []
    assert outcome["sentry"]["proxy_service"] is None


def test_tls_that_ends_on_another_machine(
    httpserver: HTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The host does not reach the public address; Sentry itself is asked as the proxy asks it."""
    asked: list[Request] = []

    def page(request: Request) -> Response:
        asked.append(request)
        return Response(
            "<button class='btn btn-login-oidc'>", headers={"Set-Cookie": "sc=1; Secure"}
        )

    httpserver.expect_request("/auth/login/sentry/", "GET").respond_with_handler(page)
    site = site_of(httpserver, tmp_path, monkeypatch)
    web = container("web", address="127.0.0.1")
    set_containers(site.docker, [web, *(container(name) for name in RUNNING[1:])])
    monkeypatch.setattr(look, "_WEB_PORT", httpserver.port)
    site.inside()
    outcome = site.look(sentry_url=TLS_ELSEWHERE)
    address, page_check = (
        next(each for each in outcome["checks"] if each["name"] == name)
        for name in ("public_address_answers", "login_page_offers_provider")
    )
    assert (address["ok"], address["severity"]) == (False, "warning")
    assert "Sentry's own web server answers." in address["detail"]
    assert page_check["ok"]
    assert asked[0].headers["Host"] == "sentry.example.com"
    assert asked[0].headers["X-Forwarded-Proto"] == "https"


@pytest.fixture
def spacious(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Sentry folder with spaces and letters of all kinds in its path."""
    docker = installed_docker(tmp_path / "bin")
    docker.answer("--rm --interactive --network none", runs_stdin=True)
    folder = make_checkout(tmp_path / "Søme folder" / "my sentry")
    mounts = [{"type": "bind", "source": f"{folder}/sentry", "target": "/etc/sentry"}]
    config = copy.deepcopy(CONFIG)
    config["services"]["web"]["volumes"] = mounts
    docker.answer("compose config --format json", config)
    monkeypatch.setenv("PATH", docker.path)
    return folder


def test_a_folder_with_spaces(spacious: Path, tmp_path: Path) -> None:
    files = [{"path": "sentry/sentry.conf.py", "begin_with": "sentry/config.yml", "block": "x = 1"}]
    directory = str(spacious)
    assert run_module("sentry_config", sentry_dir=directory, files=files)["changed"] is True
    assert run_module("sentry_config", sentry_dir=directory, files=files)["changed"] is False
    facts = run_module("sentry_info", sentry_dir=directory)
    assert facts["sentry_dir"] == directory
    assert "web" in facts["running_services"]


def test_a_folder_with_spaces_is_mounted_as_one(spacious: Path, tmp_path: Path) -> None:
    run_module("sentry_image", sentry_dir=str(spacious), state="loadable")
    calls = [json.loads(line) for line in (tmp_path / "bin" / "calls.jsonl").open()]
    run = next(call["arguments"] for call in calls if call["arguments"][0] == "run")
    mount = f"type=bind,source={spacious}/sentry,target=/etc/sentry,readonly"
    assert run[run.index("--mount") + 1] == mount
    assert run[run.index(IMAGE) - 2] == "--user"
