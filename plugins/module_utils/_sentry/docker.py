# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE. Runs docker and docker compose in the folder of a self-hosted Sentry.

The only place that starts a process on the Sentry host. Secrets go through standard input, never
into the arguments, which everybody on the host can read.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .._module import ModuleError

WEB_SERVICE = "web"

# sudo and cron often leave /usr/local/bin out of PATH, and Docker's own packages install there.
_EXTRA_PATH = ("/usr/local/bin", "/usr/bin", "/snap/bin")

# What the docker client prints (lower case) -> what it means for the person who runs Ansible.
_KNOWN_FAILURES = (
    (
        ("permission denied while trying to connect",),
        "this user may not use Docker: use become, or add the user to the group docker",
    ),
    (
        ("cannot connect to the docker daemon", "failed to connect to the docker api"),
        "the Docker daemon is not reachable: start it (systemctl start docker), or check"
        " DOCKER_HOST",
    ),
    (
        ("is not running", "is restarting"),
        "the container is not running: see 'docker compose ps' and 'docker compose logs' in the"
        " Sentry folder for the reason, then start it with 'docker compose up -d'",
    ),
)


class SentryError(ModuleError):
    """Something on the Sentry host is not as it has to be."""


@dataclass(frozen=True)
class SentryHost:
    """How to run docker for one Sentry folder.

    :param directory: absolute path of the self-hosted checkout
    :param env_files: files to hand to compose with ``--env-file``; none means compose's default
    :param timeout: seconds that one command may take
    """

    directory: str
    env_files: tuple[str, ...] = ()
    timeout: float = 120

    def docker(self, *arguments: str, stdin: str = "") -> str:
        """Return what ``docker <arguments>`` prints; raise SentryError when it fails."""
        return _run([find_docker(), *arguments], self.directory, stdin, self.timeout)

    def compose(self, *arguments: str, stdin: str = "") -> str:
        """Return what ``docker compose <arguments>`` prints; raise SentryError when it fails."""
        env_options = [option for path in self.env_files for option in ("--env-file", path)]
        return self.docker("compose", *env_options, *arguments, stdin=stdin)

    def compose_config(self) -> dict[str, Any]:
        """Return the effective compose project. It can hold secrets: never hand it on whole."""
        return _parse_json(self.compose("config", "--format", "json"), "docker compose config")

    def containers(self, project: str) -> list[dict[str, Any]]:
        """Return ``docker inspect`` of the project's containers, one-off runs left out."""
        label = "label=com.docker.compose."
        listed = self.docker(
            "ps",
            "--all",
            "--quiet",
            "--filter",
            label + "project=" + project,
            "--filter",
            label + "oneoff=False",
        ).split()
        if not listed:
            return []
        return _parse_json(self.docker("inspect", *listed), "docker inspect")

    def image_id(self, image: str) -> str | None:
        """Return the id of a local image, or None when there is none of that name."""
        try:
            return self.docker("image", "inspect", "--format", "{{.Id}}", image).strip()
        except SentryError as error:
            if "no such" in str(error).lower():
                return None
            raise


def find_docker() -> str:
    """Return the path of the docker client; raise SentryError when there is none."""
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), *_EXTRA_PATH))
    docker = shutil.which("docker", path=path)
    if docker is None:
        raise SentryError(
            "docker was not found on this host: is it the host that runs Sentry? Else install"
            " Docker Engine with its compose plugin"
        )
    return docker


def compose_version(directory: str, timeout: float = 30) -> str:
    """Return the version of the compose plugin, such as ``2.32.2``; raise SentryError if absent."""
    try:
        printed = SentryHost(directory, timeout=timeout).docker("compose", "version", "--short")
    except SentryError as error:
        raise SentryError(
            "docker compose (version 2) does not work on this host: install the compose plugin"
            f" (package docker-compose-plugin or docker-compose). {error}"
        ) from error
    return printed.strip().lstrip("v")


def _run(command: Sequence[str], directory: str, stdin: str, timeout: float) -> str:
    """Run a command without a shell in its own process group and return its standard output."""
    shown = " ".join(["docker", *command[1:3]])
    with subprocess.Popen(
        command,
        cwd=directory,
        env={**os.environ, "COMPOSE_ANSI": "never", "DOCKER_CLI_HINTS": "false"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            output, errors = process.communicate(stdin, timeout=timeout)
        except subprocess.TimeoutExpired:
            # compose is a child of docker and keeps the pipes open: end the whole group.
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise SentryError(f"'{shown} …' gave no answer within {timeout:g} s") from None
    if process.returncode != 0:
        raise SentryError(_explain(shown, process.returncode, errors or output))
    return output


def last_log_lines(printed: str, count: int) -> str:
    """Return the last lines of what a program printed as one, source code left out.

    The indented lines of a traceback quote source code, and in a settings file that is secret.
    """
    lines = [line for line in printed.splitlines() if line and not line[0].isspace()]
    return " / ".join(lines[-count:]) or "nothing was printed"


def _explain(shown: str, code: int, printed: str) -> str:
    """Return one sentence for a failed command: what it means, then what it printed last."""
    last = last_log_lines(printed, 4)
    lowered = printed.lower()
    for patterns, meaning in _KNOWN_FAILURES:
        if any(pattern in lowered for pattern in patterns):
            return f"{meaning} ({last})"
    return f"'{shown} …' failed with exit code {code}: {last}"


def _parse_json(printed: str, source: str) -> Any:
    try:
        return json.loads(printed)
    except ValueError as error:
        raise SentryError(f"'{source}' did not print JSON: {error}") from error
