# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Sentry that was never installed: upstream's install.sh runs unattended, and everything starts.

On a host of its own. Its image is Sentry's, with the provider; its containers do not run Sentry,
which would want databases.
"""

from __future__ import annotations

import os

import pytest

from tests.conftest import ROOT
from tests.support.commands import run

# There is one such host, so that these tests share a process.
pytestmark = pytest.mark.xdist_group("first_installation")

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
COMPOSE = r"""
services:
  web:
    image: "$SENTRY_LOCAL_IMAGE"
    build: {context: ./sentry, args: [SENTRY_IMAGE, http_proxy, https_proxy, no_proxy]}
    entrypoint:
      [sh, -c, 'test "$$1" = upgrade && echo "asked to: $$*" || exec sleep infinity', sentry]
    command: [run, web]
    network_mode: none
    init: true
"""
ENV = {
    "COMPOSE_PROJECT_NAME": PROJECT,
    "SENTRY_IMAGE": "encvoy-sentry-sandbox/sentry:23.7.1",
    "SENTRY_LOCAL_IMAGE": f"{PROJECT}/sentry-self-hosted-local",
    **{name: os.environ.get(name, "") for name in ("http_proxy", "https_proxy", "no_proxy")},
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
def host():
    """A host with a checkout of self-hosted Sentry as it was cloned."""
    remove()
    run(
        "docker", "run", "--detach", "--init", "--name", HOST,
        "--volume", "/var/run/docker.sock:/var/run/docker.sock",
        "--volume", f"{ROOT}/sandbox/sentry/23.7.1:/usr/src/upstream:ro",
        "encvoy-sentry-sandbox/host:latest",
    )  # fmt: skip
    try:
        run("docker", "exec", HOST, "cp", "-R", "/usr/src/upstream/.", FOLDER)
        on_host("tee", "docker-compose.yml", stdin=COMPOSE)
        on_host("tee", ".env", stdin="".join(f"{name}={ENV[name]}\n" for name in ENV))
        yield
    finally:
        remove()


@pytest.mark.usefixtures("host")
def test_it_is_foreseen_and_then_done(play):
    unattended = (
        "./install.sh --skip-commit-check --skip-user-creation --no-report-self-hosted-issues"
    )
    before = on_host("find", ".", "-type", "f")

    check = play("on_the_host.yml", "--check", **SENTRY)
    assert check.returncode == 0, check.output
    assert unattended in check.output
    # What the task says, for its name is printed when it is skipped, too.
    assert "sentry: oidc" in check.output
    assert on_host("docker", "compose", "ps", "--quiet") == ""
    assert on_host("find", ".", "-type", "f") == before

    done = play("on_the_host.yml", "--verbose", **SENTRY)
    assert done.returncode == 0, done.output
    assert "asked to: upgrade --noinput" in done.output
    assert on_host("docker", "compose", "ps", "--services").split() == ["web"]
    prefix = f"system.url-prefix: '{URL}'"
    assert prefix in on_host("cat", "sentry/config.yml").splitlines()
    settings = on_host("cat", "sentry/sentry.conf.py")
    assert settings.startswith(on_host("cat", "sentry/sentry.conf.example.py"))
    assert "OIDC_CLIENT_ID" in settings
