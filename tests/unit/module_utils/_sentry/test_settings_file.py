# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read of a site's settings; test_site_files.py has what it shares with other files."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry import blocks
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.settings_file import (
    SettingsFile,
    look_at_settings,
)

BEGIN, END = blocks.BEGIN_MARKER.decode(), blocks.END_MARKER.decode()


def look(folder: Path, text: str) -> SettingsFile:
    (folder / "sentry.conf.py").write_text(text)
    return look_at_settings(str(folder / "sentry.conf.py"))


@pytest.mark.parametrize(
    ("text", "is_templated"),
    [
        ("", False),
        ("# Ansible managed\nx = 1\n", True),
        ("x = 1\n  # ansible_managed: by hand this is lost\n", True),
        ("# Ansible managed: sentry.conf.py.j2 modified on 2026-01-01\r\n", True),
        ("#This file is ansible managed.", True),
        ("NAME = 'ansible managed'\n", False),
        ("# unansible managedly\n", False),
        (f"{BEGIN}\nx = 1\n{END}\n", False),
    ],
)
def test_a_file_that_ansible_writes_as_a_whole(
    tmp_path: Path, text: str, is_templated: bool
) -> None:
    assert look(tmp_path, text).is_templated is is_templated


def test_no_settings(tmp_path: Path) -> None:
    assert look_at_settings(str(tmp_path / "none")) == SettingsFile()
