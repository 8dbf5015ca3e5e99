# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commands on this machine and what they end with. Loads nothing of Ansible's controller.

In a process that has that loaded, modules hand their warnings to it, and tests of them see none.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass

from tests.conftest import ROOT

# Seconds after which no run of a playbook on the sandbox can still be at work.
PATIENCE = 300
RECAP = re.compile(r"^\S+ +: ok=(\d+) +changed=(\d+) +unreachable=(\d+) +failed=(\d+)", re.M)


@dataclass(frozen=True)
class Play:
    """What a run of ansible-playbook ended with."""

    returncode: int
    output: str

    @property
    def words(self) -> str:
        """The output without what wrapping puts into texts: line ends, quotes, indentation."""
        lines = (
            line.strip().removesuffix(",").strip('"').strip() for line in self.output.splitlines()
        )
        return " ".join(" ".join(lines).split())

    @property
    def changed(self) -> int:
        """How many tasks changed something, over all hosts."""
        recaps = RECAP.findall(self.output)
        assert recaps, self.output
        return sum(int(changed) for _ok, changed, _unreachable, _failed in recaps)


def run(*command: str, check: bool = True, stdin: str = "") -> str:
    """What a command on this machine prints; errors too where it may fail."""
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, input=stdin, cwd=ROOT
    )
    assert not check or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout if check else done.stdout + done.stderr
