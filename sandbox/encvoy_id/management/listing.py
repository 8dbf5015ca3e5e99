# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parameters and headers that every list of the management API shares."""

from __future__ import annotations

import json
import math
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..storage.filters import FIELDS, Condition, column
from ..web.never_answered import NeverAnswered
from ..web.responses import json_response
from .validation import Field, one_of, text, validate

DEFAULT_PAGE = 10


def _is_number(field: str, value: Any) -> Any:
    if not isinstance(value, int):
        yield f"{field} must be a number conforming to the specified constraints"


def _is_object(field: str, value: Any) -> Any:
    if not isinstance(value, dict):
        yield f"{field} must be an object"


def _parse_int(value: str) -> Any:
    """JavaScript's parseInt: the digits at the start, else NaN; nothing for an empty string."""
    if not value:
        return None
    match = re.match(r"\s*([+-]?\d+)", value)
    return int(match.group(1)) if match else math.nan


def _parse_filter(value: str) -> Any:
    try:
        return json.loads(value)
    except json.JSONDecodeError as error:
        raise NeverAnswered("filter is not JSON") from error


FIELDS_OF_LISTS = {
    "search": Field((text,)),
    "filter": Field((_is_object,), convert=_parse_filter),
    "sortBy": Field((text,)),
    "sortDirection": Field((one_of("asc", "desc"),)),
    "limit": Field((_is_number,), convert=_parse_int),
    "offset": Field((_is_number,), convert=_parse_int),
}


@dataclass(frozen=True)
class Page:
    """What a request asks of a list."""

    search: str
    filter: Mapping[str, Any]
    sort_by: str | None
    direction: str | None
    limit: int | None
    offset: int | None


def asked_page(request: Request) -> Page:
    """The list parameters of a request; ApiError 400 for wrong or unknown ones."""
    values = validate(dict(request.query_params), FIELDS_OF_LISTS)
    return Page(
        search=values.get("search") or "",
        filter=values.get("filter") or {},
        sort_by=values.get("sortBy"),
        direction=values.get("sortDirection"),
        limit=values.get("limit"),
        offset=values.get("offset"),
    )


def client_order(page: Page) -> Condition:
    """How clients are sorted: only with a direction; by id when the list is cut into pages.

    Rows that are equal in the sort field come in an order of their own at every request, as on
    the real server: who pages by such a field loses some.
    """
    if page.direction and page.sort_by not in FIELDS:
        raise NeverAnswered(f"cannot sort by {page.sort_by}")
    # A negative limit takes rows from the end.
    backwards = (page.limit or 0) < 0
    if page.direction:
        way = "DESC" if (page.direction == "desc") != backwards else "ASC"
        ties = f"substr(hex(client_id), {1 + secrets.randbelow(12)})"
        return Condition(f"{column(str(page.sort_by))} {way}, {ties}")
    if page.limit is None and page.offset is None:
        return Condition("rowid DESC")
    return Condition("client_id DESC" if backwards else "client_id")


def page_answer(request: Request, page: Page, items: list[Any], total: int) -> Response:
    """A list with its four headers."""
    limit, offset = page.limit or DEFAULT_PAGE, page.offset or 0
    headers = {
        "X-Total-Count": str(total),
        "X-Per-Page": str(limit),
        "X-Current-Offset": str(offset),
        "X-Next-Offset": str(offset + limit),
    }
    return json_response(request, items, headers=headers)
