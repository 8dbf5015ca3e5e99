# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the images of the matrix that are missing or outdated.

Run as `python -m sandbox.images.matrix [NAME…]`: controllers by name, or `oldest` and `newest`.
Without names it is all of them.
"""

from __future__ import annotations

import sys

from .build import make
from .controllers import CONTROLLERS, ENDS
from .images import describe_controller


def main(*wanted: str) -> int:
    """Make the images of these controllers; return the exit status."""
    known = {**{one.name: one for one in CONTROLLERS}, **ENDS}
    unknown = set(wanted) - set(known)
    if unknown:
        print(f"error: no such controller: {', '.join(sorted(unknown))}", file=sys.stderr)
        print(f"There are {', '.join(known)}.", file=sys.stderr)
        return 1
    chosen = [known[name] for name in wanted] or list(CONTROLLERS)
    suites = {one.suite for one in chosen}
    return make(lambda: suites, lambda: [describe_controller(one) for one in chosen])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
