# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role releases claims only where it is asked to, and then for new users and members."""

from __future__ import annotations

import pytest

from sandbox.encvoy_id import RunningServer
from tests.playbooks.conftest import CLAIMS, Playbooks

DEFAULT_CLAIMS = "default_public_profile_claims_oauth"
STOCK = ["nickname", "picture"]
CLIENT = "--tags=sentry_sso_client"


@pytest.fixture
def released(encvoy_id: RunningServer) -> RunningServer:
    """An Encvoy ID as it comes."""
    encvoy_id.store.settings.update({DEFAULT_CLAIMS: " ".join(STOCK)})
    return encvoy_id


def default_claims(server: RunningServer) -> list[str]:
    return sorted(str(server.store.settings.get(DEFAULT_CLAIMS)).split())


def test_nothing_is_released_unasked_and_the_run_is_refused_before_it_touches_anything(
    playbooks: Playbooks, released: RunningServer
) -> None:
    hosts = {"here": playbooks.host(released, sentry_sso_public_claims=[])}

    play = playbooks.run("encvoy.sentry.site", hosts)

    assert play.returncode != 0
    line = "sentry_sso_public_claims: [email, email_verified, given_name, family_name]"
    assert line in play.words
    assert play.changed == 0
    assert default_claims(released) == STOCK
    writes = [entry.path for entry in released.requests.entries("/api/v1") if entry.method != "GET"]
    assert writes == []


def test_claims_are_released_when_asked_and_before_only_foreseen(
    playbooks: Playbooks, released: RunningServer
) -> None:
    hosts = {"here": playbooks.host(released)}

    check = playbooks.run("encvoy.sentry.site", hosts, CLIENT, "--check", "--diff")
    assert (check.returncode, check.changed) == (0, 2), check.output
    assert "email_verified" in check.output
    assert default_claims(released) == STOCK

    first = playbooks.run("encvoy.sentry.site", hosts, CLIENT)
    assert (first.returncode, first.changed) == (0, 2), first.output
    assert default_claims(released) == sorted([*STOCK, *CLAIMS])

    second = playbooks.run("encvoy.sentry.site", hosts, CLIENT)
    assert (second.returncode, second.changed) == (0, 0), second.output
