# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a module's ``main`` in this process, as Ansible would, and catches what it would print."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
from dataclasses import dataclass
from typing import Any

from ansible.module_utils.common import warnings as collected

from tests.support.module_arguments import module_arguments


@dataclass(frozen=True)
class Outcome:
    """What a module returned: the parsed result, and all the text on its standard output."""

    result: dict[str, Any]
    text: str

    def __getitem__(self, name: str) -> Any:
        return self.result[name]

    @property
    def failed(self) -> bool:
        return bool(self.result.get("failed"))

    @property
    def msg(self) -> str:
        return str(self.result.get("msg", ""))

    @property
    def warnings(self) -> list[str]:
        return [str(warning) for warning in self.result.get("warnings", [])]


def run_module(name: str, /, check: bool = False, **options: Any) -> Outcome:
    """Run ``encvoy.sentry.<name>`` with these options; with ``check`` in check mode."""
    module = importlib.import_module(f"ansible_collections.encvoy.sentry.plugins.modules.{name}")
    arguments = {**options, "_ansible_check_mode": check, "_ansible_diff": True}
    printed = io.StringIO()
    # Ansible collects warnings for the life of a process, and a test has many modules in one.
    collected._global_warnings.clear()
    with (
        module_arguments(arguments),
        contextlib.redirect_stdout(printed),
        contextlib.suppress(SystemExit),
    ):
        module.main()
    text = printed.getvalue()
    return Outcome(json.loads(text), text)
