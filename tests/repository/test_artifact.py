# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The built artifact: what is in it, and whether Ansible Galaxy takes it."""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.repository.linters import lint
from tools.checkout import files


def clone(folder: Path, names: list[Path], mode: int) -> Path:
    """The checkout's files in a folder of their own, made in this order."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name, follow_symlinks=False)
        if not (ROOT / name).is_symlink():
            (folder / name).chmod(mode | (ROOT / name).stat().st_mode & 0o100)
    return folder


def test_two_clones_make_the_same_artifact(tmp_path: Path) -> None:
    """Whatever the order of files, their times, the umask and the moment of the build."""
    names = [path for path in files() if path.parts[0] not in ("tests", "sandbox")]
    clones = [
        clone(tmp_path / "first", names, 0o644),
        clone(tmp_path / "second", names[::-1], 0o600),
    ]
    os.utime(clones[1] / "README.md", (1, 1))
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}
    for folder in clones:
        lint(["python", "-m", "tools.artifact", "dist"], folder, environment)
    built = [next((folder / "dist").iterdir()) for folder in clones]

    assert built[0].name == built[1].name
    assert len({hashlib.sha256(path.read_bytes()).hexdigest() for path in built}) == 1
    with tarfile.open(built[0]) as archive:
        assert {member.mtime for member in archive} == {1700000000}


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive that ``ansible-galaxy collection install`` would get."""
    folder = tmp_path_factory.mktemp("artifact")
    lint(["python", "-m", "tools.artifact", str(folder)])
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
