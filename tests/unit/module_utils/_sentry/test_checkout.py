# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The question to the image, answered by a shell and Pythons of this machine.

What opens a folder is tested with the modules.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry import checkout
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.docker import SentryError


def ask(folder: Path, first_line: str, **decoys: str) -> str:
    """Ask as the image is asked, with a ``sentry`` command that starts with this line."""
    for name, text in {
        "sentry": first_line + "\nraise SystemExit('not to be run')\n",
        **decoys,
    }.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    # Under the name of a package that is here, for Sentry is not.
    question = checkout._ASK_IMAGE.replace('"sentry",', '"pytest",')
    done = subprocess.run(
        ["sh"],
        input=question,
        env={"PATH": f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


@pytest.mark.parametrize(
    "first_line", ["#!{python}", "#!{python} -I", "#!/usr/bin/env -S {python}"]
)
def test_the_python_of_the_sentry_command_is_asked(tmp_path, first_line):
    wrong = "#!/bin/sh\necho the wrong Python\n"
    answer = ask(tmp_path, first_line.format(python=sys.executable), python3=wrong, python=wrong)
    assert json.loads(answer) == {"pytest": version("pytest"), "sentry-auth-oidc": None}


def test_sentry_command_that_is_a_shell_script(tmp_path):
    answer = ask(tmp_path, "#!/bin/sh", python3="#!/bin/sh\necho python3 was asked\n")
    assert answer == "python3 was asked\n"


def test_newest_change(tmp_path):
    for name, moment in (("old", 1000), ("new", 2000)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (moment, moment))
    assert checkout.newest_change(str(tmp_path), ["old", str(tmp_path / "new"), "none"]) == 2000
    assert checkout.newest_change(str(tmp_path), ["none"]) == 0


def test_file_that_is_none(tmp_path):
    (tmp_path / "config.yml").mkdir()
    with pytest.raises(SentryError, match="cannot be read"):
        checkout.read_text(str(tmp_path), "config.yml")
    assert checkout.read_text(str(tmp_path), "nothing") == ""
