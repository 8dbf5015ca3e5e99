# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The origin of a URL, as browsers and Node compute it."""

from __future__ import annotations

from ..web import urls
from ..web.never_answered import NeverAnswered


def origin(url: str) -> str:
    """Scheme, host (in ASCII) and port of a web URL; the string ``null`` for any other scheme.

    :raises NeverAnswered: for what is no URL at all: the real server throws there.
    """
    try:
        return str(urls.parse(url).origin)
    except ValueError as error:
        raise NeverAnswered(url) from error
