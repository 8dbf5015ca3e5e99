# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every molecule scenario from its first step to its last, on real containers."""

from __future__ import annotations

import pytest

from tests.molecule.background import SCENARIOS


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name, started, subtests, capfd):
    scenario = started[name]
    with capfd.disabled():
        print(f"\n== molecule test --scenario-name {name}, begun with the tests", flush=True)
        for printed in scenario.follow():
            print(printed, end="", flush=True)

    for test, failure in scenario.results():
        with subtests.test(test):
            if failure:
                pytest.fail(failure, pytrace=False)

    if scenario.process.returncode != 0:
        pytest.fail(f"scenario {name} failed; its output is above", pytrace=False)
