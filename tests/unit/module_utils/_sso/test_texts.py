# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts for people: the role's variables, no line too long, and what comes of the login page."""

from __future__ import annotations

import pytest
import yaml

from ansible_collections.encvoy.sentry.plugins.module_utils._sso import texts
from ansible_collections.encvoy.sentry.plugins.module_utils._sso.about.finding import Finding
from ansible_collections.encvoy.sentry.plugins.module_utils._sso.plan import Plan
from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("url: 'x' is not an address.", "sentry_sso_encvoy_url: 'x' is not an address."),
        ("login and password: needed.", "sentry_sso_encvoy_login and password: needed."),
        ("Name the CA's file in ca_path.", "Name the CA's file in sentry_sso_encvoy_ca."),
        ("Set sentry_dir to the folder.", "Set sentry_sso_sentry_dir to the folder."),
        ("Could not log in as 'x': check url.", "Could not log in as 'x': check url."),
        ("sentry_sso_sentry_dir stays.", "sentry_sso_sentry_dir stays."),
    ],
)
def test_a_message_names_the_variables_of_the_role(message: str, expected: str) -> None:
    assert texts.for_role(message) == expected


def test_every_variable_that_a_message_names_exists() -> None:
    specs = yaml.safe_load((ROOT / "roles/sentry_sso/meta/argument_specs.yml").read_text())

    options = {name for point in specs["argument_specs"].values() for name in point["options"]}
    assert set(texts._VARIABLES.values()) <= options


def test_a_report_marks_each_check_and_says_what_to_do() -> None:
    checks = [
        {"name": "one", "ok": True, "severity": "error", "detail": "Fine.", "action": ""},
        {"name": "two", "ok": False, "severity": "error", "detail": "Bad.", "action": "Set url."},
        {"name": "three", "ok": False, "severity": "warning", "detail": "Odd.", "action": "Look."},
    ]

    assert texts.report_lines(checks, "https://sentry.example.com/auth/login/sentry/") == [
        "✔ one: Fine.",
        "✘ two: Bad.",
        "  To do: Set url.",
        "! three: Odd.",
        "  To do: Look.",
        "Log in at https://sentry.example.com/auth/login/sentry/",
    ]


def test_what_is_left_is_told_with_the_plan() -> None:
    lines = texts.plan_lines(Plan(left=["Left to do: x."], reasons=["The secret is written."]))
    assert lines == ["- The secret is written.", "- Left to do: x."]
    assert texts.plan_lines(Plan(left=["Left to do: x."])) == ["- Left to do: x."]


def test_no_line_is_longer_than_a_terminal() -> None:
    lines = texts.finding_lines([Finding("error", "word " * 60, "do " * 90)])

    assert len(lines) > 4
    assert all(len(line) <= 100 for line in lines)


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (Plan(), "Nothing is to be changed."),
        (Plan(enable=True, reasons=["It is turned on."]), "The login page stays up."),
        (Plan(recreate=["worker"], reasons=["It is old."]), "The login page stays up."),
        (
            Plan(recreate=["web"], why_recreate="nginx is off", reasons=["It is old."]),
            "The new container cannot start beside the old one: nginx is off.",
        ),
        (
            Plan(recreate=["web"], rolling=True, reasons=["It is old."]),
            "The login page stays up: the new web container starts beside the old one.",
        ),
        (Plan(install=True, reasons=["It never was."]), "off while install.sh runs"),
    ],
)
def test_a_plan_says_what_comes_of_the_login_page(plan: Plan, words: str) -> None:
    assert words in " ".join(" ".join(texts.plan_lines(plan)).split())
