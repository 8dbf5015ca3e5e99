# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stages by themselves, tags, and hosts: nothing ends green that did nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.encvoy_id import RunningServer
from tests.playbooks.conftest import Playbooks

STAGES = ("preflight", "plan", "client", "install", "configure", "apply", "enable")
# Each stage as if it were the only one.
PLAY = """
- hosts: sentry
  gather_facts: false
  tasks:
    - ansible.builtin.include_role:
        name: encvoy.sentry.sentry_sso
        tasks_from: "{{ item }}"
      loop: [STAGES]
"""


def test_a_stage_alone_brings_what_it_needs(
    playbooks: Playbooks, encvoy_id: RunningServer, tmp_path: Path
) -> None:
    play = tmp_path / "play.yml"
    play.write_text(PLAY.replace("STAGES", ", forget, ".join(STAGES)))

    run = playbooks.run(str(play), {"here": playbooks.host(encvoy_id)}, "--check")

    assert run.returncode == 0, run.output
    assert run.output.count("Look at Sentry] *") == len(STAGES)
    for stage in STAGES:
        assert f"arg spec '{stage}'" in run.output
    writes = [
        entry.path for entry in encvoy_id.requests.entries("/api/v1") if entry.method != "GET"
    ]
    assert writes == []


def test_verify_before_anything_is_set_up_is_a_report(
    playbooks: Playbooks, encvoy_id: RunningServer
) -> None:
    run = playbooks.run("encvoy.sentry.verify", {"here": playbooks.host(encvoy_id)})

    assert run.returncode != 0
    assert run.changed == 0
    assert "✘ client_registered: " in run.words
    assert "Log in at https://sentry.example.com/auth/login/sentry/" in run.words
    assert "People cannot log in" in run.words
    writes = [
        entry.path for entry in encvoy_id.requests.entries("/api/v1") if entry.method != "GET"
    ]
    assert writes == []


@pytest.mark.parametrize(
    ("playbook", "arguments", "said"),
    [
        ("site", ["--tags=verify"], "--tags: verify: no such tag. There are: sentry_sso_preflight"),
        ("site", ["--tags=typo", "--limit=here"], "--tags: typo: no such tag"),
        ("verify", ["--tags=sentry_sso_verfy"], "--tags: sentry_sso_verfy: no such tag"),
        ("site", ["--extra-vars=sentry_sso_hosts=sentries"], "no host of the inventory matches"),
        (
            "verify",
            ["--extra-vars=sentry_sso_hosts=here:!here"],
            "no host of the inventory matches",
        ),
    ],
)
def test_a_run_that_would_do_nothing_is_refused(
    playbooks: Playbooks, playbook: str, arguments: list[str], said: str
) -> None:
    hosts = {"here": {"ansible_connection": "local"}}

    run = playbooks.run(f"encvoy.sentry.{playbook}", hosts, *arguments)

    assert run.returncode != 0, run.output
    assert said in run.words


def test_what_is_required_is_asked_for_by_name(playbooks: Playbooks) -> None:
    run = playbooks.run("encvoy.sentry.verify", {"here": {"ansible_connection": "local"}})

    assert run.returncode != 0
    assert "missing required arguments: sentry_sso_encvoy_url, sentry_sso_sentry_url" in run.words
