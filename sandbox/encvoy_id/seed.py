# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a simulator knows at its first start: accounts, their roles and public claims."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from .settings import SYSTEM_CLIENT_SECRET, Settings
from .storage import Store
from .storage.clients import AUTH_METHOD_FIELDS

RELEASED = "picture nickname email given_name family_name email_verified"
# The sandbox's accounts; the first one is the root account (id 1).
SANDBOX: dict[str, Any] = {
    "settings": {"default_public_profile_claims_oauth": RELEASED},
    "users": [
        {
            "login": "root",
            "password": "sandbox-Owner-1",
            "role": "OWNER",
            "nickname": "project owner",
            "given_name": "firstName",
            "family_name": "lastName",
            "claims": "",
        },
        {"login": "editor", "password": "sandbox-Editor-1", "role": "EDITOR"},
        {"login": "manager", "password": "sandbox-Manager-1", "role": "ADMIN"},
        {
            "login": "alice",
            "password": "sandbox-Alice-1",
            "email": "alice@example.com",
            "given_name": "Alice",
            "family_name": "Archer",
            "nickname": "alice",
        },
        {
            "login": "bob",
            "password": "sandbox-Bob-1",
            "email": "bob@example.com",
            "given_name": "Bob",
            "family_name": "Baker",
            "nickname": "bob",
        },
    ],
}


class SeedError(Exception):
    """A seed that is not what :func:`plant` understands."""


def read(path: Path) -> dict[str, Any]:
    """A seed from a YAML or JSON file; SeedError when it is neither."""
    content = path.read_text(encoding="utf-8")
    try:
        seed = json.loads(content) if path.suffix == ".json" else yaml.safe_load(content)
    except (json.JSONDecodeError, yaml.YAMLError) as error:
        raise SeedError(f"{path}: {error}") from error
    if not isinstance(seed, dict):
        raise SeedError(f"{path}: not a mapping")
    return seed


def plant(store: Store, settings: Settings) -> None:
    """Fill an empty database: the system client, the settings, the accounts.

    The seed has ``settings`` (names and values of the system's settings) and ``users``, each with
    ``login`` and ``password``, optionally ``role`` (OWNER, EDITOR, ADMIN or USER), ``email``,
    ``email_verified`` (true where there is an e-mail address), ``given_name``, ``family_name``,
    ``nickname``, ``claims`` (public claims, separated by spaces, without ``id``; the system's
    default when absent) and ``stops_at`` (a step that a login of this account ends in, such as
    ``identifiers`` for a second factor).
    """
    if store.users.any():
        return
    seed = SANDBOX if settings.seed is None else settings.seed
    with store.database.transaction():
        _plant_system_client(store, settings)
        store.settings.update(seed.get("settings", {}))
        for user in seed.get("users", []):
            _plant_user(store, settings, user)


def _plant_system_client(store: Store, settings: Settings) -> None:
    store.clients.add(
        {
            "client_id": settings.system_client_id,
            "client_secret": SYSTEM_CLIENT_SECRET,
            "name": settings.project_name,
            "domain": settings.domain,
            "avatar": "public/default/logo.png",
            "catalog": True,
            "redirect_uris": [f"{settings.domain}/code", f"{settings.domain}/login"],
            "post_logout_redirect_uris": [settings.domain],
            **dict.fromkeys(AUTH_METHOD_FIELDS, "none"),
        }
    )


def _plant_user(store: Store, settings: Settings, user: Mapping[str, Any]) -> None:
    known = {"login", "password", "role", "claims", "email", "email_verified"} | {
        "given_name",
        "family_name",
        "nickname",
        "stops_at",
    }
    unknown = set(user) - known
    if unknown:
        raise SeedError(f"user {user.get('login')}: unknown {', '.join(sorted(unknown))}")
    values = {name: user[name] for name in known - {"password", "role", "claims"} if name in user}
    values |= {"nickname": user.get("nickname", user["login"])}
    if user.get("email"):
        values["email"] = user["email"].lower()
        values.setdefault("email_verified", True)
    default = store.settings.get("default_public_profile_claims_oauth")
    added = store.users.add(values, user["password"], user.get("claims", default))
    role = user.get("role", "USER")
    store.clients.set_role(added["id"], settings.system_client_id, role)
    if role == "ADMIN":
        store.clients.add_organization(added["id"], settings.domain)
