# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Handles to a running sandbox: its playbooks, its containers, its Encvoy ID."""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible.vars.manager import VariableManager

from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.api import Api
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.credentials import (
    Credentials as ApiCredentials,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.session import Session, Settings
from tests.conftest import ROOT
from tests.support.browser_session import BrowserSession, Credentials
from tests.support.commands import PATIENCE, Play, run
from tests.system.containers import containers

# molecule asks for a terminal's colours and for YAML, which would stand between the words.
OUTPUT = {"ANSIBLE_FORCE_COLOR": "0", "ANSIBLE_CALLBACK_RESULT_FORMAT": "json"}
# Files, containers and clients: all that a run could change.
State = tuple[str, dict[str, list[str]], list[dict[str, Any]]]


@dataclass(frozen=True)
class Member:
    """A member of the organization, in both systems."""

    email: str
    encvoy_id: Credentials
    sentry_password: str


def inventory_variables(name: str) -> dict[str, Any]:
    """The role's variables as the sandbox inventory gives them, templates resolved."""
    loader = DataLoader()
    inventory = InventoryManager(loader, sources=[str(ROOT / f"sandbox/inventory/{name}.yml")])
    (host,) = inventory.get_hosts("sentry")
    variables = VariableManager(loader, inventory).get_vars(host=host)
    templar = Templar(loader, variables)
    return {
        variable.removeprefix("sentry_sso_"): templar.template(value)
        for variable, value in variables.items()
        if variable.startswith("sentry_sso_")
    }


class Sandbox:
    """A sandbox that is up.

    :param name: ``demo`` or ``molecule``
    :param variables: the role's variables, without their prefix
    """

    def __init__(self, name: str, variables: dict[str, Any]) -> None:
        self.name = name
        self.prefix = f"encvoy-sentry-{name}"
        self.encvoy_url: str = variables["encvoy_url"]
        self.encvoy_owner = Credentials(variables["encvoy_login"], variables["encvoy_password"])
        self.ca: str = variables["encvoy_ca"]
        self.sentry_url: str = variables["sentry_url"]
        self.sentry_dir: str = variables["sentry_dir"]

    def browser_session(self) -> BrowserSession:
        """Somebody with an empty browser."""
        return BrowserSession(self.sentry_url, self.ca)

    def play(
        self,
        playbook: str,
        *arguments: str,
        environment: dict[str, str] | None = None,
        kill_at: str | None = None,
    ) -> Play:
        """Run a playbook as a user does.

        :param playbook: one of the collection's (``site``), or a file of this checkout
        :param environment: variables in addition
        :param kill_at: what ansible-playbook prints when it is to be killed
        """
        if not playbook.endswith(".yml"):
            playbook = f"encvoy.sentry.{playbook}"
        with subprocess.Popen(
            ["ansible-playbook", f"--inventory=sandbox/inventory/{self.name}.yml"]
            + [playbook, *arguments],
            cwd=ROOT,
            env={**os.environ, **OUTPUT, **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process:
            printed = []
            limit = threading.Timer(PATIENCE, os.killpg, (process.pid, signal.SIGKILL))
            limit.start()
            for line in process.stdout or ():
                printed.append(line)
                if kill_at and kill_at in line:
                    os.killpg(process.pid, signal.SIGKILL)
            limit.cancel()
        return Play(process.returncode, "".join(printed))

    def on_host(self, *command: str, stdin: str = "", check: bool = True) -> str:
        """Standard output of a command on the Sentry host, in the project folder."""
        return run(
            "docker", "exec", "--interactive", "--workdir", self.sentry_dir,
            f"{self.prefix}-host", *command, stdin=stdin, check=check,
        )  # fmt: skip

    def compose(self, *arguments: str, stdin: str = "", check: bool = True) -> str:
        """Standard output of ``docker compose`` on the Sentry host."""
        command = ["docker", "compose", *self.env_file_options, *arguments]
        return self.on_host(*command, stdin=stdin, check=check)

    @functools.cached_property
    def env_file_options(self) -> list[str]:
        """What ``docker compose`` has to be told where the site has a ``.env.custom``."""
        has_custom = ".env.custom" in self.on_host("ls", "-A").split()
        return ["--env-file=.env", "--env-file=.env.custom"] if has_custom else []

    @functools.cached_property
    def sentry_version(self) -> str:
        """The version of Sentry in the running web container."""
        ask = "import importlib.metadata as found; print(found.version('sentry'))"
        return self.compose("exec", "-T", "web", "python3", "-c", ask).strip()

    @property
    def is_older_sentry(self) -> bool:
        """Whether it is of before 24.8, from which on sentry-auth-oidc 9 is the one that loads."""
        return [int(part) for part in self.sentry_version.split(".")[:2]] < [24, 8]

    @property
    def another_plugin(self) -> str:
        """A release of sentry-auth-oidc that this Sentry loads, and that is not the role's."""
        return "7.0.0" if self.is_older_sentry else "9.1.0"

    @property
    def wrong_plugin(self) -> str:
        """A release of sentry-auth-oidc that every process of this Sentry would die of."""
        return "9.1.1" if self.is_older_sentry else "8.1.0"

    @functools.cached_property
    def services_of_sentry(self) -> list[str]:
        """The services that run Sentry itself, and no stand-in of it."""
        listed = self.compose("config", "--services").split()
        workers = ["worker", "cron", "taskworker", "taskscheduler"] if self.is_older_sentry else []
        return ["web", *(service for service in workers if service in listed)]

    def containers(self) -> dict[str, list[str]]:
        """Id and start time of every container of the Sentry stack, by name."""
        return containers(self.prefix)

    def state(self) -> State:
        """All that a run could change.

        Every file of the project folder with checksum and mode, every container, every client.
        """
        files = "find . -type f -exec md5sum {} + | sort; find . -printf '%m %p\\n' | sort"
        return self.on_host("sh", "-c", files), self.containers(), self.clients()

    @contextlib.contextmanager
    def encvoy(self) -> Iterator[Api]:
        """The management API of Encvoy ID, as the owner of the system."""
        with self.owner() as (session, owner):
            yield Api(session, owner)

    @contextlib.contextmanager
    def access_token(self) -> Iterator[str]:
        """An access token of the owner of the system."""
        with self.owner() as (_session, owner):
            yield owner.header().removeprefix("Bearer ")

    @contextlib.contextmanager
    def owner(self) -> Iterator[tuple[Session, ApiCredentials]]:
        """The owner of the system, logged in at Encvoy ID when it is first needed."""
        with Session(Settings(self.encvoy_url, ca_path=self.ca)) as session:
            account = (self.encvoy_owner.login, self.encvoy_owner.password)
            owner = ApiCredentials(session, account=account)
            try:
                yield session, owner
            finally:
                owner.close()

    def client(self) -> dict[str, Any]:
        """Sentry's client at Encvoy ID."""
        (client,) = [one for one in self.clients() if one["name"] == "Sentry"]
        return client

    def clients(self) -> list[dict[str, Any]]:
        """All clients at Encvoy ID, with everything about them, in a stable order."""
        with self.encvoy() as api:
            rows = list(api.pages("list clients", "/clients", "client_id", {}))
            return [api.get("read a client", f"/clients/{row['client_id']}") for row in rows]
