# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls of the docker client, and what is told when one fails."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
LOGS = CHECKOUT / ".cache" / "images"


class BuildError(Exception):
    """An image cannot be made; the text says what to do."""


def docker(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run the docker client."""
    return run(["docker", *arguments], stdin=stdin)


def run(
    command: list[str], *, stdin: bytes = b"", env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run a command and keep its output.

    :param env: additions to the environment
    """
    return subprocess.run(
        command, input=stdin, capture_output=True, env={**os.environ, **(env or {})}, check=False
    )


def inspect(reference: str, template: str) -> str:
    """What Docker says about an image; empty when there is no such image."""
    answer = docker("image", "inspect", "--format", template, reference)
    return answer.stdout.decode().strip() if answer.returncode == 0 else ""


def check(done: subprocess.CompletedProcess[bytes], reference: str) -> None:
    """Keep the output of a command that failed in a file.

    :raises BuildError: with the end of that output
    """
    if done.returncode == 0:
        return
    log = LOGS / f"{reference.replace('/', '-').replace(':', '-')}.log"
    # The standard output of a bootstrap is an archive.
    output = done.stdout + done.stderr if done.args[0] != "mmdebstrap" else done.stderr
    log.write_bytes(output)
    tail = "\n".join(output.decode(errors="replace").splitlines()[-30:])
    raise BuildError(f"{done.args[0]} failed for {reference}; the last lines of {log}:\n{tail}")


@contextmanager
def step(verb: str, reference: str) -> Iterator[None]:
    """Print what is being done and, at the end, how long it took."""
    print(f"{verb} {reference}", flush=True)
    start = time.monotonic()
    try:
        yield
    except BaseException:
        print(f"failed  {reference}", flush=True)
        raise
    print(f"done    {reference} in {time.monotonic() - start:.1f} s", flush=True)
