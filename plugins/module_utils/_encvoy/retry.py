# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: when a request is sent again, and how long to wait before.

Not ansible.module_utils.api.retry_with_delays_and_condition: it decides by exceptions alone and
knows the pauses beforehand, while a server says in its answer (Retry-After) how long to wait, and
after some requests nothing may be sent again.
"""

from __future__ import annotations

import email.utils
import time
from collections.abc import Mapping

# Seconds to wait before the second and the third attempt.
PAUSES: tuple[float, ...] = (0.5, 1.5)
# A Retry-After beyond this many seconds is not waited for.
LONGEST_PAUSE = 30.0
# Statuses that pass by themselves. 429 is a refusal before any work, so even a create may be
# repeated after it.
_PASSING = (429, 500, 502, 503, 504)
_REPEATABLE_METHODS = ("GET", "HEAD", "PUT", "DELETE")


def is_repeatable(method: str) -> bool:
    """Whether doing it twice is the same as doing it once (RFC 9110, 9.2.2)."""
    return method in _REPEATABLE_METHODS


def may_repeat_after(status: int, repeatable: bool) -> bool:
    """Whether a request that was answered with this status may and should be sent again."""
    return status in _PASSING and (repeatable or status == 429)


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds that the server asks to wait; 0.0 when it does not say.

    The header has a number or a date (RFC 9110, 10.2.3).
    """
    value = headers.get("retry-after", "").strip()
    try:
        if value.isdigit():
            return float(value)
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError):
        return 0.0
