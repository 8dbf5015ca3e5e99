# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``make matrix-sentry`` tells of every image, and is no success where one did not run."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tools.matrix_sentry import OFFICIAL, Row, main

PULL, SCENARIO = "pull", "pytest"


@pytest.mark.parametrize(
    ("fails", "said", "code"),
    [
        ({}, ["passed", "passed"], 0),
        ({(PULL, "25.5.1")}, ["not reachable", "passed"], 2),
        ({(PULL, "25.5.1"), (PULL, "26.8.0")}, ["not reachable", "not reachable"], 2),
        ({(SCENARIO, "26.8.0")}, ["passed", "failed"], 1),
        ({(PULL, "25.5.1"), (SCENARIO, "26.8.0")}, ["not reachable", "failed"], 1),
    ],
)
def test_a_verdict_for_each_image(
    capsys: pytest.CaptureFixture[str],
    fails: set[tuple[str, str]],
    said: list[str],
    code: int,
) -> None:
    ran = []

    def run(command: Sequence[str], environment: dict[str, str]) -> int:
        image = environment.get("SANDBOX_SENTRY_IMAGE", command[-1])
        step = next(word for word in (PULL, SCENARIO, "inspect") if word in command)
        ran.append((step, image.rsplit(":", 1)[-1]))
        return int(step == "inspect" or ran[-1] in fails)

    assert main(["25.5.1", "26.8.0"], run) == code
    table = capsys.readouterr().out.splitlines()[-2:]
    assert [line.split(maxsplit=3)[3] for line in table] == said
    reached = [word == "not reachable" for word in said]
    assert [step for step, _version in ran].count(SCENARIO) == reached.count(False)


def test_an_image_that_is_there_is_not_pulled() -> None:
    ran: list[str] = []

    def run(command: Sequence[str], environment: dict[str, str]) -> int:
        ran.append(" ".join(command[:2]))
        return 0

    assert main([OFFICIAL[0]], run) == 0
    assert "docker pull" not in ran


@pytest.mark.parametrize(
    ("version", "image", "layout"),
    [
        ("24.8.0", "getsentry/sentry:24.8.0", "23.7.1"),
        ("25.5.1", "getsentry/sentry:25.5.1", "23.7.1"),
        ("26.5.1", "ghcr.io/getsentry/sentry:26.5.1", "26.8.0"),
        ("26.8.0", "ghcr.io/getsentry/sentry:26.8.0", "26.8.0"),
    ],
)
def test_the_image_and_layout_of_a_release(version: str, image: str, layout: str) -> None:
    assert version in OFFICIAL
    assert (Row(version).image, Row(version).layout) == (image, layout)
