# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which services a job looks at in the end, and for which of them it answers.

How it waits is tested with the jobs, in test_services.py and test_rolling.py.
"""

from __future__ import annotations

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.settling import Scope
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.watched import Watched

SCOPE = Scope(frozenset({"web", "worker"}), frozenset({"nginx", "redis"}), {"worker": "exited"})


@pytest.mark.parametrize(
    ("watched", "looked_at", "judged"),
    [
        (Watched("web"), True, True),
        (Watched("worker"), True, False),
        (Watched("nginx", is_restarted=True), True, True),
        (Watched("redis", is_restarted=True), True, False),
        (Watched("redis"), False, False),
    ],
)
def test_a_scope(watched: Watched, looked_at: bool, judged: bool) -> None:
    assert SCOPE.services == {"web", "worker", "nginx", "redis"}
    assert (SCOPE.has(watched), SCOPE.judges(watched)) == (looked_at, judged)
