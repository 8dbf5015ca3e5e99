# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What goes into Sentry and what comes out of the module.

What the script does inside Sentry is tested on the real one:
tests/system/after_install/test_sentry_scripts.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.docker import SentryError
from ansible_collections.encvoy.sentry.plugins.modules import sentry_auth_provider
from tests.support.module_runner import Outcome, run_module
from tests.support.sentry_host import installed_docker, make_checkout

OFF = {"provider": None, "require_sso": None, "default_role": "member"}
ON = {"provider": "oidc", "require_sso": False, "default_role": "member"}


class InsideSentry:
    """Stands for the script in the container: an answer to give, and the payloads it got."""

    def __init__(self) -> None:
        self.answer: dict[str, Any] | Exception = {}
        self.payloads: list[dict[str, Any]] = []
        self.timeouts: list[float] = []

    def __call__(
        self, _host: Any, _script: Any, payload: dict[str, Any], *, container: Any, timeout: float
    ) -> dict[str, Any]:
        assert container.service == "web"
        self.payloads.append(payload)
        self.timeouts.append(timeout)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def changes(self, before: dict[str, Any], after: dict[str, Any], **more: Any) -> None:
        self.answer = {
            "before": before,
            "after": after,
            "unlinked": 0,
            "replaced": None,
            "not_linked": [],
            "warnings": [],
            **more,
        }


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InsideSentry:
    stand_in = InsideSentry()
    monkeypatch.setattr(sentry_auth_provider, "run_in_sentry", stand_in)
    monkeypatch.setenv("PATH", installed_docker(tmp_path / "bin").path)
    return stand_in


@pytest.fixture
def checkout(tmp_path: Path) -> str:
    return str(make_checkout(tmp_path / "sentry"))


def run(checkout: str, **options: Any) -> Outcome:
    return run_module("sentry_auth_provider", sentry_dir=checkout, organization="sentry", **options)


def test_turned_on(inside: InsideSentry, checkout: str) -> None:
    inside.changes(OFF, ON)
    outcome = run(checkout)
    assert inside.payloads == [
        {
            "organization": "sentry",
            "provider": "oidc",
            "state": "present",
            "require_sso": None,
            "default_role": None,
            "replace": False,
            "write": True,
        }
    ]
    result = outcome.result
    result.pop("invocation")
    assert result == {
        "changed": True,
        "organization": "sentry",
        "before": OFF,
        **ON,
        "unlinked": 0,
        "replaced": None,
        "not_linked": [],
        "diff": {"before": OFF, "after": ON},
    }


def test_nothing_to_do(inside: InsideSentry, checkout: str) -> None:
    inside.changes(ON, ON)
    assert run(checkout)["changed"] is False


def test_check_mode_does_not_write(inside: InsideSentry, checkout: str) -> None:
    inside.changes(OFF, ON)
    assert run(checkout, check=True)["changed"] is True
    assert [payload["write"] for payload in inside.payloads] == [False]


def test_options_reach_sentry(inside: InsideSentry, checkout: str) -> None:
    inside.changes(ON, OFF, unlinked=2)
    outcome = run(
        checkout, state="absent", provider="saml2", require_sso=False, default_role="admin"
    )
    (payload,) = inside.payloads
    assert payload["state"] == "absent"
    assert payload["provider"] == "saml2"
    assert payload["require_sso"] is False
    assert payload["default_role"] == "admin"
    assert outcome["provider"] is None
    assert outcome["unlinked"] == 2


def test_what_is_replaced_is_named(inside: InsideSentry, checkout: str) -> None:
    google = {**ON, "provider": "google"}
    inside.changes(google, ON, replaced="google", not_linked=["mia@example.com"])
    outcome = run(checkout, replace_provider=True)
    assert inside.payloads[0]["replace"] is True
    assert (outcome["replaced"], outcome["not_linked"]) == ("google", ["mia@example.com"])


def test_warnings_of_sentry_are_shown(inside: InsideSentry, checkout: str) -> None:
    inside.changes(ON, ON, warnings=["the organization requires two-factor authentication"])
    (warning,) = run(checkout).warnings
    assert "the organization requires two-factor authentication" in warning


def test_refused(inside: InsideSentry, checkout: str) -> None:
    inside.answer = {"refused": "organization: Sentry has none with the slug 'sentry'."}
    outcome = run(checkout)
    assert outcome.failed
    assert outcome.msg == "organization: Sentry has none with the slug 'sentry'."


def test_sentry_does_not_run(inside: InsideSentry, checkout: str) -> None:
    inside.answer = SentryError("the container is not running: see 'docker compose ps'")
    outcome = run(checkout)
    assert outcome.failed
    assert outcome.msg.startswith("the container is not running")


def test_no_sentry_folder(inside: InsideSentry, checkout: str) -> None:
    assert run(checkout + "/nothing").msg.startswith("sentry_dir: ")
    assert inside.payloads == []


def test_the_time_inside_sentry_can_be_given(inside: InsideSentry, checkout: str) -> None:
    inside.changes(ON, ON)
    run(checkout, exec_timeout=600)
    run(checkout)
    assert inside.timeouts == [600.0, 120.0]


def test_a_fault_of_the_module_is_no_traceback(inside: InsideSentry, checkout: str) -> None:
    inside.answer = {}
    outcome = run(checkout)
    assert outcome.failed
    assert outcome.msg.startswith("Unexpected KeyError in sentry_auth_provider.py")
