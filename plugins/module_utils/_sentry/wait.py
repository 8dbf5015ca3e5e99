# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: time, and the deadline of a whole job."""

from __future__ import annotations

import time
from dataclasses import dataclass

# Seconds that one docker command is given at least, for a job whose time is nearly over: with less
# its failure would tell nothing but that.
_LEAST = 3.0


class Clock:
    """The host's clock; tests have one of their own."""

    def now(self) -> float:
        """Return seconds since some moment."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@dataclass(frozen=True)
class Deadline:
    """The end of a job.

    :param seconds: how long the whole job may take
    :param end: time of the clock
    """

    clock: Clock
    seconds: float
    end: float

    @classmethod
    def after(cls, seconds: float, clock: Clock) -> Deadline:
        return cls(clock, seconds, clock.now() + seconds)

    @property
    def is_over(self) -> bool:
        return self.clock.now() >= self.end

    @property
    def elapsed(self) -> float:
        """Seconds since the job began."""
        return self.seconds - (self.end - self.clock.now())

    @property
    def remaining(self) -> float:
        """Seconds that one command may still take."""
        return max(_LEAST, self.end - self.clock.now())

    def pause(self, seconds: float) -> None:
        """Wait, but not beyond the deadline."""
        self.clock.sleep(max(0.0, min(seconds, self.end - self.clock.now())))
