# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks for secrets in what a run of a playbook wrote."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.commands import Play
from tests.system.encvoy_id import AWKWARD_SECRET, PLANTED
from tests.system.sandbox import Sandbox


def everything_written(folder: Path) -> dict[str, str]:
    """Variables that let Ansible write all it can into a folder, beside what it prints."""
    return {
        "ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile",
        "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(folder / "facts"),
        "ANSIBLE_LOG_PATH": str(folder / "ansible.log"),
    }


def shown_secrets(sandbox: Sandbox, run: Play, folder: Path) -> dict[str, list[str]]:
    """Which secrets stand where, of a run with ``-vvvv`` and :func:`everything_written`.

    The client's secret is looked for as it is, as JSON and by a word of it that no quoting changes.
    """
    written = {path.name: path.read_text() for path in folder.rglob("*") if path.is_file()}
    written["output"] = run.output
    for name in ("output", "ansible.log"):
        assert "EXEC" in written[name], f"{name} is not of a verbose run"
        assert "Read Encvoy ID" in written[name], f"{name} does not have the client"
    secrets = [PLANTED, AWKWARD_SECRET, json.dumps(AWKWARD_SECRET), sandbox.encvoy_owner.password]
    found = {
        name: [secret for secret in secrets if secret in text] for name, text in written.items()
    }
    return {name: shown for name, shown in found.items() if shown}
