# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What goes into Sentry and what comes out of the module.

What the script does inside Sentry is tested on the real one: tests/system/way_back.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_docker import FakeDocker
from tests.support.module_runner import Outcome, run_module
from tests.support.sentry_host import installed_docker, make_checkout

PASSWORD = "planted-Passw0rd"
LINK = "https://sentry.example.com/account/recover/confirm/1/planted/"
REQUIRED = {"provider": "oidc", "require_sso": True, "default_role": "member"}
OPTIONAL = {**REQUIRED, "require_sso": False}
OFF = {"provider": None, "require_sso": None, "default_role": "member"}
USER = {"id": 1, "email": "admin@example.com", "name": "admin"}


def answer(before: dict[str, Any], after: dict[str, Any], **more: Any) -> dict[str, Any]:
    provider = {"before": before, "after": after, "unlinked": 0, "warnings": []}
    return {
        "provider": provider,
        "user": USER,
        "warnings": [],
        "password_changed": False,
        "reset_link": None,
        "new_link": False,
        **more,
    }


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeDocker:
    client = installed_docker(tmp_path / "bin")
    monkeypatch.setenv("PATH", client.path)
    return client


@pytest.fixture
def checkout(tmp_path: Path) -> str:
    return str(make_checkout(tmp_path / "sentry"))


def run(docker: FakeDocker, checkout: str, said: Any, **options: Any) -> Outcome:
    docker.reply("exec id-of-web", said, program="scripts.break_glass")
    given = {"organization": "sentry", "user": "admin@example.com", "single_sign_on": "optional"}
    return run_module("sentry_break_glass", sentry_dir=checkout, **{**given, **options})


def payload(docker: FakeDocker) -> dict[str, Any]:
    """What Sentry was asked for."""
    (program,) = [call["stdin"] for call in docker.calls if "scripts.break_glass" in call["stdin"]]
    literal = program.rpartition("main(json.loads(")[2].removesuffix("))\n")
    order = json.loads(json.loads(literal))
    found: dict[str, Any] = order["payload"]
    return found


def test_a_password_and_optional(docker: FakeDocker, checkout: str) -> None:
    said = answer(REQUIRED, OPTIONAL, password_changed=True)
    outcome = run(docker, checkout, said, password=PASSWORD)
    sent = payload(docker)
    assert "def desired_state" in sent.pop("provider_source")
    assert sent == {
        "organization": "sentry",
        "provider": "oidc",
        "single_sign_on": "optional",
        "user": "admin@example.com",
        "password": PASSWORD,
        "write": True,
    }
    result = outcome.result
    result.pop("invocation")
    assert result == {
        "changed": True,
        "diff": {
            "before": {"provider": "oidc", "require_sso": True, "password": "(not shown)"},
            "after": {
                "provider": "oidc",
                "require_sso": False,
                "password": "(another one, not shown)",
            },
        },
        "provider": "oidc",
        "require_sso": False,
        "unlinked": 0,
        "user": USER,
        "password_changed": True,
        "remarks": [],
        "reset_link": None,
    }


def test_the_password_is_in_no_process_argument_and_no_result(
    docker: FakeDocker, checkout: str
) -> None:
    said = answer(REQUIRED, OPTIONAL, password_changed=True)
    outcome = run(docker, checkout, said, password=PASSWORD)
    assert PASSWORD not in json.dumps([call["arguments"] for call in docker.calls])
    assert PASSWORD not in json.dumps(outcome.result)


@pytest.mark.parametrize(
    ("said", "changed"),
    [
        (answer(OPTIONAL, OPTIONAL), False),
        (answer(OFF, OFF), False),
        (answer(REQUIRED, OPTIONAL), True),
        (answer(OPTIONAL, OFF), True),
        (answer(OPTIONAL, OPTIONAL, password_changed=True), True),
        (answer(OPTIONAL, OPTIONAL, reset_link=LINK), False),
        (answer(OPTIONAL, OPTIONAL, reset_link=LINK, new_link=True), True),
    ],
)
def test_what_counts_as_a_change(
    docker: FakeDocker, checkout: str, said: dict[str, Any], changed: bool
) -> None:
    outcome = run(docker, checkout, said)
    assert outcome["changed"] is changed
    assert outcome["reset_link"] == said["reset_link"]
    assert LINK not in json.dumps(outcome["diff"])
    diff = outcome["diff"]
    assert (diff["before"] != diff["after"]) is changed


def test_check_mode_does_not_write(docker: FakeDocker, checkout: str) -> None:
    outcome = run(docker, checkout, answer(REQUIRED, OPTIONAL, new_link=True), check=True)
    assert payload(docker)["write"] is False
    assert (outcome["changed"], outcome["reset_link"]) == (True, None)


def test_what_is_refused_inside_fails(docker: FakeDocker, checkout: str) -> None:
    said = {"refused": "user: 'x@example.com' is no account of Sentry. Give an administrator: a."}
    outcome = run(docker, checkout, said)
    assert outcome.failed
    assert outcome.msg == said["refused"]


def test_what_should_be_known_is_a_warning_and_a_remark(docker: FakeDocker, checkout: str) -> None:
    outcome = run(docker, checkout, answer(OFF, OFF, warnings=["the second factor, too"]))
    assert outcome["remarks"] == ["the second factor, too"]
    assert "the second factor, too" in outcome.warnings[0]
