# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An administrator is let in: what the playbook asks of Sentry, and what it tells.

Encvoy ID runs here, and must not be asked. The login itself is in tests/system/way_back.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.encvoy_id import RunningServer
from tests.playbooks.conftest import Playbooks
from tests.support.commands import Play

LINK = "https://sentry.example.com/account/recover/confirm/1/planted/"
PASSWORD = "planted-Passw0rd"
USER = "sentry_sso_break_glass_user"
OPTIONAL = {"provider": "oidc", "require_sso": False, "default_role": "member"}
OFF = {"provider": None, "require_sso": None, "default_role": "member"}


class Glass:
    """A host with a Sentry that answers, and what it was asked."""

    def __init__(self, playbooks: Playbooks, server: RunningServer) -> None:
        self.playbooks = playbooks
        self.host = playbooks.host(server, **{USER: "admin@example.com"})
        # What is wrong with the way to Encvoy ID is not to stand in the way now.
        self.host["sentry_sso_encvoy_ca"] = "/is/not/there.pem"

    def run(self, after: dict[str, Any], *arguments: str, **variables: Any) -> Play:
        provider = {"before": {**OPTIONAL, "require_sso": True}, "after": after, "unlinked": 0}
        by_password = "sentry_sso_break_glass_password" in variables
        answer = {
            "provider": {**provider, "warnings": []},
            "user": {"id": 1, "email": "admin@example.com", "name": "admin"},
            "warnings": ["user: is asked for the second factor, too."],
            "password_changed": by_password,
            "reset_link": None if by_password or "--check" in arguments else LINK,
            "new_link": not by_password,
        }
        self.playbooks.docker.reply("exec id-of-web", answer, program="scripts.break_glass")
        host = {name: value for name, value in {**self.host, **variables}.items() if value}
        if variables.get("sentry_sso_break_glass") is False:
            host["sentry_sso_break_glass"] = False
        return self.playbooks.run("encvoy.sentry.break_glass", {"here": host}, *arguments)

    @property
    def asked(self) -> dict[str, Any]:
        programs = [call["stdin"] for call in self.playbooks.docker.calls if call["stdin"]]
        literal = programs[-1].rpartition("main(json.loads(")[2].removesuffix("))\n")
        payload: dict[str, Any] = json.loads(json.loads(literal))["payload"]
        return payload


@pytest.fixture
def glass(playbooks: Playbooks, encvoy_id: RunningServer) -> Glass:
    return Glass(playbooks, encvoy_id)


def test_a_link_is_written_for_its_owner_alone(
    glass: Glass, encvoy_id: RunningServer, tmp_path: Path
) -> None:
    file = tmp_path / "link"

    run = glass.run(OPTIONAL, "-vvvv", "--diff", sentry_sso_break_glass_link_file=str(file))

    assert (run.returncode, run.changed) == (0, 2), run.output
    assert file.read_text() == LINK + "\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert f"opens the link in {file} on this controller" in run.words
    assert "is asked for the second factor, too." in run.words
    assert "To go back, run encvoy.sentry.site" in run.words
    assert LINK not in run.output
    assert glass.asked["single_sign_on"] == "optional"
    assert encvoy_id.requests.entries("/") == []


def test_with_a_password_the_login_page_asks_for_it(glass: Glass) -> None:
    run = glass.run(OFF, "-vvvv", "--diff", sentry_sso_break_glass_password=PASSWORD)

    assert (run.returncode, run.changed) == (0, 1), run.output
    assert (glass.asked["single_sign_on"], glass.asked["password"]) == ("off", PASSWORD)
    assert "at https://sentry.example.com/auth/login/sentry/." in run.words
    assert PASSWORD not in run.output


@pytest.mark.parametrize("value", [False, "off"])
def test_a_bare_off_is_off(glass: Glass, tmp_path: Path, value: Any) -> None:
    file = str(tmp_path / "link")

    run = glass.run(OFF, sentry_sso_break_glass=value, sentry_sso_break_glass_link_file=file)

    assert run.returncode == 0, run.output
    assert glass.asked["single_sign_on"] == "off"


def test_a_check_writes_nothing(glass: Glass, tmp_path: Path) -> None:
    file = tmp_path / "link"

    run = glass.run(OPTIONAL, "--check", sentry_sso_break_glass_link_file=str(file))

    assert (run.returncode, run.changed) == (0, 1), run.output
    assert glass.asked["write"] is False
    assert not file.exists()


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({USER: None}, f"missing required arguments: {USER}"),
        ({"sentry_sso_break_glas": "off"}, "Correct it to sentry_sso_break_glass."),
        ({"sentry_sso_break_glass": "maybe"}, "must be one of: optional, off"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    glass: Glass, variables: dict[str, Any], said: str
) -> None:
    run = glass.run(OPTIONAL, **variables)

    assert run.returncode != 0
    assert said in run.words


def test_what_sentry_refuses_is_told_in_the_words_of_the_role(glass: Glass) -> None:
    refusal = {"refused": "password: Sentry does not take it. Too short. Give another one."}
    glass.playbooks.docker.reply("exec id-of-web", refusal, program="scripts.break_glass")
    host = {**glass.host, "sentry_sso_break_glass_password": PASSWORD}

    run = glass.playbooks.run("encvoy.sentry.break_glass", {"here": host}, "-vvvv")

    assert run.returncode != 0
    assert "sentry_sso_break_glass_password: Sentry does not take it." in run.words
    assert PASSWORD not in run.output
