# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole playbooks on a host that a test chooses, with an Encvoy ID in this process."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from sandbox.encvoy_id import Settings, running_server
from tests.conftest import ROOT
from tests.support.commands import PATIENCE, Play
from tests.support.encvoy_server import PASSWORDS


@pytest.fixture
def encvoy_id():
    """A simulator with the sandbox's accounts."""
    with running_server(Settings()) as server:
        yield server


@pytest.fixture
def play(encvoy_id, tmp_path):
    """Runs a playbook of the collection, or of this folder, on a host with these variables."""

    def run(playbook: str, *arguments: str, **variables: str) -> Play:
        inventory = tmp_path / "hosts.yml"
        credentials = {
            "sentry_sso_encvoy_url": encvoy_id.url,
            "sentry_sso_encvoy_login": "root",
            "sentry_sso_encvoy_password": PASSWORDS["root"],
        }
        host = {**credentials, **variables}
        inventory.write_text(yaml.safe_dump({"sentry": {"hosts": {"sentry-host": host}}}))
        if playbook.endswith(".yml"):
            playbook = str(Path(__file__).parent / playbook)
        done = subprocess.run(
            ["ansible-playbook", f"--inventory={inventory}", playbook, *arguments],
            check=False,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={**os.environ, "ANSIBLE_FORCE_COLOR": "0"},
            timeout=PATIENCE,
        )
        return Play(done.returncode, done.stdout + done.stderr)

    return run
