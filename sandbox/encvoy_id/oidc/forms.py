# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Form bodies."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request


async def read_form(request: Request) -> dict[str, str]:
    """The fields of an urlencoded body without empty ones; the last one of several."""
    body = await request.body()
    return dict(parse_qsl(body.decode("utf-8", "replace")))
