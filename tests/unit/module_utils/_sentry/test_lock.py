# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One writer at a time in a folder."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from pathlib import Path

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.docker import SentryError
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.lock import exclusive


def test_a_second_one_waits(tmp_path: Path) -> None:
    order = []

    def second() -> None:
        with exclusive(str(tmp_path)):
            order.append("second")

    with exclusive(str(tmp_path)):
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.3)
        order.append("first")
    thread.join(5)
    assert order == ["first", "second"]


def test_a_second_one_says_why_it_does_not_go_on(tmp_path: Path) -> None:
    with (
        exclusive(str(tmp_path)),
        pytest.raises(SentryError) as caught,
        exclusive(str(tmp_path), 0.2),
    ):
        pass
    said = f"sentry_dir: Another run of encvoy.sentry is at work in '{tmp_path}' since more than"
    assert str(caught.value) == f"{said} 0.2 s. Run again when it is done."


def test_nothing_is_left_in_the_folder(tmp_path: Path) -> None:
    with exclusive(str(tmp_path)):
        assert list(tmp_path.iterdir()) == []


def test_a_process_that_ends_gives_the_lock_up(tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        with exclusive(str(tmp_path)):
            os._exit(9)
    os.waitpid(child, 0)
    with exclusive(str(tmp_path), 0.2):
        pass


def test_an_error_inside_gives_the_lock_up(tmp_path: Path) -> None:
    with pytest.raises(LookupError), exclusive(str(tmp_path)):
        raise LookupError
    with exclusive(str(tmp_path), 0.2):
        pass


def test_no_such_folder(tmp_path: Path) -> None:
    with (
        pytest.raises(SentryError, match="sentry_dir: The folder .* cannot be opened"),
        exclusive(str(tmp_path / "nothing")),
    ):
        pass


def test_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_descriptor: int, _operation: int) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with exclusive(str(tmp_path)):
        pass
