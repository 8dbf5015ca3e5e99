# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Sentry that was never installed: upstream's install.sh runs unattended, and everything starts.

On a host of its own, in a container. The image is Sentry's, with the plugin; its containers do not
run Sentry, which would want databases, but a server that answers the health check.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from sandbox.encvoy_id import RunningServer
from sandbox.images.names import HOST as HOST_IMAGE
from sandbox.images.names import SENTRY as SENTRY_IMAGE
from tests.conftest import ROOT
from tests.playbooks.conftest import Playbooks
from tests.support.commands import run

PROJECT = "encvoy-sentry-first"
HOST = f"{PROJECT}-host"
FOLDER = "/opt/sentry"
# Nothing answers there.
URL = "http://127.0.0.1:19"
SENTRY = {
    "ansible_connection": "community.docker.docker",
    "ansible_host": HOST,
    "ansible_python_interpreter": "/usr/bin/python3",
    "sentry_sso_sentry_url": URL,
    "sentry_sso_sentry_dir": FOLDER,
}
# What comes after these would look into a Sentry that runs.
STAGES = "--tags=sentry_sso_client,sentry_sso_install,sentry_sso_configure,sentry_sso_apply"
SERVER = (
    "import http.server as h;"
    "h.BaseHTTPRequestHandler.do_GET = lambda self: (self.send_response(200), self.end_headers());"
    "h.HTTPServer((str(), 9000), h.BaseHTTPRequestHandler).serve_forever()"
)
COMPOSE = f"""
services:
  web:
    image: "$SENTRY_LOCAL_IMAGE"
    build: {{context: ./sentry, args: [SENTRY_IMAGE, http_proxy, https_proxy, no_proxy]}}
    entrypoint:
      - sh
      - -c
      - 'test "$$1" = upgrade && echo "asked to: $$*" || exec python3 -c "{SERVER}"'
      - sentry
    command: [run, web]
    healthcheck:
      test: [CMD, python3, -c, "import urllib.request as r; r.urlopen('http://127.0.0.1:9000/')"]
      interval: 1s
    network_mode: none
    init: true
"""
PROXIES = {name: os.environ.get(name, "") for name in ("http_proxy", "https_proxy", "no_proxy")}
ENV = {
    "COMPOSE_PROJECT_NAME": PROJECT,
    "SENTRY_IMAGE": SENTRY_IMAGE,
    "SENTRY_LOCAL_IMAGE": f"{PROJECT}/sentry-self-hosted-local",
    **PROXIES,
}


def on_host(*command: str, stdin: str = "") -> str:
    return run("docker", "exec", "--interactive", "--workdir", FOLDER, HOST, *command, stdin=stdin)


def remove() -> None:
    containers = run("docker", "ps", "--all", "--quiet", "--filter", f"name=^/?{PROJECT}-").split()
    images = run("docker", "image", "ls", "--quiet", f"{PROJECT}/sentry-self-hosted-local").split()
    if containers:
        run("docker", "rm", "--force", *containers)
    if images:
        run("docker", "image", "rm", "--force", *images)


@pytest.fixture
def host() -> Iterator[None]:
    """A host with a checkout of self-hosted Sentry as it was cloned."""
    remove()
    run(
        "docker", "run", "--detach", "--init", "--name", HOST,
        "--volume", "/var/run/docker.sock:/var/run/docker.sock",
        "--volume", f"{ROOT}/sandbox/sentry/23.7.1:/usr/src/upstream:ro",
        HOST_IMAGE,
    )  # fmt: skip
    try:
        run("docker", "exec", HOST, "cp", "-R", "/usr/src/upstream/.", FOLDER)
        on_host("tee", "docker-compose.yml", stdin=COMPOSE)
        on_host("tee", ".env", stdin="".join(f"{name}={ENV[name]}\n" for name in ENV))
        yield
    finally:
        remove()


@pytest.mark.usefixtures("host")
def test_it_is_foreseen_and_then_done(playbooks: Playbooks, encvoy_id: RunningServer) -> None:
    hosts = {"first": playbooks.host(encvoy_id, **SENTRY)}
    before = on_host("find", ".", "-type", "f")

    check = playbooks.run("encvoy.sentry.site", hosts, STAGES, "--check", PATH=os.environ["PATH"])
    assert check.returncode == 0, check.output
    assert "Sentry is installed with install.sh: it never was." in check.words
    assert "Sentry is off while install.sh runs." in check.words
    assert on_host("docker", "compose", "ps", "--quiet") == ""
    assert on_host("find", ".", "-type", "f") == before

    done = playbooks.run("encvoy.sentry.site", hosts, STAGES, "-v", PATH=os.environ["PATH"])
    assert done.returncode == 0, done.output
    assert "asked to: upgrade --noinput" in done.output
    assert "--skip-commit-check" in done.output
    assert on_host("docker", "compose", "ps", "--services").split() == ["web"]
    prefix = f"system.url-prefix: '{URL}'"
    assert prefix in on_host("cat", "sentry/config.yml").splitlines()
    settings = on_host("cat", "sentry/sentry.conf.py")
    assert settings.startswith(on_host("cat", "sentry/sentry.conf.example.py"))
    assert "OIDC_CLIENT_ID" in settings
