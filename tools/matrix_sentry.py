# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the scenarios on official Sentry images: ``python -m tools.matrix_sentry [VERSION...]``.

Prints a line for each image: passed, failed, or not reachable. It exits with 0 when every image
passed, with 1 when one failed, and with 2 when nothing failed and something did not run.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tools.checkout import ROOT

PASSED, FAILED, NOT_REACHABLE = "passed", "failed", "not reachable"
# The hard stops of upgrades since 24.8, where sentry-auth-oidc 9 begins, and the newest layout.
OFFICIAL = ("24.8.0", "25.5.1", "26.5.1", "26.8.0")


@dataclass(frozen=True)
class Row:
    """A release of Sentry."""

    version: str

    @property
    def image(self) -> str:
        """The image as self-hosted's own ``.env`` of that release names it."""
        registry = "ghcr.io/" if self._key >= (25, 7) else ""
        return f"{registry}getsentry/sentry:{self.version}"

    @property
    def layout(self) -> str:
        """The sandbox's layout; until 25.9 self-hosted has the services worker and cron."""
        return "26.8.0" if self._key >= (25, 10) else "23.7.1"

    @property
    def _key(self) -> tuple[int, ...]:
        return tuple(int(number) for number in self.version.split(".")[:2])


Run = Callable[[Sequence[str], dict[str, str]], int]


def run_row(row: Row, run: Run) -> str:
    """Get the image and run the scenarios on it."""
    there = run(["docker", "image", "inspect", row.image], {}) == 0
    if not there and run(["docker", "pull", row.image], {}) != 0:
        return NOT_REACHABLE
    environment = {"SANDBOX_SENTRY_IMAGE": row.image, "SANDBOX_LAYOUT": row.layout}
    scenarios = [sys.executable, "-m", "pytest", "tests/molecule", "--capture=no"]
    return PASSED if run(scenarios, environment) == 0 else FAILED


def exit_code(verdicts: Sequence[str]) -> int:
    """The program's exit code: what did not run is never a success."""
    if FAILED in verdicts:
        return 1
    return 0 if verdicts and set(verdicts) == {PASSED} else 2


def run_here(command: Sequence[str], environment: dict[str, str]) -> int:
    """Run a command in the checkout; what it prints is shown, except what is only asked."""
    quiet = command[:2] == ["docker", "image"]
    output = subprocess.DEVNULL if quiet else None
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=output,
        stderr=output,
        check=False,
    ).returncode


def main(versions: Sequence[str], run: Run = run_here) -> int:
    """Run all rows, and print the table at the end."""
    rows = [Row(version) for version in versions or OFFICIAL]
    print("Official images: " + ", ".join(row.image for row in rows), flush=True)
    verdicts = []
    for row in rows:
        print(f"\n== {row.image} in the layout of {row.layout}", flush=True)
        verdicts.append(run_row(row, run))
    print()
    for row, verdict in zip(rows, verdicts):
        print(f"{row.image:<40} layout {row.layout:<8} {verdict}")
    return exit_code(verdicts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
