# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook `verify` on a Sentry that people can log in to, as talkative as can be."""

from __future__ import annotations

import pytest

from tests.system.secrets import everything_written, shown_secrets


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("written")


@pytest.fixture(scope="module")
def proof(world, folder):
    return world.play("verify", "-vvvv", "--diff", environment=everything_written(folder))


def test_every_check_holds(world, proof):
    assert proof.returncode == 0, proof.output
    assert proof.changed == 0
    assert "FAIL" not in proof.output
    assert f"Log in at {world.sentry_url}/auth/login/sentry/" in proof.output


def test_nothing_that_it_wrote_has_a_secret(world, proof, folder):
    assert shown_secrets(world, proof, folder) == {}
