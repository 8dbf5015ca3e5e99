"""The linters, one test each."""

from __future__ import annotations

import subprocess

import pytest

from tests.conftest import ROOT

LINTERS = (
    "ruff check .",
    "ruff format --check .",
    "mypy",
    "yamllint --strict .",
    "ansible-lint --offline --profile production",
    "antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs self .",
    "antsibull-changelog lint",
)


@pytest.mark.parametrize("command", LINTERS)
def test_linter(command):
    run = subprocess.run(
        command.split(),
        cwd=ROOT,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )

    if run.returncode != 0:
        pytest.fail(run.stdout, pytrace=False)
