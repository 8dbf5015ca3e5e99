# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an administrator does at Encvoy ID, put right again afterwards."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from typing import Any

from tests.support.browser_session import Credentials
from tests.system.sandbox import Sandbox

DEFAULT_CLAIMS = "default_public_profile_claims_oauth"
RELEASED_BY_DEFAULT = "picture nickname"
# Encvoy ID accepts this secret, and Python, YAML, Jinja, shell and compose each could read it
# another way. One word of it looks the same however it is quoted.
PLANTED = "plant3d"
AWKWARD_SECRET = (
    PLANTED + r"""q'uo"te\ back\n $HOME ${X} $$ {{ 7*7 }} {% raw %} #no-comment `id` %s <&> ~"""
)


@contextlib.contextmanager
def client_with(sandbox: Sandbox, **fields: Any) -> Iterator[None]:
    """Sentry's client has other values for a while."""
    client = sandbox.client()
    path = f"/clients/{client['client_id']}"
    with sandbox.encvoy() as api:
        api.put("change the client", path, fields)
        try:
            yield
        finally:
            api.put("restore the client", path, {name: client[name] for name in fields})


@contextlib.contextmanager
def default_claims(sandbox: Sandbox, claims: str) -> Iterator[None]:
    """New users release other claims for a while."""
    with sandbox.encvoy() as api:
        before = api.get("read the settings", "/settings")[DEFAULT_CLAIMS]
        api.put("change the settings", "/settings", {DEFAULT_CLAIMS: claims})
        try:
            yield
        finally:
            api.put("restore the settings", "/settings", {DEFAULT_CLAIMS: before})


def newcomer(sandbox: Sandbox, *released: str) -> Credentials:
    """Somebody who has just registered, and then released more than new users do."""
    login = f"new-{secrets.token_hex(4)}"
    password = f"Pw-{secrets.token_urlsafe(12)}"
    with sandbox.encvoy() as api:
        user = api.post(
            "create a user",
            "/users",
            {
                "login": login,
                "password": password,
                "email": f"{login}@example.com",
                "given_name": "New",
                "family_name": "Comer",
                "nickname": login,
            },
        )
        if released:
            api.put(
                "release claims",
                f"/users/{user['id']}/private_scopes",
                {"claim_privacy": "publicOauth", "field": " ".join(released)},
            )
    return Credentials(login, password)
