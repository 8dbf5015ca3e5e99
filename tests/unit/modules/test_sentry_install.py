# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""install.sh as a task: run each time, foreseen in check mode."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.module_runner import run_module
from tests.support.sentry_host import installed_docker, make_checkout


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", installed_docker(tmp_path / "bin").path)
    folder = make_checkout(tmp_path / "sentry")
    script = folder / "install.sh"
    script.write_text(
        '#!/bin/sh\necho "asked: $*"; touch installed; exit "$(cat code || echo 0)"\n'
    )
    script.chmod(0o755)
    return folder


def test_each_run_is_a_change(checkout: Path) -> None:
    for _run in (1, 2):
        outcome = run_module("sentry_install", sentry_dir=str(checkout), flags=["-x"])
        assert outcome["changed"] is True
        assert (outcome["flags"], outcome["printed"]) == (["-x"], "asked: -x\n")
    assert (checkout / "installed").exists()


@pytest.mark.parametrize("after", [False, True])
def test_a_check_run_runs_nothing(checkout: Path, after: bool) -> None:
    if after:
        run_module("sentry_install", sentry_dir=str(checkout))
    (checkout / "installed").unlink(missing_ok=True)
    outcome = run_module("sentry_install", check=True, sentry_dir=str(checkout))
    assert (outcome["changed"], outcome["printed"]) == (True, "")
    assert not (checkout / "installed").exists()


def test_a_failure_says_why(checkout: Path) -> None:
    (checkout / "code").write_text("3")
    outcome = run_module("sentry_install", sentry_dir=str(checkout), flags=["-x"])
    assert outcome.msg.startswith("install.sh: It ended with an error: asked: -x.")
