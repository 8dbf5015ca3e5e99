"""_encvoy_client_fields: the table of fields, comparison and output."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.clients import fields
from sandbox.encvoy_id.storage.clients import NEW_CLIENT

URI, OTHER = "https://a.example/1", "https://a.example/2"


def test_every_field_of_a_record_is_an_option_or_read_only() -> None:
    """A field that a newer server adds shows up here, once the simulator has it."""
    read_only = {"client_id", "created_at", "avatar", "cover", "parent_id"}
    assert set(fields.BY_NAME) == set(NEW_CLIENT) - read_only


def test_no_option_has_a_default_and_only_the_secret_is_hidden() -> None:
    spec = fields.argument_spec()
    assert not [name for name, option in spec.items() if "default" in option]
    assert [name for name, option in spec.items() if option["no_log"]] == ["client_secret"]


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
        ({"catalog": False}, {"catalog": False}, {}),
        ({"catalog": False}, {"catalog": True}, {"catalog": False}),
        ({"access_token_ttl": 1}, {"access_token_ttl": 2}, {"access_token_ttl": 1}),
        ({"type_id": None}, {"type_id": "t"}, {"type_id": None}),
        ({"required_providers_ids": ["2", "1"]}, {"required_providers_ids": ["1", "2"]}, {}),
        (
            {"widget_colors": {"link_color": "#111"}},
            {"widget_colors": {"link_color": "#000", "font_color": "#fff"}},
            {"widget_colors": {"link_color": "#111", "font_color": "#fff"}},
        ),
        ({"widget_colors": {"link_color": "#ABC"}}, {"widget_colors": {"link_color": "#abc"}}, {}),
    ],
)
def test_changes(desired: dict[str, Any], current: dict[str, Any], sent: dict[str, Any]) -> None:
    assert fields.changes(desired, current) == sent


def test_appending_is_for_redirect_uris_only() -> None:
    current = {"redirect_uris": [URI], "grant_types": ["implicit"]}
    desired = {"redirect_uris": [OTHER], "grant_types": ["refresh_token"]}
    assert fields.changes(desired, current, append=True) == {
        "redirect_uris": [URI, OTHER],
        "grant_types": ["refresh_token"],
    }
    assert fields.changes({"redirect_uris": [URI]}, current, append=True) == {}


def test_desired_is_what_was_given() -> None:
    params = dict.fromkeys(fields.BY_NAME) | {
        "redirect_uris": [URI, URI],
        "catalog": False,
        "type_id": "",
        "widget_colors": {"font_color": "#fff", "link_color": None, "button_color": None},
        "state": "present",
    }
    assert fields.desired_from(params) == {
        "redirect_uris": [URI],
        "catalog": False,
        "type_id": None,
        "widget_colors": {"font_color": "#fff"},
    }


def test_creation_leaves_out_what_post_refuses_forgets_or_ignores() -> None:
    desired = {
        "name": "x",
        "catalog": False,
        "client_secret": "x",
        "access_token_ttl": 1,
        "mini_widget": True,
        "post_logout_redirect_uris": [],
        "type_id": None,
    }
    assert fields.creation(desired) == {"name": "x", "catalog": False}


@pytest.mark.parametrize(
    ("desired", "present", "completed"),
    [
        ({}, ["null"], {"post_logout_redirect_uris": []}),
        ({}, ["https://a.example", "null"], {"post_logout_redirect_uris": ["https://a.example"]}),
        ({}, ["https://a.example"], {}),
        ({"post_logout_redirect_uris": [URI]}, ["null"], {"post_logout_redirect_uris": [URI]}),
    ],
)
def test_the_servers_wrong_default_is_repaired(
    desired: dict[str, Any], present: list[str], completed: dict[str, Any]
) -> None:
    assert fields.completed(desired, {"post_logout_redirect_uris": present}) == completed


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


def test_the_documentation_names_every_choice() -> None:
    import yaml

    from ansible_collections.encvoy.sentry.plugins.modules import encvoy_client

    documented = yaml.safe_load(encvoy_client.DOCUMENTATION)["options"]
    for name, option in fields.argument_spec().items():
        assert documented[name].get("choices") == option.get("choices"), name
    assert Path(encvoy_client.__file__).name == "encvoy_client.py"
