# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""fields: the table of fields, as options, compared, and in the output."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.clients import fields
from sandbox.encvoy_id.storage.clients import NEW_CLIENT
from tests.support.client_records import CURRENT, PARAMS

READ_ONLY = {
    *("client_id", "created_at", "avatar", "cover", "parent_id"),
    "id_token_signed_response_alg",
}


def test_every_field_of_a_record_is_an_option_or_read_only() -> None:
    """A field that a newer server adds shows up here, once the simulator has it."""
    assert set(fields.BY_NAME) == set(NEW_CLIENT) - READ_ONLY


def test_no_option_has_a_default_and_only_the_secret_is_hidden() -> None:
    spec = fields.argument_spec()
    widget = spec["widget"]["options"]
    assert not [name for name, option in {**spec, **widget}.items() if "default" in option]
    assert [name for name, option in {**spec, **widget}.items() if option.get("no_log")] == [
        "client_secret"
    ]


def test_the_fields_of_the_login_page_are_suboptions() -> None:
    assert fields.BY_NAME["hide_widget_footer"].option == "widget.hide_footer"
    assert fields.BY_NAME["name"].option == "name"
    given_widget = {"title": "x", "mini": False, "info": None, "colors": {"link_color": "#000"}}
    assert fields.desired_from({"widget": given_widget}) == {
        "widget_title": "x",
        "mini_widget": False,
        "widget_colors": {"link_color": "#000"},
    }


def test_desired_is_what_was_given() -> None:
    params = dict.fromkeys(fields.BY_NAME) | {
        "redirect_uris": ["https://a.example/1", "https://a.example/1"],
        "catalog": False,
        "type_id": "",
        "widget": None,
        "state": "present",
    }
    assert fields.desired_from(params) == {
        "redirect_uris": ["https://a.example/1"],
        "catalog": False,
        "type_id": None,
    }


@pytest.mark.parametrize(
    ("name", "left", "right", "same"),
    [
        ("name", "x", "x", True),
        ("name", "x", "X", False),
        ("description", "", None, True),
        ("type_id", None, "", True),
        ("type_id", None, "t", False),
        ("redirect_uris", ["a", "b", "a"], ["b", "a"], True),
        ("redirect_uris", ["a"], ["a/"], False),
        ("redirect_uris", [], None, True),
        ("catalog", False, False, True),
        ("catalog", False, None, False),
        ("access_token_ttl", 1, 2, False),
        ("widget_colors", {"link_color": "#ABC"}, {"link_color": "#abc"}, True),
        ("widget_colors", {}, None, True),
    ],
)
def test_what_means_the_same_to_the_server(name: str, left: Any, right: Any, same: bool) -> None:
    assert fields.same(fields.BY_NAME[name], left, right) == same
    assert fields.same(fields.BY_NAME[name], right, left) == same


def test_output_has_no_secret_and_a_fixed_order() -> None:
    record = dict(reversed(NEW_CLIENT.items())) | {"client_secret": "planted", "rules": []}
    shown = fields.public(record)
    assert list(shown) == sorted(set(NEW_CLIENT) - {"client_secret"})
    assert "planted" not in json.dumps(shown)


def test_a_changed_secret_is_visible_as_a_change_only() -> None:
    diff = fields.difference({"client_secret": "old", "b": 1}, {"client_secret": "new", "a": 1})
    assert diff == {
        "before": {"b": 1, "client_secret": "********"},
        "after": {"a": 1, "client_secret": "******** (changed)"},
    }
    assert list(diff["after"]) == ["a", "client_secret"]


# --- Whatever the values --------------------------------------------------------------------------


@given(PARAMS)
def test_normalising_again_changes_nothing(params: dict[str, Any]) -> None:
    once = fields.desired_from(params)
    again = {name: fields.normalise(fields.BY_NAME[name], value) for name, value in once.items()}
    assert again == once


@given(CURRENT, st.text("xyz", min_size=5, max_size=9))
def test_no_output_has_the_secret(current: dict[str, Any], secret: str) -> None:
    record = {**current, "client_secret": secret, "name": "n", "description": "", "type_id": None}
    shown = {**record, "widget_title": "", "widget_info": "", "widget_info_out": ""}
    assert secret not in str(fields.public(shown))
    assert secret not in str(fields.difference(shown, shown))
