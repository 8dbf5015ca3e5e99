# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measures whole playbooks on the demo sandbox: ``python -m tests.bench.playbooks``.

The floor is a play that gathers facts and pings the same host, taken in turn with the others so
that all meet the same noise. Processor time is that of the whole machine, for most of a run's work
is done in containers. Prints lines ``bench <name> <number> <unit>``; exits with 1 over a limit.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT

INVENTORY = "--inventory=sandbox/inventory/demo.yml"
FLOOR = """
- hosts: sentry
  gather_facts: true
  tasks:
    - ansible.builtin.ping:
"""
ROUNDS = 5
LIMITS = {"site_no_change_ratio": 3.5, "site_no_change_processor_ratio": 3.5, "verify_ratio": 3.0}


@dataclass(frozen=True)
class Cost:
    """What one run took, in seconds."""

    wall: float
    processor: float


def report(name: str, number: float, unit: str) -> None:
    print(f"bench {name} {number:.2f} {unit}", flush=True)


def busy_seconds() -> float:
    """Processor time that this machine has spent on anything, idle and stolen time left out."""
    user, nice, system, _idle, _iowait, irq, softirq = map(
        int, Path("/proc/stat").read_text().splitlines()[0].split()[1:8]
    )
    return (user + nice + system + irq + softirq) / 100


def run(playbook: str) -> Cost:
    busy, start = busy_seconds(), time.monotonic()
    done = subprocess.run(
        ["ansible-playbook", INVENTORY, playbook],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    cost = Cost(time.monotonic() - start, busy_seconds() - busy)
    if done.returncode != 0 or "changed=0" not in done.stdout:
        raise SystemExit(f"not what is to be measured:\n{done.stdout}{done.stderr}")
    return cost


def median(costs: list[Cost]) -> Cost:
    return Cost(
        statistics.median(cost.wall for cost in costs),
        statistics.median(cost.processor for cost in costs),
    )


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        floor_play = Path(folder, "floor.yml")
        floor_play.write_text(FLOOR)
        plays = {
            "floor": str(floor_play),
            "site": "encvoy.sentry.site",
            "verify": "encvoy.sentry.verify",
        }
        costs: dict[str, list[Cost]] = {name: [] for name in plays}
        for _round in range(ROUNDS):
            for name, playbook in plays.items():
                costs[name].append(run(playbook))
    floor, site, verify = (median(costs[name]) for name in plays)
    for name, cost in (("floor", floor), ("site_no_change", site), ("verify", verify)):
        report(name, cost.wall, "s")
        report(f"{name}_processor", cost.processor, "s")
    ratios = {
        "site_no_change_ratio": site.wall / floor.wall,
        "site_no_change_processor_ratio": site.processor / floor.processor,
        "verify_ratio": verify.wall / floor.wall,
    }
    for name, ratio in ratios.items():
        report(name, ratio, "ratio")
    return int(any(ratios[name] > limit for name, limit in LIMITS.items()))


if __name__ == "__main__":
    sys.exit(main())
