# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator answers as the real server did: every recorded exchange is sent to it again."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.contract.certificate import Certificate, make_certificate
from tests.contract.replay import Replay, Replayed
from tests.contract.worlds import FOLDER, load, world

FILES = sorted((FOLDER / "exchanges").glob("*.yml"))
INVENTORY = load(FOLDER / "inventory.yml")
LARGEST_SHARE_LEFT_OUT = 0.1


@cache
def _steps(path: Path) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = load(path)["steps"]
    return steps


def _titles(path: Path) -> list[str]:
    return [step["title"] for step in _steps(path) if "title" in step]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module", params=FILES, ids=lambda path: path.stem)
def replayed(
    request: pytest.FixtureRequest, certificate: Certificate
) -> tuple[Path, list[Replayed]]:
    """One file, replayed from its beginning against a simulator of its own."""
    scenario = load(request.param)
    with world(scenario, certificate) as built:
        return request.param, Replay(built).run(scenario["steps"])


def test_answers_are_those_of_the_real_server(replayed: tuple[Path, list[Replayed]]) -> None:
    _path, results = replayed
    wrong = [f"{result.title}: {text}" for result in results for text in result.problems]
    assert not wrong, "\n" + "\n".join(wrong)


def test_everything_in_the_inventory_is_replayed(replayed: tuple[Path, list[Replayed]]) -> None:
    path, results = replayed
    assert [result.title for result in results] == INVENTORY[path.stem]["replayed"]


def test_every_recorded_file_is_covered() -> None:
    assert sorted(INVENTORY) == [path.stem for path in FILES]


def test_few_exchanges_are_left_out_each_with_a_reason() -> None:
    left_out = [item for file in INVENTORY.values() for item in file.get("left_out", [])]
    kept = sum(len(file["replayed"]) for file in INVENTORY.values())
    assert all(item["title"] and item["reason"] for item in left_out)
    assert len(left_out) <= LARGEST_SHARE_LEFT_OUT * (kept + len(left_out))
