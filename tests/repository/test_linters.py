# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The linters that work on the checkout, one test each."""

from __future__ import annotations

import pytest

from tests.repository.linters import lint

LINTERS = (
    "ruff check .",
    "ruff format --check .",
    "mypy",
    "yamllint --strict .",
    "ansible-lint --offline --profile production",
    "antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs self .",
    "antsibull-changelog lint",
    "reuse lint --lines",
)


@pytest.mark.parametrize("command", LINTERS)
def test_linter(command: str) -> None:
    lint(command.split())
