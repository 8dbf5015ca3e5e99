# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The managed block in each enhance-image.sh that a site can have: written, run, written again."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.site_files import look_at_files
from tests.support.module_runner import Outcome, run_module

OWN = "echo own"
# What upstream's example says, none of which is a command.
EXAMPLE = "#!/bin/bash\nset -euo pipefail\n\n# Enhance the base $SENTRY_IMAGE\n# pip install x\n"


def write(folder: Path, text: str | None, mode: int) -> None:
    if text is not None:
        path = folder / "sentry" / "enhance-image.sh"
        path.write_text(text)
        path.chmod(mode)


def run(folder: Path, check: bool = False) -> Outcome:
    """What the role does, with the position that it chooses by its look at the file."""
    script = look_at_files(str(folder)).enhance_image
    wish: dict[str, Any] = {
        "path": "sentry/enhance-image.sh",
        "block": "echo the block",
        "position": "begin" if script.ends_early else "end",
        "shebang": "#!/bin/bash",
        "mode": "0755",
    }
    return run_module("sentry_config", check=check, sentry_dir=str(folder), files=[wish])


@pytest.mark.parametrize(
    ("text", "mode", "printed"),
    [
        (f"#!/bin/bash\n{OWN}\n", 0o755, "own\nthe block\n"),
        (f"#!/bin/bash\n{OWN}", 0o644, "own\nthe block\n"),
        (None, 0, "the block\n"),
        ("", 0o755, "the block\n"),
        ("", 0o644, "the block\n"),
        (EXAMPLE, 0o755, "the block\n"),
        (f"{OWN}\n", 0o600, "own\nthe block\n"),
        (f"#!/bin/sh\n{OWN}\nexit 0\n", 0o755, "the block\nown\n"),
        (f"#!/bin/bash\n{OWN}\nexec true\n", 0o755, "the block\nown\n"),
        (f"#!/bin/bash\nif ! {OWN}; then\n  exit 1\nfi\n", 0o755, "own\nthe block\n"),
    ],
    ids=[
        *("present", "not executable, no last line end", "absent", "empty"),
        *("empty, not executable", "upstream's example", "without a first line"),
        *("exit 0 at its end", "exec at its end", "an exit that is not its end"),
    ],
)
def test_the_block_is_run_beside_the_sites_own_lines(
    tmp_path: Path, text: str | None, mode: int, printed: str
) -> None:
    (tmp_path / "sentry").mkdir()
    write(tmp_path, text, mode)
    path = tmp_path / "sentry" / "enhance-image.sh"

    assert run(tmp_path, check=True)["changed"] is True
    assert (path.read_text() if path.exists() else None) == text
    assert run(tmp_path)["changed"] is True
    assert stat.S_IMODE(path.stat().st_mode) == 0o755
    # As the Dockerfile runs it.
    done = subprocess.run(["sh", "-c", str(path)], check=True, capture_output=True, text=True)
    assert done.stdout == printed
    lines = path.read_text().splitlines()
    assert [line for line in (text or "").splitlines() if line not in lines] == []
    assert run(tmp_path)["changed"] is False
    assert run(tmp_path, check=True)["changed"] is False


@pytest.mark.parametrize(
    ("target", "leads_out"),
    [
        ("hook.sh", False),
        ("own/hook.sh", False),
        ("../hook.sh", True),
        ("/absolute/{folder}/sentry/hook.sh", True),
        ("link-that-leads-out", True),
    ],
)
def test_a_link_that_the_build_cannot_follow(tmp_path: Path, target: str, leads_out: bool) -> None:
    """The build gets the folder sentry/ alone, and under another name."""
    folder = tmp_path / "sentry"
    (folder / "own").mkdir(parents=True)
    for name in ("hook.sh", "own/hook.sh", "../hook.sh"):
        (folder / name).write_text(f"#!/bin/sh\n{OWN}\n")
    (folder / "link-that-leads-out").symlink_to("../hook.sh")
    link = folder / "enhance-image.sh"
    link.symlink_to(target.replace("/absolute/{folder}", str(tmp_path)))

    assert look_at_files(str(tmp_path)).enhance_image.leads_out is leads_out
    assert run(tmp_path)["changed"] is True
    assert os.path.islink(link)
    done = subprocess.run(["sh", "-c", str(link)], check=True, capture_output=True, text=True)
    assert done.stdout == "own\nthe block\n"
    assert run(tmp_path)["changed"] is False
