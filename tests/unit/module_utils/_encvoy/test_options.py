# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""options: what is wrong with them, and the documentation that must agree with the code."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
import yaml

from ansible_collections.encvoy.sentry.plugins.doc_fragments.encvoy_connection import (
    ModuleDocFragment,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy import library, options
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.errors import EncvoyError
from tests.support.module_runner import run_module

MODULES = (
    "encvoy_client",
    "encvoy_client_info",
    "encvoy_discovery_info",
    "encvoy_login",
    "encvoy_public_claims",
    "encvoy_sso_info",
)
HERE = {"url": "https://127.0.0.1:1"}


def documented(fragment: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(fragment)["options"]
    return found


CONNECTION = documented(ModuleDocFragment.DOCUMENTATION)
ACCOUNT = documented(ModuleDocFragment.ACCOUNT)


def test_the_minimum_is_documented() -> None:
    requirements = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["requirements"]
    assert any(f"httpx >= {library.HTTPX_MINIMUM}, < 1" in line for line in requirements)


def test_the_connection_options_are_the_documented_ones() -> None:
    spec = options.connection_spec()
    assert set(CONNECTION) | set(ACCOUNT) == set(spec)
    for name, option in spec.items():
        described = {**CONNECTION, **ACCOUNT}[name]
        for key in ("type", "default", "choices", "required"):
            assert described.get(key) == option.get(key), f"{name} {key}"
        if "fallback" in option:
            (variable,) = option["fallback"][1]
            assert f"E({variable})" in str(described["description"])


def test_unused_options_are_the_account() -> None:
    unused = documented(ModuleDocFragment.UNUSED_ACCOUNT)
    assert set(unused) == set(ACCOUNT)
    assert all("ignored" in str(option["description"]) for option in unused.values())


@pytest.mark.parametrize("module", MODULES)
def test_the_options_of_a_module_are_the_documented_ones(module: str) -> None:
    loaded = importlib.import_module(f"ansible_collections.encvoy.sentry.plugins.modules.{module}")
    described = yaml.safe_load(loaded.DOCUMENTATION)
    compare(described.get("options", {}), getattr(loaded, "ARGUMENT_SPEC", {}), module)
    assert described["seealso"]
    assert yaml.safe_load(loaded.EXAMPLES)


def compare(described: dict[str, Any], spec: dict[str, Any], where: str) -> None:
    assert set(described) == set(spec), where
    for name, option in spec.items():
        for key in ("type", "elements", "default", "choices", "required"):
            assert described[name].get(key) == option.get(key), f"{where} {name} {key}"
        compare(described[name].get("suboptions", {}), option.get("options", {}), f"{where} {name}")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"timeout": 0}, "timeout: 0 is not a number of seconds above 0 and up to 3600."),
        ({"timeout": -1}, "timeout: -1 is not"),
        ({"timeout": "nan"}, "timeout: nan is not"),
        ({"timeout": "inf"}, "timeout: inf is not"),
        ({"timeout": 3601}, "timeout: 3601 is not"),
        ({"http_agent": "a\nb"}, "http_agent: it has a character that a header cannot carry."),
        ({"http_agent": "ä"}, "http_agent: "),
        ({"http_agent": " x"}, "http_agent: "),
        ({"access_token": "planted\n"}, "access_token: it has a space, a line break"),
        ({"access_token": "planted token"}, "access_token: it has a space, a line break"),
        ({"access_token": "plantedä"}, "access_token: it has"),
        ({"password": "planted\x00"}, "password: it has a character that is not valid text"),
        ({"password": "planted\udc80"}, "password: it has a character that is not valid text"),
        ({"url": "https://id..example"}, "url: 'https://id..example' is not an address"),
        ({"ca_path": "/missing"}, "ca_path: '/missing' cannot be used"),
    ],
)
def test_what_cannot_be_used_names_the_option(change: dict[str, Any], says: str) -> None:
    outcome = run_module("encvoy_discovery_info", **{**HERE, **change})
    assert outcome.failed
    assert outcome.msg.startswith(says)
    assert "planted" not in outcome.text


def test_broken_text_is_found_at_any_depth() -> None:
    params = {"a": ["x", {"b": "\x00"}], "c": {"d": ["\ud800"]}, "e": ["good"], "f": None, "g": 5}
    assert [fault.split(":")[0] for fault in options.text_faults(params)] == ["a", "c"]


@pytest.mark.parametrize(
    ("params", "method"),
    [
        ({"access_token": "x"}, "token"),
        ({"login": "x", "password": "x"}, "login"),
        ({"access_token": "x", "login": "x", "password": "x"}, "token"),
        ({"access_token": "x", "login": "x", "password": "x", "auth_method": "login"}, "login"),
    ],
)
def test_how_it_authenticates(params: dict[str, str], method: str) -> None:
    names = ("access_token", "login", "password", "auth_method")
    assert options.auth_method({**dict.fromkeys(names), **params}) == method


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(EncvoyError, match=r"^One\. Two\.$"):
        options.require(["One.", "Two."])
    options.require([])
