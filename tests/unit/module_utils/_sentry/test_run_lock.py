# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of several processes, one at a time in a folder, with a clock that only moves in pauses."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry import run_lock
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.docker import SentryError
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.run_lock import (
    SIGN,
    at_work,
    begin,
    end,
    running_install,
)
from tests.support.fake_services import FakeClock


class EventfulClock(FakeClock):
    """Something happens when somebody has waited for some seconds."""

    def __init__(self, event: Callable[[], None], after: float) -> None:
        super().__init__()
        self.event: Callable[[], None] | None = event
        self.at = self.time + after

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        if self.event is not None and self.time >= self.at:
            event, self.event = self.event, None
            event()


def begun(folder: Path, clock: FakeClock | None = None, run: str | None = None) -> str:
    taken: str = begin(str(folder), run, clock or FakeClock())
    return taken


def test_a_run_takes_the_folder_and_gives_it_back(tmp_path: Path) -> None:
    clock = FakeClock()
    run = begun(tmp_path, clock)
    assert clock.time == FakeClock().time
    assert (tmp_path / SIGN).exists()
    assert end(str(tmp_path), run)
    assert list(tmp_path.iterdir()) == []
    assert begun(tmp_path) != run


def test_each_stage_of_a_run_may_begin_it(tmp_path: Path) -> None:
    clock = FakeClock()
    run = begun(tmp_path, clock)
    assert begun(tmp_path, clock, run) == run
    assert clock.time == FakeClock().time


def test_a_second_run_ends_when_the_first_one_is_seen_to_be_alive(tmp_path: Path) -> None:
    first = begun(tmp_path)

    def work() -> None:
        with at_work(str(tmp_path)):
            pass

    with pytest.raises(SentryError, match=r"Another run is at work .* Nothing was changed by this"):
        begun(tmp_path, EventfulClock(work, 10))
    assert first in (tmp_path / SIGN).read_text()


def test_a_second_run_has_seen_the_site_as_it_was_before_the_first_one_ended(
    tmp_path: Path,
) -> None:
    first = begun(tmp_path)

    def leave() -> None:
        end(str(tmp_path), first)

    with pytest.raises(SentryError, match="Another run is at work"):
        begun(tmp_path, EventfulClock(leave, 10))


def test_a_run_that_was_killed_keeps_nobody_out(tmp_path: Path) -> None:
    first = begun(tmp_path)
    clock = FakeClock()
    second = begun(tmp_path, clock)
    assert second != first
    assert 25 <= clock.time - FakeClock().time <= 31
    assert not end(str(tmp_path), first)
    assert end(str(tmp_path), second)


def test_one_that_was_killed_a_while_ago_is_not_waited_for(tmp_path: Path) -> None:
    begun(tmp_path)
    long_ago = time.time() - 60
    os.utime(tmp_path / SIGN, (long_ago, long_ago))
    clock = FakeClock()
    begun(tmp_path, clock)
    assert clock.time - FakeClock().time < 2


def test_a_sign_from_the_future_is_waited_for_no_longer(tmp_path: Path) -> None:
    begun(tmp_path)
    ahead = time.time() + 10**6
    os.utime(tmp_path / SIGN, (ahead, ahead))
    clock = FakeClock()
    begun(tmp_path, clock)
    assert clock.time - FakeClock().time <= 31


@pytest.mark.parametrize("text", ["", "no JSON", "[]", "{}", "null"])
def test_a_sign_that_nobody_can_read_is_that_of_another_run(tmp_path: Path, text: str) -> None:
    (tmp_path / SIGN).write_text(text)
    begun(tmp_path)


def test_work_without_a_run_leaves_nothing(tmp_path: Path) -> None:
    with at_work(str(tmp_path)):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def installing(tmp_path: Path) -> Path:
    """A folder in which something that is called install.sh runs."""
    script = tmp_path / "install.sh"
    script.write_text("#!/bin/sh\nread nothing\n")
    script.chmod(0o755)
    return tmp_path


def test_upstreams_own_install_sh_is_work_too(installing: Path) -> None:
    assert running_install(str(installing)) is None
    command = ["/bin/sh", "./install.sh", "--skip-commit-check"]
    with subprocess.Popen(command, cwd=installing, stdin=subprocess.PIPE) as process:
        deadline = time.monotonic() + 10
        while running_install(str(installing)) is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert running_install(str(installing)) == process.pid
        assert running_install(str(installing.parent)) is None
        with pytest.raises(SentryError, match=rf"install.sh, process {process.pid}"):
            begun(installing)
        process.communicate(b"\n")
    assert begun(installing)


def test_processes_that_may_not_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "1").mkdir()
    monkeypatch.setattr(run_lock, "_PROCESSES", str(tmp_path))
    assert running_install(str(tmp_path)) is None
