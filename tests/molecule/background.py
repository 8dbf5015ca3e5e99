# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Molecule scenarios that run while other tests do, since they mostly wait for containers."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator

from tests.conftest import ROOT

RECORDS = ROOT / ".cache" / "molecule"
SCENARIOS = sorted(path.parent.name for path in (ROOT / "molecule").glob("*/molecule.yml"))


class Scenario:
    """A run of ``molecule test`` for one scenario.

    Its output goes to a file, and what its system tests find to others, in JUnit's format.
    """

    def __init__(self, name: str) -> None:
        RECORDS.mkdir(parents=True, exist_ok=True)
        self.name = name
        for report in RECORDS.glob("*.xml"):
            report.unlink()
        self.log = RECORDS / f"{name}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                ["molecule", "test", "--scenario-name", name],
                cwd=ROOT,
                env={**os.environ, "COLUMNS": "160"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def follow(self) -> Iterator[str]:
        """What the run prints, from its start to its end."""
        with self.log.open(encoding="utf-8", errors="replace") as log:
            while True:
                is_over = self.process.poll() is not None
                yield log.read()
                if is_over:
                    return
                time.sleep(0.5)

    def results(self) -> Iterator[tuple[str, str | None]]:
        """Name of each system test that the run has made, and how it failed."""
        for report in sorted(RECORDS.glob("*.xml")):
            for case in ElementTree.parse(report).iter("testcase"):
                failures = [*case.findall("failure"), *case.findall("error")]
                text = "\n".join(failure.text or "" for failure in failures) if failures else None
                yield f"{case.get('classname')}::{case.get('name')}", text

    def stop(self) -> None:
        """End a run that is not over, and remove its sandbox."""
        if self.process.poll() is not None:
            return
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        subprocess.run(["molecule", "destroy", "--scenario-name", self.name], cwd=ROOT, check=False)
