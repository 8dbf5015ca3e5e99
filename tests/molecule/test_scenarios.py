# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every molecule scenario from its first step to its last, on real containers.

pytest shows what a scenario printed if it failed; ``make molecule`` shows it while it runs.
"""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.conftest import ROOT

SCENARIOS = sorted(path.parent.name for path in (ROOT / "molecule").glob("*/molecule.yml"))


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str) -> None:
    """A scenario starts pytest itself, which is to know nothing of this one."""
    outside = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    scenario = subprocess.run(
        ["molecule", "test", "--scenario-name", name],
        cwd=ROOT,
        env={**outside, "COLUMNS": "160"},
        stdin=subprocess.DEVNULL,
        check=False,
    )

    if scenario.returncode != 0:
        pytest.fail(f"scenario {name} failed; what it printed is shown here", pytrace=False)
