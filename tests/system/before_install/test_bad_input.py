# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What cannot work is refused with a clear error before anything is touched."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import yaml

from tests.conftest import ROOT
from tests.support.commands import Play
from tests.system.sandbox import Sandbox

# Found by the stage `preflight`, each for a host of its own in one run.
OF_A_HOST = {
    "unknown Sentry folder": (
        {"sentry_sso_sentry_dir": "/opt/nowhere"},
        ["/opt/nowhere", "is not a folder"],
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
        ["sentry_sso_sentry_url", "sentry.example.com", "expected"],
    ),
    "unreachable Encvoy ID": (
        {"sentry_sso_encvoy_url": "https://127.0.0.1:9"},
        ["https://127.0.0.1:9", "refused"],
    ),
    "untrusted certificate": (
        {"sentry_sso_encvoy_ca": ""},
        ["certificate", "ca_path"],
    ),
}

# Found by the one login for all hosts, in a run of its own.
WRONG_PASSWORD = {"sentry_sso_encvoy_password": "not-the-password"}


@pytest.fixture(scope="module")
def before(sandbox: Sandbox):
    """What there was before the first refusal, and is to be there after each."""
    return sandbox.state()


@pytest.fixture(scope="module")
def plays(sandbox: Sandbox, before, tmp_path_factory: pytest.TempPathFactory):
    """All these runs, at the same time, since none of them is to touch anything."""
    same = {"sandbox_checkout": str(ROOT)}
    hosts = {host_name(case): {**same, **wrong} for case, (wrong, _says) in OF_A_HOST.items()}
    inventory = tmp_path_factory.mktemp("inventory") / "hosts.yml"
    inventory.write_text(yaml.safe_dump({"sentry": {"hosts": hosts}}))
    arguments = {
        "hosts": [f"--inventory={inventory}", f"--limit=!sentry-{sandbox.name}"],
        "wrong password": [f"--extra-vars={json.dumps(WRONG_PASSWORD)}"],
    }
    with ThreadPoolExecutor() as pool:
        running = {
            case: pool.submit(sandbox.play, "site", *args) for case, args in arguments.items()
        }
        return {case: play.result() for case, play in running.items()}


def host_name(case: str) -> str:
    return case.lower().replace(" ", "-")


def message(play: Play, host: str) -> str:
    """What the run says about a host that failed."""
    found = re.search(rf"^(?:fatal|failed): \[{host}\b.*?\].*? => (.*)$", play.output, re.M)
    assert found, play.output
    return str(json.loads(found[1])["msg"])


def assert_nothing_was_touched(sandbox: Sandbox, play: Play, before):
    assert play.returncode != 0, play.output
    assert "Traceback" not in play.output
    assert play.changed == 0
    assert sandbox.state() == before


@pytest.mark.parametrize("case", OF_A_HOST)
def test_a_host_is_told_what_is_wrong_with_it(plays: dict[str, Play], case: str) -> None:
    said = message(plays["hosts"], host_name(case))

    assert [word for word in OF_A_HOST[case][1] if word not in said] == [], said


def test_nothing_was_touched_on_any_of_them(
    sandbox: Sandbox, plays: dict[str, Play], before
) -> None:
    assert_nothing_was_touched(sandbox, plays["hosts"], before)


def test_a_wrong_password_is_refused_before_anything_is_touched(
    sandbox: Sandbox, before, plays: dict[str, Play]
) -> None:
    play = plays["wrong password"]

    assert "Invalid credentials. Check login and password." in " ".join(play.output.split())
    assert_nothing_was_touched(sandbox, play, before)
