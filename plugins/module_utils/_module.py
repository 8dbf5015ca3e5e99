# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: the one frame around the work of every module, and its one exit.

A module is ``ARGUMENT_SPEC``, ``work(module)`` that returns the result, and a ``main`` that calls
``run``. Everything below raises ModuleError; only ``run`` fails.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule

HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


class ModuleError(Exception):
    """Something is wrong; the text says what, with which value, and what to do.

    :param message: ``<option>: <what, with the value>. <What to do>.``
    :param result: what the failed task returns beside the text: what was done before it failed
    """

    def __init__(self, message: str, result: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.result: dict[str, Any] = dict(result or {})


class CollectionModule(AnsibleModule):
    """An Ansible module that hides secrets by their place.

    Ansible hides the *values* of secret options wherever they occur. That destroys a secret that is
    to be returned, and with a short password any other text.
    """

    def exit_json(self, **result: Any) -> None:
        super().exit_json(**self._with_own_invocation(result))

    def fail_json(self, msg: str, **result: Any) -> None:
        super().fail_json(msg, **self._with_own_invocation(result))

    def _with_own_invocation(self, result: dict[str, Any]) -> dict[str, Any]:
        self.no_log_values.clear()
        shown = dict(self.params)
        for name, option in self.argument_spec.items():
            if option.get("no_log") and shown.get(name) is not None:
                shown[name] = HIDDEN
        return {**result, "invocation": {"module_args": shown}}


def run(module: AnsibleModule, work: Callable[[Any], dict[str, Any]]) -> None:
    """Do the work and exit with its result, or fail with the ModuleError that it raises."""
    result, message = {}, None
    try:
        result = work(module)
    except ModuleError as error:
        message, result = str(error), error.result
    except Exception as error:  # a fault of ours: no traceback, it could show what a variable holds
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{os.path.basename(place.filename)}, line {place.lineno}"
        message = (
            f"Unexpected {type(error).__name__} in {where}. This is a fault of the module: please"
            " report it."
        )
    # Outside of the except clauses, where Ansible would add the exception to the result.
    if message is not None:
        module.fail_json(msg=message, **result)
    module.exit_json(**result)
