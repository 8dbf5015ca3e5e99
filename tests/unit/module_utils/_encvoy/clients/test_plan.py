# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""plan: what becomes of one client, as tables and for every client that one can think of."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.clients import fields
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.clients.plan import (
    Plan,
    differing,
    plan,
)
from tests.support.client_records import CURRENT, DESIRED

URI, OTHER = "https://a.example/1", "https://a.example/2"


@pytest.mark.parametrize(
    ("desired", "current", "sent"),
    [
        ({}, {"name": "x"}, {}),
        ({"name": "x"}, {"name": "x"}, {}),
        ({"name": "x"}, {"name": None}, {"name": "x"}),
        ({"description": ""}, {"description": None}, {}),
        ({"description": ""}, {"description": "x"}, {"description": ""}),
        ({"redirect_uris": [URI]}, {"redirect_uris": [URI, URI]}, {}),
        ({"redirect_uris": [URI, OTHER]}, {"redirect_uris": [OTHER, URI]}, {}),
        ({"redirect_uris": [URI]}, {"redirect_uris": [URI, OTHER]}, {"redirect_uris": [URI]}),
        ({"redirect_uris": [URI + "/"]}, {"redirect_uris": [URI]}, {"redirect_uris": [URI + "/"]}),
        ({"catalog": False}, {"catalog": True}, {"catalog": False}),
        ({"type_id": None}, {"type_id": "t"}, {"type_id": None}),
        ({"required_providers_ids": ["2", "1"]}, {"required_providers_ids": ["1", "2"]}, {}),
        (
            {"widget_colors": {"link_color": "#111"}},
            {"widget_colors": {"link_color": "#000", "font_color": "#fff"}},
            {"widget_colors": {"link_color": "#111", "font_color": "#fff"}},
        ),
        ({"widget_colors": {"link_color": "#ABC"}}, {"widget_colors": {"link_color": "#abc"}}, {}),
        # The server's wrong default is repaired.
        ({}, {"post_logout_redirect_uris": ["null"]}, {"post_logout_redirect_uris": []}),
        ({}, {"post_logout_redirect_uris": [URI, "null"]}, {"post_logout_redirect_uris": [URI]}),
        ({}, {"post_logout_redirect_uris": [URI]}, {}),
        (
            {"post_logout_redirect_uris": [OTHER]},
            {"post_logout_redirect_uris": ["null"]},
            {"post_logout_redirect_uris": [OTHER]},
        ),
    ],
)
def test_a_change(desired: dict[str, Any], current: dict[str, Any], sent: dict[str, Any]) -> None:
    planned = plan(desired, current)
    assert planned.changes == sent
    assert planned.changed == bool(sent)
    assert planned.end == {**current, **planned.end}
    before = {name: current.get(name) for name in sent}
    assert planned.diff == {"before": before, "after": sent}


def test_a_creation() -> None:
    desired = {
        "name": "x",
        "catalog": False,
        "client_secret": "planted",
        "access_token_ttl": 1,
        "mini_widget": True,
        "post_logout_redirect_uris": [],
        "type_id": None,
        "grant_types": ["implicit"],
    }
    planned = plan(desired, None)
    assert planned.changed
    # What POST refuses, forgets or ignores is left out.
    assert planned.creation == {"name": "x", "catalog": False, "grant_types": ["implicit"]}
    assert planned.diff["before"] == {}
    assert planned.diff["after"] == {**desired, "client_secret": "******** (changed)"}
    # The rest is as the server makes it.
    assert planned.end
    assert planned.end["application_type"] == "web"
    assert planned.end["grant_types"] == ["implicit"]


def test_a_deletion() -> None:
    current = {"client_id": "x", "name": "n", "client_secret": "planted", "rules": []}
    planned = plan(None, current)
    assert planned.changed
    assert planned.end is None
    assert planned.diff == {"before": {"client_id": "x", "name": "n"}, "after": {}}


def test_nothing_to_delete() -> None:
    planned = plan(None, None)
    assert not planned.changed
    assert planned.diff == {"before": {}, "after": {}}


def test_appending_is_for_redirect_uris_only() -> None:
    current = {"redirect_uris": [URI], "grant_types": ["implicit"]}
    desired = {"redirect_uris": [OTHER], "grant_types": ["refresh_token"]}
    assert plan(desired, current, append=True).changes == {
        "redirect_uris": [URI, OTHER],
        "grant_types": ["refresh_token"],
    }
    assert not plan({"redirect_uris": [URI]}, current, append=True).changed


def test_a_restoration_sends_null_only_where_the_server_stores_it() -> None:
    changes = {"name": "new", "description": "new", "cover_mode": "REPLACE", "type_id": "t"}
    planned = Plan({"name": "old", "description": None, "type_id": None}, {}, changes)
    assert planned.restoration == {"name": "old", "description": None, "type_id": None}


# --- Whatever the client --------------------------------------------------------------------------


def stored(current: dict[str, Any], planned: Plan) -> dict[str, Any]:
    """What the server makes of a PUT: absent fields are kept, the others replaced."""
    return {**current, **planned.changes}


@given(CURRENT, st.booleans())
def test_a_client_does_not_differ_from_itself(current: dict[str, Any], append: bool) -> None:
    desired = {name: value for name, value in current.items() if value is not None}
    assert not plan(desired, current, append).changed


@given(DESIRED, CURRENT, st.booleans())
def test_a_second_run_changes_nothing(
    desired: dict[str, Any], current: dict[str, Any], append: bool
) -> None:
    planned = plan(desired, current, append)
    after = stored(current, planned)
    assert not plan(desired, after, append).changed
    assert differing(planned.changes, after) == {}


@given(DESIRED, CURRENT, st.booleans())
def test_only_given_fields_are_sent_and_each_of_them_differs(
    desired: dict[str, Any], current: dict[str, Any], append: bool
) -> None:
    planned = plan(desired, current, append)
    assert set(planned.changes) <= planned.given
    assert planned.given == set(desired)
    for name, value in planned.changes.items():
        assert not fields.same(fields.BY_NAME[name], value, current[name])


@given(DESIRED, CURRENT)
def test_appending_never_takes_a_uri_away(desired: dict[str, Any], current: dict[str, Any]) -> None:
    after = stored(current, plan(desired, current, append=True))
    for name in fields.URI_LISTS:
        assert set(current[name] or ()) <= set(after[name] or ())


@given(DESIRED, CURRENT)
def test_what_was_changed_can_be_taken_back(
    desired: dict[str, Any], current: dict[str, Any]
) -> None:
    planned = plan(desired, current)
    back = {**stored(current, planned), **planned.restoration}
    for name in planned.restoration:
        assert back[name] == current[name]
