# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests that notice nothing are no tests: a mutant of each file in the table is caught.

``make mutants`` tries all of them.
"""

from __future__ import annotations

import pytest

from tools.mutants import CAUGHT, Mutant, Workbench, load

# The first of each file in the table.
ONE_OF_EACH_FILE = {row.file: row for row in reversed(load())}


@pytest.fixture(scope="module")
def workbench(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    return Workbench(tmp_path_factory.mktemp("mutants"))


@pytest.mark.parametrize("mutant", ONE_OF_EACH_FILE.values(), ids=ONE_OF_EACH_FILE)
def test_mutant_is_caught(mutant: Mutant, workbench: Workbench) -> None:
    assert workbench.outcome(mutant) == CAUGHT
