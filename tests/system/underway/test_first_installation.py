"""A Sentry that was never installed: upstream's install.sh runs unattended, and everything starts.

In a project of its own. Its image is Sentry's, with the provider; its containers do not run Sentry,
which would want databases.
"""

from __future__ import annotations

import json

import pytest

APPLY = "tests/system/stages/apply.yml"
ON_THE_HOST = "tests/system/stages/on_the_host.yml"
FOLDER = "/opt/never-installed"
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
MAKE = r"""
set -e
mkdir -p "$1"
cp -R /usr/src/upstream/. "$1"
sed "s/^COMPOSE_PROJECT_NAME=.*/&-new/; s/^SENTRY_LOCAL_IMAGE=.*/&:new/" .env > "$1/.env"
cat > "$1/docker-compose.yml"
"""
REMOVE = 'cd "$1" && docker compose down --rmi all --timeout 1; rm -r "$1"'


@pytest.fixture
def folder(world):
    """A checkout of self-hosted Sentry as it was cloned."""
    world.on_host("sh", "-c", MAKE, "sh", FOLDER, stdin=COMPOSE)
    yield FOLDER
    world.on_host("sh", "-c", REMOVE, "sh", FOLDER)


def test_it_is_foreseen_then_done_and_then_left_alone(world, folder):
    there = f"--extra-vars={json.dumps({'sentry_sso_sentry_dir': folder})}"
    project = f"--project-directory={folder}"
    unattended = (
        "./install.sh --skip-commit-check --skip-user-creation --no-report-self-hosted-issues"
    )
    files = ["find", folder, "-type", "f"]
    before = world.on_host(*files)

    check = world.play(ON_THE_HOST, "--check", there)
    assert check.returncode == 0, check.output
    assert unattended in check.output
    assert "Say that the provider would be enabled once Sentry runs" in check.output
    assert world.compose(project, "ps", "--quiet") == ""
    assert world.on_host(*files) == before

    done = world.play(ON_THE_HOST, "--verbose", there)
    assert done.returncode == 0, done.output
    assert "asked to: upgrade --noinput" in done.output
    assert world.compose(project, "ps", "--services").split() == ["web"]
    prefix = f"system.url-prefix: '{world.sentry_url}'"
    assert prefix in world.on_host("cat", f"{folder}/sentry/config.yml").splitlines()
    settings = world.on_host("cat", f"{folder}/sentry/sentry.conf.py")
    assert settings.startswith(world.on_host("cat", f"{folder}/sentry/sentry.conf.example.py"))
    assert "OIDC_CLIENT_ID" in settings

    again = world.play(APPLY, there)
    assert (again.returncode, again.changed) == (0, 0), again.output
