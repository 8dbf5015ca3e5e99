# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What cannot work is refused in the role's own words, also where a task may not be printed.

Each case is a host of its own, all in one run, whose inventory sends everything elsewhere and wants
become for everything: what runs on the controller does so all the same. The output is JSON, as the
events of AWX are, where a censored task has no message at all.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from sandbox.encvoy_id import RunningServer, Settings, running_server
from tests.playbooks.conftest import Playbooks

ELSEWHERE = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 9}
NO_SUDO = {"ansible_become_exe": "/no/sudo", "ansible_become_user": "nobody"}
# What is wrong on a host, and words of what is said.
CASES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "wrong-password": ({"sentry_sso_encvoy_password": "nope"}, ["Invalid credentials"]),
    "no-password": (
        {"sentry_sso_encvoy_password": ""},
        ["sentry_sso_encvoy_password", "and empty"],
    ),
    "misspelt": (
        {"sentry_sso_encvoy_pasword": "x", "sentry_sso_encvoy_password": ""},
        ["sentry_sso_encvoy_pasword", "Correct it to sentry_sso_encvoy_password"],
    ),
    "no-release": ({"sentry_sso_plugin_version": "abc"}, ["sentry_sso_plugin_version", "'abc'"]),
    "no-time": ({"sentry_sso_health_timeout": 0}, ["sentry_sso_health_timeout"]),
    "little-scope": ({"sentry_sso_scope": "openid"}, ["sentry_sso_scope", "email, profile"]),
    "no-network": (
        {"sentry_sso_allowed_addresses": "10.0.0.5, 10.0.0.0/8"},
        ["sentry_sso_allowed_addresses", "'10.0.0.0/8'"],
    ),
    "url-with-path": (
        {"sentry_sso_sentry_url": "https://sentry.example.com/x"},
        ["sentry_sso_sentry_url"],
    ),
    "url-with-space": ({"sentry_sso_sentry_url": "https://a b"}, ["sentry_sso_sentry_url"]),
    "encvoy-port": ({"sentry_sso_encvoy_url": "http://127.0.0.1:0"}, ["sentry_sso_encvoy_url"]),
    "encvoy-label": ({"sentry_sso_encvoy_url": "http://id..x"}, ["sentry_sso_encvoy_url"]),
    "no-ca": ({"sentry_sso_encvoy_ca": "nowhere.pem"}, ["sentry_sso_encvoy_ca", "nowhere.pem"]),
    # It was found, for it cannot be used.
    "ca-beside-inventory": (
        {"sentry_sso_encvoy_ca": "ca.pem"},
        ["sentry_sso_encvoy_ca", "does not contain a certificate"],
    ),
    "no-folder": ({"sentry_sso_sentry_dir": "/nowhere"}, ["sentry_sso_sentry_dir", "/nowhere"]),
    # Both systems are read, whatever the other one says.
    "neither": (
        {"sentry_sso_sentry_dir": "/nowhere", "sentry_sso_encvoy_password": "nope"},
        ["Invalid credentials", "sentry_sso_sentry_dir", "/nowhere"],
    ),
    "become": ({"ansible_become": True, **NO_SUDO}, ["/no/sudo"]),
    "elsewhere": (ELSEWHERE, ["Connection refused"]),
}
# The cases in which Encvoy ID was read all the same.
READ = ("become", "elsewhere", "no-folder")


@dataclass(frozen=True)
class Refused:
    """What each host was told last, which tasks it came through, and what was changed."""

    said: dict[str, str]
    tasks: dict[str, list[str]]
    stats: dict[str, dict[str, int]]
    server: RunningServer


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Refused:
    folder = tmp_path_factory.mktemp("refused")
    playbooks = Playbooks(folder)
    (folder / "ca.pem").write_text("no certificate")
    everything = folder / "everything.yml"
    wrong = {"ansible_become": True, **NO_SUDO, **ELSEWHERE}
    everything.write_text(yaml.safe_dump({"all": {"hosts": {"localhost": {}}, "vars": wrong}}))
    with running_server(Settings()) as server:
        hosts = {
            case: {**playbooks.host(server), "ansible_become": False, **CASES[case][0]}
            for case in CASES
        }
        run = playbooks.run(
            "encvoy.sentry.site",
            hosts,
            f"--inventory={everything}",
            "--forks=16",
            ANSIBLE_STDOUT_CALLBACK="ansible.posix.json",
        )
    written = json.loads(run.output[run.output.index("{") : run.output.rindex("}") + 1])
    tasks = [task for play in written["plays"] for task in play["tasks"]]
    said, names = {}, {}
    for case in CASES:
        results = [(task["task"]["name"], task["hosts"].get(case, {})) for task in tasks]
        names[case] = [name for name, result in results if result and not result.get("skipped")]
        failures = [
            result.get("msg", "")
            for _name, result in results
            if result.get("failed") or result.get("unreachable")
        ]
        last = failures[-1] if failures else ""
        said[case] = " ".join(last) if isinstance(last, list) else str(last)
    return Refused(said, names, written["stats"], server)


@pytest.mark.parametrize("case", CASES)
def test_a_host_is_told_what_is_wrong_with_it(refused: Refused, case: str) -> None:
    assert [word for word in CASES[case][1] if word not in refused.said[case]] == [], refused.said[
        case
    ]
    assert "censored" not in refused.said[case]


@pytest.mark.parametrize("case", READ)
def test_what_runs_on_the_controller_needs_nothing_of_the_inventory(
    refused: Refused, case: str
) -> None:
    """Neither become nor the connection, whatever they are for a host or for all."""
    assert any("Read Encvoy ID" in name for name in refused.tasks[case])
    assert any("Look at Sentry" in name for name in refused.tasks[case])


def test_nothing_was_changed(refused: Refused) -> None:
    assert {case: refused.stats[case]["changed"] for case in CASES} == dict.fromkeys(CASES, 0)
    writes = [
        entry.path for entry in refused.server.requests.entries("/api/v1") if entry.method != "GET"
    ]
    assert writes == []
