# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole playbooks on hosts that a test describes, with an Encvoy ID in this process.

Where a test says nothing else, a host is this machine with the folder of a self-hosted Sentry and a
docker client that answers from a table: enough for everything but building and starting.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.encvoy_id import RunningServer, Settings, running_server
from tests.conftest import ROOT
from tests.support.commands import PATIENCE, Play
from tests.support.encvoy_server import PASSWORDS
from tests.support.sentry_host import installed_docker, make_checkout

SENTRY_URL = "https://sentry.example.com"
OWN_LINES = "from sentry.conf.server import *  # NOQA\n"
CLAIMS = ["email", "email_verified", "given_name", "family_name"]


class Playbooks:
    """Runs playbooks of the collection on an inventory in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.docker = installed_docker(folder / "bin")

    def host(self, server: RunningServer, login: str = "root", **variables: Any) -> dict[str, Any]:
        """The variables of a host on this machine, with a checkout of its own."""
        number = len(list(self.folder.glob("sentry-*")))
        checkout = make_checkout(self.folder / f"sentry-{number}")
        (checkout / "sentry" / "sentry.conf.py").write_text(OWN_LINES)
        return {
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
            "sentry_sso_encvoy_url": server.url,
            "sentry_sso_encvoy_login": login,
            "sentry_sso_encvoy_password": PASSWORDS[login],
            "sentry_sso_sentry_url": SENTRY_URL,
            "sentry_sso_sentry_dir": str(checkout),
            "sentry_sso_public_claims": CLAIMS,
            **variables,
        }

    def run(
        self, playbook: str, hosts: dict[str, dict[str, Any]], *arguments: str, **environment: str
    ) -> Play:
        """Run a playbook of the collection as a user does."""
        inventory = self.folder / "hosts.yml"
        inventory.write_text(yaml.safe_dump({"sentry": {"hosts": hosts}}))
        done = subprocess.run(
            ["ansible-playbook", f"--inventory={inventory}", playbook, *arguments],
            check=False,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={
                **os.environ,
                "ANSIBLE_FORCE_COLOR": "0",
                "PATH": self.docker.path,
                **environment,
            },
            timeout=PATIENCE,
        )
        return Play(done.returncode, done.stdout + done.stderr)


@pytest.fixture
def encvoy_id() -> Iterator[RunningServer]:
    """An Encvoy ID with the sandbox's accounts."""
    with running_server(Settings()) as server:
        yield server


@pytest.fixture
def playbooks(tmp_path: Path) -> Playbooks:
    return Playbooks(tmp_path)
