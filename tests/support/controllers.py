# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers of the matrix, and which of its rows are tried."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.images import names
from sandbox.images.controllers import CONTROLLERS, ENDS, Controller
from tests.support.commands import run

# All rows with MATRIX=all, as `make matrix` does; else the two ends.
CHOSEN: dict[str, Controller] = (
    {one.name: one for one in CONTROLLERS} if os.environ.get("MATRIX") == "all" else ENDS
)
VERSIONS = """
import importlib.metadata as m, platform
found = {one.metadata["Name"]: one.version for one in m.distributions()}
named = [f"{name} {found[name]}" for name in ("ansible-core", "httpx", "httpx2") if name in found]
print(", ".join([f"Python {platform.python_version()}", *named]))
"""


@dataclass(frozen=True)
class Machine:
    """A controller that runs.

    :param identity: of its container
    """

    identity: str

    def run(self, *command: str, workdir: str = "/") -> subprocess.CompletedProcess[str]:
        """Run a command in it; standard error comes with the output."""
        return subprocess.run(
            ["docker", "exec", f"--workdir={workdir}", self.identity, *command],
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def versions(self) -> str:
        """What runs in it, as people say it."""
        return self.run("python", "-c", VERSIONS).stdout.strip()


@contextlib.contextmanager
def machine(controller: Controller, *options: str) -> Iterator[Machine]:
    """A controller for a while; its image is made where it is missing.

    :param options: for ``docker run``
    """
    run(sys.executable, "-m", "sandbox.images.matrix", controller.name)
    image = names.controller(controller.name)
    started = run("docker", "run", "--detach", "--rm", "--init", *options, image)
    try:
        yield Machine(started.strip())
    finally:
        run("docker", "rm", "--force", started.strip(), check=False)
