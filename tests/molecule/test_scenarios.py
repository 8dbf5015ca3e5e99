"""Runs every molecule scenario from its first step to its last, on real containers."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = sorted(path.parent.name for path in (ROOT / "molecule").glob("*/molecule.yml"))


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario(scenario, capfd):
    with capfd.disabled():
        print(f"\n== molecule test --scenario-name {scenario}", flush=True)
        run = subprocess.run(
            ["molecule", "test", "--scenario-name", scenario], cwd=ROOT, check=False
        )

    assert run.returncode == 0, f"scenario {scenario} failed; its output is above"
