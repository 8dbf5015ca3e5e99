# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What cannot work is refused with a clear error before anything is touched."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT
from tests.support.commands import Play
from tests.system.sandbox import Sandbox, State

# Each for a host of its own, all in one run: what is wrong, and words of what is said.
CASES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "unknown Sentry folder": (
        {"sentry_sso_sentry_dir": "/opt/nowhere"},
        ["/opt/nowhere", "sentry_sso_sentry_dir"],
    ),
    "folder without a Sentry": (
        {"sentry_sso_sentry_dir": "/usr"},
        ["/usr", "docker-compose.yml"],
    ),
    "Sentry URL with another scheme": (
        {"sentry_sso_sentry_url": "https://sentry.example.com"},
        ["sentry_sso_sentry_url", "system.url-prefix"],
    ),
    "Sentry URL that is none": (
        {"sentry_sso_sentry_url": "sentry.example.com"},
        ["sentry_sso_sentry_url", "sentry.example.com"],
    ),
    "unknown organization": (
        {"sentry_sso_organization": "nowhere"},
        ["sentry_sso_organization", "'nowhere'", "It has: sentry"],
    ),
    "misspelt variable": (
        {"sentry_sso_organisation": "sentry"},
        ["sentry_sso_organisation", "Correct it to sentry_sso_organization"],
    ),
    "Encvoy ID as it comes": (
        {"sentry_sso_public_claims": []},
        [
            "sentry_sso_public_claims: [email, email_verified, given_name, family_name]",
            "could log in: nobody",
            "alice",
        ],
    ),
    "unreachable Encvoy ID": (
        {"sentry_sso_encvoy_url": "https://127.0.0.1:9"},
        ["https://127.0.0.1:9", "refused"],
    ),
    "untrusted certificate": (
        {"sentry_sso_encvoy_ca": ""},
        ["certificate", "sentry_sso_encvoy_ca"],
    ),
    "wrong password": (
        {"sentry_sso_encvoy_password": "not-the-password"},
        ["Invalid credentials. Check login and password."],
    ),
}


@pytest.fixture(scope="module")
def before(sandbox: Sandbox) -> State:
    """What there was before the refusals, and is to be there afterwards."""
    return sandbox.state()


@pytest.fixture(scope="module")
def play(sandbox: Sandbox, before: State, tmp_path_factory: pytest.TempPathFactory) -> Play:
    hosts = {
        host_name(case): {"sandbox_checkout": str(ROOT), **wrong}
        for case, (wrong, _said) in CASES.items()
    }
    inventory = tmp_path_factory.mktemp("inventory") / "hosts.yml"
    inventory.write_text(yaml.safe_dump({"sentry": {"hosts": hosts}}))
    return sandbox.play(
        "site", f"--inventory={inventory}", f"--limit=localhost,!sentry-{sandbox.name},sentry"
    )


def host_name(case: str) -> str:
    return case.lower().replace(" ", "-")


def message(play: Play, host: str) -> str:
    """What the run says about a host that failed."""
    found = re.search(rf"^fatal: \[{host}\b.*?\].*? => ", play.output, re.M)
    assert found, play.output
    said = json.JSONDecoder().raw_decode(play.output, found.end())[0]["msg"]
    return " ".join(" ".join(said).split()) if isinstance(said, list) else str(said)


@pytest.mark.parametrize("case", CASES)
def test_a_host_is_told_what_is_wrong_with_it(play: Play, case: str) -> None:
    said = message(play, host_name(case))

    assert [word for word in CASES[case][1] if word not in said] == [], said


def test_nothing_was_touched_on_any_of_them(sandbox: Sandbox, play: Play, before: State) -> None:
    assert play.returncode != 0, play.output
    assert "Traceback" not in play.output
    assert play.changed == 0
    assert sandbox.state() == before


def test_a_run_that_would_do_nothing_is_refused(sandbox: Sandbox) -> None:
    """One after the other would take seconds each, and they touch nothing."""
    arguments = {
        "no such tag": ["--tags=sentry_sso_verfy"],
        "no host of the inventory matches": ["--extra-vars=sentry_sso_hosts=sentries"],
    }
    with ThreadPoolExecutor() as pool:
        running = {
            said: pool.submit(sandbox.play, "site", *given) for said, given in arguments.items()
        }
        for said, run in running.items():
            assert run.result().returncode != 0
            assert said in " ".join(run.result().output.split())
