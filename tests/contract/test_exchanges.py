# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator answers as the real server did: every recorded exchange is sent to it again."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from sandbox.certificates import Certificates, make_certificates
from tests.contract.replay import Replay, Replayed
from tests.contract.server_state import FOLDER, load, recorded_server

FILES = sorted((FOLDER / "exchanges").glob("*.yml"))
INVENTORY = load(FOLDER / "inventory.yml")
LARGEST_SHARE_LEFT_OUT = 0.1


class ReplayedFile(NamedTuple):
    """The outcome of one file of exchanges."""

    name: str
    exchanges: list[Replayed]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module", params=FILES, ids=lambda path: path.stem)
def replayed(request: pytest.FixtureRequest, certificates: Certificates) -> ReplayedFile:
    """One file, replayed from its beginning against a simulator of its own."""
    scenario = load(request.param)
    with recorded_server(scenario, certificates) as recorded:
        return ReplayedFile(request.param.stem, Replay(recorded).run(scenario["steps"]))


def test_answers_are_those_of_the_real_server(replayed: ReplayedFile) -> None:
    wrong = [f"{one.title}: {text}" for one in replayed.exchanges for text in one.problems]
    assert not wrong, "\n" + "\n".join(wrong)


def test_everything_in_the_inventory_is_replayed(replayed: ReplayedFile) -> None:
    titles = [one.title for one in replayed.exchanges]
    assert titles == INVENTORY[replayed.name]["replayed"]


def test_every_recorded_file_is_covered() -> None:
    assert sorted(INVENTORY) == [path.stem for path in FILES]


def test_few_exchanges_are_left_out_each_with_a_reason() -> None:
    left_out = [item for file in INVENTORY.values() for item in file.get("left_out", [])]
    kept = sum(len(file["replayed"]) for file in INVENTORY.values())
    assert all(item["title"] and item["reason"] for item in left_out)
    assert len(left_out) <= LARGEST_SHARE_LEFT_OUT * (kept + len(left_out))
