# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook `verify` on a Sentry that members can log in to, as talkative as can be."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.commands import Play
from tests.system.sandbox import Sandbox
from tests.system.secrets import everything_written, shown_secrets


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("written")


@pytest.fixture(scope="module")
def report(sandbox: Sandbox, folder: Path) -> Play:
    return sandbox.play("verify", "-vvvv", "--diff", environment=everything_written(folder))


def test_every_check_holds(sandbox: Sandbox, report: Play) -> None:
    assert report.returncode == 0, report.output
    assert report.changed == 0
    assert "✘" not in report.output
    assert f"Log in at {sandbox.sentry_url}/auth/login/sentry/" in report.output


def test_nothing_that_it_wrote_has_a_secret(sandbox: Sandbox, report: Play, folder: Path) -> None:
    assert shown_secrets(sandbox, report, folder) == {}
