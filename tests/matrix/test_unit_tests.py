# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The unit tests pass on each controller of the matrix, with its Python, ansible-core and httpx.

On the two ends alone, it is those that have to do with them; `make matrix` runs them all. The
containers have no network.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.conftest import ROOT
from tests.support.controllers import CHOSEN, machine

WHERE_VERSIONS_COUNT = [
    *(
        str(path.relative_to(ROOT))
        for path in sorted(ROOT.glob("tests/unit/modules/test_encvoy_*"))
    ),
    "tests/unit/module_utils/_encvoy/test_library.py",
    "tests/unit/module_utils/_encvoy/test_session.py",
    "tests/unit/module_utils/_encvoy/test_proxy.py",
    "tests/unit/module_utils/_encvoy/test_tls.py",
    "tests/unit/module_utils/test__module.py",
    "tests/unit/role",
]
SELECTED = ["tests/unit"] if os.environ.get("MATRIX") == "all" else WHERE_VERSIONS_COUNT
# The checkout is read-only there.
ELSEWHERE = {
    "ANSIBLE_HOME": "/tmp/ansible",
    "HYPOTHESIS_STORAGE_DIRECTORY": "/tmp/hypothesis",
    "PYTHONPYCACHEPREFIX": "/tmp/bytecode",
}


@pytest.mark.parametrize("name", CHOSEN)
def test_unit_tests_pass(name: str, record_property: Callable[[str, object], None]) -> None:
    record_property("row", CHOSEN[name].name)
    record_property("column", "unit tests")
    options = [f"--env={variable}={value}" for variable, value in ELSEWHERE.items()]
    volume = f"--volume={ROOT}:/src:ro"
    with machine(CHOSEN[name], "--network=none", volume, *options) as here:
        record_property("versions", here.versions())
        done = here.run(
            *("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", *SELECTED), workdir="/src"
        )

    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout
