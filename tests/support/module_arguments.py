# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hands options to a module in this process, with any ansible-core that the collection supports."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from typing import Any
from unittest import mock

from ansible.module_utils import basic
from ansible.module_utils.common.parameters import PASS_VARS

try:
    from ansible.module_utils.testing import patch_module_args
except ImportError:  # ansible-core before 2.18
    patch_module_args = None

# From ansible-core 2.21 on a module tells its options only when it is asked to.
_ALWAYS = {"_ansible_inject_invocation": True} if "inject_invocation" in PASS_VARS else {}


def module_arguments(options: dict[str, Any]) -> AbstractContextManager[None]:
    """Let a module that is made in this context have these options."""
    given = {**options, **_ALWAYS}
    if patch_module_args is not None:
        context: AbstractContextManager[None] = patch_module_args(given)
        return context
    encoded = json.dumps({"ANSIBLE_MODULE_ARGS": given}).encode()
    return mock.patch.multiple(basic, _ANSIBLE_ARGS=encoded)
