# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said to be supported is what the matrix tests."""

from __future__ import annotations

import re

import yaml

from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy import library
from sandbox.images.controllers import CONTROLLERS, CORES, NEWEST, NOT_TRIED, OLDEST
from tests.conftest import ROOT

SERIES = OLDEST.core.version.removesuffix(".0")
README = " ".join((ROOT / "README.md").read_text().split())
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()


def plain(version: str) -> str:
    """A version as the documentation says it."""
    return version.removesuffix(".*").replace("==", " ").removesuffix(".*")


def test_ansible_refuses_what_is_older_than_the_oldest_that_is_tested() -> None:
    runtime = yaml.safe_load((ROOT / "meta/runtime.yml").read_text())
    role = yaml.safe_load((ROOT / "roles/sentry_sso/meta/main.yml").read_text())

    assert runtime["requires_ansible"] == f">={OLDEST.core.version}"
    assert role["galaxy_info"]["min_ansible_version"] == SERIES


def test_the_oldest_and_the_newest_are_the_ends() -> None:
    numbers = [[int(part) for part in plain(core.version).split(".")] for core in CORES]

    assert min(numbers) == numbers[CORES.index(OLDEST.core)]
    assert max(numbers) == numbers[CORES.index(NEWEST.core)]
    assert OLDEST.http == f"httpx=={library.HTTPX_MINIMUM}.0"
    assert NEWEST.http.startswith("httpx2==")


def test_the_readme_says_so() -> None:
    pythons = " and ".join(sorted({core.python for core in CORES}))
    tested = (
        f"ansible-core {OLDEST.core.version} to {plain(NEWEST.core.version)} on Python {pythons}"
    )

    assert (
        f"ansible-core {SERIES} or newer; httpx {library.HTTPX_MINIMUM} or newer, below" in README
    )
    assert f"controllers with {tested}." in README
    assert f"pip install 'httpx>={library.HTTPX_MINIMUM},<1'" in README


def test_the_table_of_controllers_is_the_matrix() -> None:
    rows = re.findall(r"^\| (3\.\d+) \| ([\d.]+) \| (httpx .*) \|$", CONTRIBUTING, re.M)
    tested = [
        (core.python, plain(core.version), [one.http for one in CONTROLLERS if one.core == core])
        for core in CORES
    ]

    assert rows == [
        (python, core, ", ".join(plain(one) for one in http)) for python, core, http in tested
    ]


def test_what_is_not_tried_is_named() -> None:
    (named,) = re.findall(r"has Python ([\d., or]+), so these are not tried", CONTRIBUTING)

    assert re.findall(r"3\.\d+", named) == list(NOT_TRIED)
