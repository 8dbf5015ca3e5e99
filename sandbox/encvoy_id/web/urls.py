# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""URLs as Node.js understands them: with Ada, the parser inside Node.js itself.

Python's own parser accepts ports above 65535, hosts such as ``256.1.1.1`` or ``foo.123`` and
broken Punycode, all of which Node.js refuses (https://url.spec.whatwg.org/#host-parsing).
"""

from __future__ import annotations

from ada_url import URL


def parse(url: str) -> URL:
    """The parts of a URL.

    :raises ValueError: for what is no URL.
    """
    return URL(url)


def href(url: str) -> str | None:
    """A URL in the one form that all spellings of it share; None for what is no URL."""
    try:
        return str(parse(url).href)
    except ValueError:
        return None


def without_port(url: str) -> str | None:
    """The same form without the port."""
    try:
        parts = parse(url)
    except ValueError:
        return None
    parts.port = ""
    return str(parts.href)
