# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which fields a client has in POST and PUT, and what the server checks of each.

Anything that passes these checks but not the database's types makes the server throw, so that the
request is never answered: see :func:`storable`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from ..storage import filters
from ..web.never_answered import NeverAnswered
from .validation import (
    Field,
    any_url,
    array,
    at_least,
    at_most,
    boolean,
    no_leading_space,
    one_of,
    split_commas,
    text,
    texts,
    true_or_false,
)

AUTH_METHODS = one_of(
    "client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"
)
INT32 = 2**31 - 1
NULLABLE = filters.NULLABLE | {"widget_colors"}


def _to_number(value: Any) -> Any:
    """JavaScript's parseFloat of a string; what is not a number becomes NaN."""
    if not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        return math.nan


# Within a field the checks stand in the order in which the server names them.
_NAME = (at_least(1), at_most(50), no_leading_space, text)
_COMMON: dict[str, Field] = {
    "description": Field((at_most(255), text)),
    "response_types": Field((texts,), convert=split_commas),
    "token_endpoint_auth_method": Field((AUTH_METHODS,)),
    "introspection_endpoint_auth_method": Field((AUTH_METHODS,)),
    "revocation_endpoint_auth_method": Field((AUTH_METHODS,)),
    "id_token_signed_response_alg": Field((one_of("RS256", "PS256"),)),
    "subject_type": Field((one_of("public", "pairwise"),)),
    "request_uris": Field((at_most(2000, each=True), any_url)),
    "catalog": Field((boolean,), convert=true_or_false),
    "mini_widget": Field((boolean,), convert=true_or_false),
    "authorize_only_admins": Field((boolean,), convert=true_or_false),
    "authorize_only_employees": Field((boolean,), convert=true_or_false),
    "require_auth_time": Field(convert=true_or_false),
    "require_signed_request_object": Field(convert=true_or_false),
    "type_id": Field((text,)),
}
_POST_LOGOUT = Field((at_most(2000, each=True), any_url))

CREATE: dict[str, Field] = {
    "name": Field(_NAME, optional=False),
    "domain": Field((at_most(2000), any_url), optional=False),
    "redirect_uris": Field((at_most(2000, each=True), any_url), optional=False),
    "grant_types": Field((texts,), convert=split_commas),
    "post_logout_redirect_uris": _POST_LOGOUT,
    **_COMMON,
}
UPDATE: dict[str, Field] = {
    "cover_mode": Field((one_of("", "INHERIT", "REPLACE"),)),
    "application_type": Field((one_of("web", "native"),)),
    "redirect_uris": Field((at_most(2000, each=True), any_url)),
    "post_logout_redirect_uris": _POST_LOGOUT,
    "show_avatar_in_widget": Field((boolean,)),
    "hide_widget_header": Field((boolean,)),
    "hide_widget_footer": Field((boolean,)),
    "hide_widget_create_account": Field((boolean,)),
    "hide_avatars_of_big_providers": Field((boolean,)),
    "client_secret": Field((text, at_most(255))),
    "required_providers_ids": Field((array,), convert=split_commas),
    "widget_info": Field((text,)),
    "widget_info_out": Field((text,)),
    "widget_colors": Field(),
    "widget_title": Field((text,)),
    "access_token_ttl": Field(convert=_to_number),
    "refresh_token_ttl": Field(convert=_to_number),
    "grant_types": Field((array,), convert=split_commas),
    "name": Field(_NAME),
    "domain": Field((at_most(2000), any_url)),
    **_COMMON,
}
# The system client's own; PUT names the first of them that it meets.
PROTECTED = {
    "redirect_uris",
    "post_logout_redirect_uris",
    "client_secret",
    "request_uris",
    "introspection_endpoint_auth_method",
    "token_endpoint_auth_method",
    "revocation_endpoint_auth_method",
    "require_signed_request_object",
    "id_token_signed_response_alg",
    "require_auth_time",
    "response_types",
    "subject_type",
}


def storable(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as the database keeps them; NeverAnswered where their type does not fit."""
    return {name: _stored(name, value) for name, value in values.items()}


def _stored(name: str, value: Any) -> Any:
    if value is None and name in NULLABLE:
        return None
    if any("\0" in text for text in _texts(value)):
        raise NeverAnswered(f"PostgreSQL keeps no zero byte, as in this {name}")
    if name in filters.NUMBERS:
        return _integer(name, value)
    if name in filters.LISTS:
        fits = isinstance(value, list) and all(isinstance(item, str) for item in value)
    elif name in filters.BOOLEANS:
        fits = isinstance(value, bool)
    elif name in filters.STRINGS:
        fits = isinstance(value, str)
    else:
        fits = value is not None
    if not fits:
        raise NeverAnswered(f"the database refuses this {name}")
    return value


def _texts(value: Any) -> Iterator[str]:
    """Every string in a JSON value, names of members included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for item in [*value, *(value.values() if isinstance(value, dict) else ())]:
            yield from _texts(item)


def _integer(name: str, value: Any) -> int:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or abs(value) > INT32:
        raise NeverAnswered(f"the database refuses this {name}")
    return int(value)
