# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sandbox as the system tests see it, and the members in it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import yaml

from tests.conftest import ROOT
from tests.support.browser_session import BrowserSession, Credentials
from tests.system.sandbox import Member, Sandbox, inventory_variables


@pytest.fixture(scope="session")
def sandbox() -> Sandbox:
    """The sandbox named in ``SANDBOX_NAME``, which has to be up."""
    name = os.environ.get("SANDBOX_NAME")
    if name is None:
        pytest.fail("set SANDBOX_NAME to a sandbox that is up, such as demo", pytrace=False)
    return Sandbox(name, inventory_variables(name))


@pytest.fixture(scope="session")
def members() -> dict[str, Member]:
    """The members of the organization ``sentry``, by their login at Encvoy ID."""
    accounts = yaml.safe_load((ROOT / "sandbox" / "vars" / "accounts.yml").read_text())
    accounts = accounts["sandbox_accounts"]
    at_encvoy_id = {user.get("email"): user for user in accounts["encvoy_id"]["users"]}
    return {
        at_encvoy_id[member["email"]]["login"]: Member(
            email=member["email"],
            encvoy_id=Credentials(
                at_encvoy_id[member["email"]]["login"], at_encvoy_id[member["email"]]["password"]
            ),
            sentry_password=member["password"],
        )
        for member in accounts["sentry"]["users"]
        if member["email"] in at_encvoy_id
    }


@pytest.fixture
def visitor(sandbox: Sandbox) -> Iterator[BrowserSession]:
    """Somebody with an empty browser."""
    with sandbox.browser_session() as somebody:
        yield somebody
