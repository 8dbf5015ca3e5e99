# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""install.sh, run for real: unattended, within a time limit, and with a reason when it fails."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.docker import (
    SentryError,
    SentryHost,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.install import run_install

BUILD = "#7 [web 3/3] RUN x enhance-image.sh\n#7 0.1 E: no package x\n#7 ERROR: exit code: 100\n"


def install_sh(folder: Path, text: str) -> SentryHost:
    script = folder / "install.sh"
    script.write_text(f"#!/bin/sh\n{text}\n")
    script.chmod(0o755)
    return SentryHost(str(folder))


def test_it_gets_its_options_its_folder_and_nobodys_answer(tmp_path: Path) -> None:
    host = install_sh(tmp_path, 'pwd; echo "$@"; read answer || echo nobody answers')
    printed = run_install(host, ["--skip-user-creation", "-x"], 20)
    assert printed.split("\n") == [
        str(tmp_path.resolve()),
        "--skip-user-creation -x",
        "nobody answers",
        "",
    ]


def test_it_works_on_the_project_that_runs(tmp_path: Path) -> None:
    install_sh(tmp_path, 'echo "project: $COMPOSE_PROJECT_NAME"')
    host = SentryHost(str(tmp_path), project="other")
    assert "project: other\n" in run_install(host, [], 20)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "echo 'FAIL: 2 CPUs are needed, Docker has 1'; exit 1",
            "install.sh: It ended with an error: FAIL: 2 CPUs are needed, Docker has 1. Its log",
        ),
        (
            f"cat <<'END'\n{BUILD}END\necho Cleaning up...; exit 17",
            "install.sh: sentry/enhance-image.sh: The site's own part of it failed with exit code"
            " 100 (E: no package x).",
        ),
        ("exit 2", "install.sh: It ended with an error: nothing was printed. Its log"),
    ],
)
def test_why_it_failed(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SentryError) as caught:
        run_install(install_sh(tmp_path, text), [], 20)
    assert str(caught.value).startswith(said)


def test_what_takes_too_long_is_stopped_with_all_that_it_has_started(tmp_path: Path) -> None:
    host = install_sh(tmp_path, "(sleep 3; touch late) & sleep 3")
    with pytest.raises(SentryError, match=r"install_timeout: .* longer than 0.5 s and was stop"):
        run_install(host, [], 0.5)
    time.sleep(3)
    assert not (tmp_path / "late").exists()


def test_one_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SentryError, match=r"install\.sh: It cannot be run \(No such file"):
        run_install(SentryHost(str(tmp_path)), [], 20)
