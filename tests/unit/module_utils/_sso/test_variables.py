# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with the role's variables, as a table."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.encvoy.sentry.plugins.module_utils._sso.variables import check_variables
from tests.conftest import ROOT

SPECS = yaml.safe_load((ROOT / "roles/sentry_sso/meta/argument_specs.yml").read_text())
BUILD: dict[str, Any] = {
    **dict.fromkeys(("plugin_version", "wheel", "wheel_sha256", "index", "proxy")),
    **{name: [] for name in ("sha256", "lines")},
}
KNOWN: list[str] = list(SPECS["argument_specs"]["main"]["options"])
RIGHT: dict[str, Any] = {
    "plugin_version": None,
    "scope": "openid email profile",
    "allowed_addresses": [],
    "missing_ca": None,
    "seconds": {"sentry_sso_health_timeout": 300},
    "build": BUILD,
}


def said(names: list[str] | None = None, **values: Any) -> str:
    found = check_variables([*KNOWN, *(names or [])], KNOWN, {**RIGHT, **values})
    assert {finding.severity for finding in found} <= {"error"}
    return " ".join(f"{finding.detail} {finding.action}" for finding in found)


def test_nothing_is_wrong_with_the_roles_own() -> None:
    assert said(["sentry_sso_hosts", "sentry_sso_look"]) == ""


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("sentry_sso_organisation", "sentry_sso_organization"),
        ("sentry_sso_encvoy_pasword", "sentry_sso_encvoy_password"),
        ("sentry_sso_public_claim", "sentry_sso_public_claims"),
        ("sentry_sso_sentry_uri", "sentry_sso_sentry_url"),
        ("sentry_sso_sso_required", "sentry_sso_require_sso"),
    ],
)
def test_a_name_that_is_nearly_right(name: str, right: str) -> None:
    assert said([name]) == f"{name}: the role has no such variable. Correct it to {right}."


def test_a_name_that_is_like_none() -> None:
    assert said(["sentry_sso_xyzzy"]).endswith("no such variable. Remove it.")


@pytest.mark.parametrize(
    "version", ["abc", "6", "7.0", 7.0, "6.0.0'; id #", "6.0.0 ", "6.0.0\n", "v6.0.0", "latest", ""]
)
def test_what_is_no_release(version: Any) -> None:
    assert said(plugin_version=version).startswith("sentry_sso_plugin_version: ")


@pytest.mark.parametrize("version", ["6.0.0", "9.1.1", "10.0.0rc1", "9.1.1.post1", "9.0.0.dev2"])
def test_a_release(version: str) -> None:
    assert said(plugin_version=version) == ""


@pytest.mark.parametrize(
    ("scope", "right"),
    [
        ("", "'openid email profile'"),
        ("openid", "'openid email profile'"),
        ("email profile", "'email profile openid'"),
        ("openid,email,profile", "'openid,email,profile openid email profile'"),
    ],
)
def test_a_scope_with_which_nobody_could_log_in(scope: str, right: str) -> None:
    assert f"Set it to {right}" in said(scope=scope)


def test_more_scopes_than_needed() -> None:
    assert said(scope=" profile phone openid  email") == ""


@pytest.mark.parametrize("seconds", [0, -1, "0", "soon", None, ""])
def test_what_is_no_time_limit(seconds: Any) -> None:
    limits = {"sentry_sso_build_timeout": seconds}
    assert said(seconds=limits).startswith("sentry_sso_build_timeout: ")


@pytest.mark.parametrize(
    "address", ["10.0.0.0/8", "id.example.com", "10.0.0", "", "::1%eth0/x", 7.5]
)
def test_what_is_no_address(address: Any) -> None:
    wrong = said(allowed_addresses=["10.0.0.5", address])
    assert wrong.startswith("sentry_sso_allowed_addresses: ")
    assert "'10.0.0.5'" not in wrong


def test_what_the_build_gets_is_judged_too() -> None:
    assert said(build={**BUILD, "sha256": ["abc"]}).startswith("sentry_sso_plugin_sha256: 'abc'")


def test_a_ca_that_is_not_there() -> None:
    wrong = said(missing_ca="files/ca.pem")
    assert wrong.startswith("sentry_sso_encvoy_ca: there is no file 'files/ca.pem'.")


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=20), st.text(max_size=20))
def test_any_values_work_or_are_named(version: str, scope: str, seconds: str, address: str) -> None:
    limits = {"sentry_sso_exec_timeout": seconds}
    wrong = said(plugin_version=version, scope=scope, seconds=limits, allowed_addresses=[address])
    works = {
        "sentry_sso_plugin_version": not set(version) - set("0123456789.abcdeprostv")
        and version.count(".") > 1,
        "sentry_sso_scope": {"openid", "email", "profile"} <= set(scope.split()),
        "sentry_sso_exec_timeout": seconds.strip().strip("+").replace("_", "").isdigit(),
        "sentry_sso_allowed_addresses": ":" in address or address.count(".") == 3,
    }
    assert all(right or f"{name}: " in wrong for name, right in works.items())
