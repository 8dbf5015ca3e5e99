# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Planted secrets are searched for in everything that a module prints or says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.session import Session
from sandbox.encvoy_id import Settings
from tests.conftest import ROOT
from tests.support.encvoy_server import SENTRY, EncvoyServer, encvoy_server

SECRET = "planted-client-secret"
PASSWORD = "planted-password"
# One letter: hidden by its value, it would take every "e" of the output with it.
SHORT = "e"
SEED = {
    "users": [
        {"login": "root", "password": PASSWORD, "role": "OWNER"},
        {"login": "brief", "password": SHORT, "role": "EDITOR"},
    ]
}


def test_returned_secrets_are_in_clear_and_nothing_else_shows_them(encvoy: EncvoyServer) -> None:
    outcome = encvoy.run("encvoy_client", **SENTRY, client_secret=SECRET)
    assert outcome["client_secret"] == SECRET
    assert outcome.text.count(SECRET) == 1
    assert encvoy.tokens["root"] not in outcome.text
    arguments = outcome["invocation"]["module_args"]
    assert arguments["client_secret"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
    assert arguments["access_token"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
    assert arguments["name"] == "Sentry"


@pytest.mark.parametrize(
    "change", [{"domain": "nope"}, {"client_id": "missing"}, {"redirect_uris": ["x y"]}]
)
def test_failures_show_no_secret(encvoy: EncvoyServer, change: dict[str, Any]) -> None:
    options: dict[str, Any] = {
        **SENTRY,
        "client_secret": SECRET,
        "password": PASSWORD,
        "login": "root",
        **change,
    }
    outcome = encvoy.run("encvoy_client", **options)
    assert outcome.failed
    for secret in (SECRET, PASSWORD, encvoy.tokens["root"]):
        assert secret not in outcome.text


@pytest.mark.parametrize("state", ["present", "broken"])
def test_a_short_password_mangles_nothing(encvoy: EncvoyServer, state: str) -> None:
    """Not even in a complaint of Ansible itself about another option."""
    outcome = encvoy.run("encvoy_client", **SENTRY, password=SHORT, state=state)
    assert "****" not in outcome.text
    shown = outcome["invocation"]["module_args"]
    assert shown["password"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
    assert outcome.failed or outcome["client"]["name"] == "Sentry"


def test_an_echo_of_the_server_is_cleaned(encvoy: EncvoyServer) -> None:
    body = json.dumps({"statusCode": 400, "message": f"{SECRET} is bad", "details": PASSWORD})
    encvoy.server.faults.add("POST", "/api/v1/clients", "status", status=400, body=body)
    options: dict[str, Any] = {
        **SENTRY,
        "client_secret": SECRET,
        "login": "root",
        "password": PASSWORD,
    }
    outcome = encvoy.run("encvoy_client", **options)
    assert "******** is bad" in outcome.msg
    assert SECRET not in outcome.text
    assert PASSWORD not in outcome.text


def test_a_fault_of_the_module_shows_neither_traceback_nor_values(
    encvoy: EncvoyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_arguments: Any, **_options: Any) -> None:
        raise KeyError(SECRET)

    monkeypatch.setattr(Session, "send", crash)
    outcome = encvoy.run("encvoy_client", **SENTRY, client_secret=SECRET)
    assert outcome.msg.startswith("Unexpected KeyError in test_secrets.py, line ")
    assert SECRET not in outcome.text
    assert "exception" not in outcome.result


def test_generated_secrets_are_not_in_the_diff(encvoy: EncvoyServer) -> None:
    encvoy.client(client_secret=SECRET)
    outcome = encvoy.run("encvoy_client", **SENTRY, rotate_secret=True)
    assert outcome["client_secret"] not in json.dumps(outcome["diff"])
    assert SECRET not in outcome.text


# --- Through ansible-playbook ---------------------------------------------------------------------


def playbook(here: EncvoyServer, folder: Path) -> list[dict[str, Any]]:
    """A play that uses secrets in every way, and has a task that fails."""
    client = {"encvoy.sentry.encvoy_client": {**SENTRY, "client_secret": "{{ secret }}"}}
    tasks = [
        {
            "name": "Log in",
            "encvoy.sentry.encvoy_login": {"login": "root", "password": "{{ password }}"},
            "register": "encvoy",
            "no_log": True,
        },
        {"name": "Create the client", **client, "register": "client", "no_log": True},
        {"name": "Read it", "encvoy.sentry.encvoy_client_info": {"name": "Sentry"}},
        {
            "name": "Release claims",
            "encvoy.sentry.encvoy_public_claims": {
                "login": "brief",
                "password": SHORT,
                "auth_method": "login",
                "claims": ["email"],
                "for_new_users": True,
            },
        },
        {
            "name": "Fail in the open",
            "encvoy.sentry.encvoy_client": {
                **SENTRY,
                "client_secret": "{{ secret }}",
                "password": "{{ password }}",
                "domain": "nope",
            },
            "ignore_errors": True,
        },
        {
            "name": "Be refused in the open",
            "encvoy.sentry.encvoy_login": {"login": "root", "password": "{{ password }}x"},
            "ignore_errors": True,
        },
        {
            "name": "Hand the secrets on",
            "ansible.builtin.copy": {
                "content": "{{ client.client_secret }} {{ encvoy.access_token }}",
                "dest": str(folder / "handed-on"),
                "mode": "0600",
            },
            "no_log": True,
        },
    ]
    defaults = {"url": here.url, "access_token": "{{ encvoy.access_token | default(omit) }}"}
    return [
        {
            "name": "Use secrets",
            "hosts": "localhost",
            "gather_facts": True,
            "gather_subset": "!all,!min",
            "module_defaults": {"group/encvoy.sentry.encvoy": defaults},
            "tasks": tasks,
        }
    ]


def test_a_play_at_full_verbosity_shows_no_secret(tmp_path: Path) -> None:
    with encvoy_server(Settings(seed=SEED), accounts={"root": PASSWORD}) as here:
        (tmp_path / "play.yml").write_text(yaml.safe_dump(playbook(here, tmp_path)))
        (tmp_path / "vars.json").write_text(json.dumps({"secret": SECRET, "password": PASSWORD}))
        run = subprocess.run(
            [
                str(Path(sys.executable).with_name("ansible-playbook")),
                *("-vvvv", "--diff", "-i", "localhost,", "-c", "local"),
                *("-e", f"@{tmp_path / 'vars.json'}"),
                *("-e", f"ansible_python_interpreter={sys.executable}"),
                str(tmp_path / "play.yml"),
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={
                **os.environ,
                "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".ansible" / "collections"),
                "ANSIBLE_CACHE_PLUGIN": "jsonfile",
                "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(tmp_path / "facts"),
                "ANSIBLE_LOG_PATH": str(tmp_path / "ansible.log"),
                "ANSIBLE_LOCAL_TEMP": str(tmp_path / "temporary"),
            },
        )
    output = run.stdout + run.stderr
    assert run.returncode == 0, output
    handed_on, token = (tmp_path / "handed-on").read_text().split()
    assert handed_on == SECRET
    places = {"output": output, "log": (tmp_path / "ansible.log").read_text()}
    for file in (tmp_path / "facts").iterdir():
        places[f"fact cache {file.name}"] = file.read_text()
    for place, text in places.items():
        for secret in (SECRET, PASSWORD, token):
            assert secret not in text, f"{place} has {secret}"
    # The short password left everything readable, the diff of an open task included.
    assert "domain: 'nope' is not a URL that the server accepts: it" in output
    assert "default_claims" in output
    assert "Could not log in as 'root': Invalid credentials." in output
