# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: findings about the way in which the web container is replaced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..plan import Plan
from .finding import Finding


def about_strategy(plan: Plan, wanted: Mapping[str, Any]) -> Iterator[Finding]:
    if wanted["apply_strategy"] == "rolling" and plan.why_recreate:
        yield Finding(
            "error",
            "sentry_sso_apply_strategy: it is rolling, but a second web container cannot start"
            f" beside the first: {plan.why_recreate}.",
            "Put that right, or set it to auto or recreate, with some seconds without a login"
            " page.",
        )
