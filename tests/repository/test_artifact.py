# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The built artifact: what is in it, and whether Ansible Galaxy takes it."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.repository.linters import lint


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive that ``ansible-galaxy collection install`` would get."""
    folder = tmp_path_factory.mktemp("artifact")
    lint(["ansible-galaxy", "collection", "build", "--output-path", str(folder), str(ROOT)])
    (archive,) = folder.glob("encvoy-sentry-*.tar.gz")
    return archive


def test_what_only_the_checkout_needs_is_left_out(artifact: Path) -> None:
    with tarfile.open(artifact) as archive:
        top_level = {name.split("/")[0] for name in archive.getnames()}

    assert {"plugins", "roles", "playbooks", "meta", "README.md"} <= top_level
    assert not top_level & {"sandbox", "tests", "molecule", "tools"}
    assert not [name for name in top_level if name.startswith(".")]


def test_galaxy_imports_it(artifact: Path, tmp_path: Path) -> None:
    """The importer's own ansible-lint is left out: it runs on the checkout, and stricter."""
    printed = lint(
        ["python", "-m", "galaxy_importer.main", str(artifact)],
        tmp_path,
        {**os.environ, "GALAXY_IMPORTER_RUN_ANSIBLE_LINT": "false"},
    )

    assert "Importer processing completed successfully" in printed
    assert not [line for line in printed.splitlines() if line.startswith(("ERROR", "WARNING"))]
