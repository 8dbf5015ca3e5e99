# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a simulator knows at its first start: accounts, their roles and public claims."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from .settings import SYSTEM_CLIENT_SECRET, Settings
from .storage import Store
from .storage.clients import AUTH_METHOD_FIELDS

# The sandbox's accounts, for everybody who names no others; the first one is the root account.
# The sandbox's settings are left out: a new server has the vendor's, which release next to nothing.
SANDBOX = Path(__file__).parent.parent / "vars" / "accounts.yml"

ROLES = ("OWNER", "EDITOR", "ADMIN", "USER")
PROFILE = (
    "login",
    "email",
    "email_verified",
    "given_name",
    "family_name",
    "nickname",
    "requires_step",
)


class SeedError(Exception):
    """A seed that is not what :func:`fill` understands."""


def read(path: Path) -> dict[str, Any]:
    """A mapping from a YAML or JSON file; SeedError when there is none."""
    try:
        content = path.read_text(encoding="utf-8")
        seed = json.loads(content) if path.suffix == ".json" else yaml.safe_load(content)
    except (OSError, json.JSONDecodeError, yaml.YAMLError) as error:
        raise SeedError(f"{path}: {error}") from error
    if not isinstance(seed, dict):
        raise SeedError(f"{path}: not a mapping")
    return seed


@lru_cache(maxsize=1)
def _of_sandbox() -> dict[str, Any]:
    return {"users": read(SANDBOX)["sandbox_accounts"]["encvoy_id"]["users"]}


def fill(store: Store, settings: Settings) -> None:
    """Fill an empty database: the system client, the settings, the accounts.

    The seed has ``settings`` (names and values of the system's settings) and ``users``, each with
    ``login`` and ``password``, optionally ``role`` (OWNER, EDITOR, ADMIN or USER), ``email``,
    ``email_verified`` (true where there is an e-mail address), ``given_name``, ``family_name``,
    ``nickname``, ``claims`` (public claims, separated by spaces, without ``id``; the system's
    default when absent) and ``requires_step`` (a step that every login of this account requires
    and the simulator does not know, such as ``identifiers`` for a second factor).
    """
    if store.users.any():
        return
    seed = _of_sandbox() if settings.seed is None else settings.seed
    with store.database.transaction():
        _add_system_client(store, settings)
        try:
            store.settings.update(seed.get("settings", {}))
        except KeyError as error:
            raise SeedError(f"unknown setting {error}") from error
        for user in seed.get("users", []):
            _add_user(store, settings, user)


def _add_system_client(store: Store, settings: Settings) -> None:
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


def _add_user(store: Store, settings: Settings, user: Mapping[str, Any]) -> None:
    _check_user(user)
    values = {name: user[name] for name in PROFILE if name in user}
    values.setdefault("nickname", user["login"])
    if user.get("email"):
        values["email"] = user["email"].lower()
        values.setdefault("email_verified", True)
    default = store.settings.get("default_public_profile_claims_oauth")
    added = store.users.add(values, user["password"], user.get("claims", default))
    role = user.get("role", "USER")
    store.clients.set_role(added["id"], settings.system_client_id, role)
    if role == "ADMIN":
        store.clients.add_organization(added["id"], settings.domain)


def _check_user(user: Mapping[str, Any]) -> None:
    missing = {"login", "password"} - set(user)
    unknown = set(user) - {*PROFILE, "password", "role", "claims"}
    for names, what in ((missing, "lacks"), (unknown, "has unknown")):
        if names:
            raise SeedError(f"user {user.get('login')}: {what} {', '.join(sorted(names))}")
    if user.get("role", "USER") not in ROLES:
        raise SeedError(f"user {user['login']}: role is not one of {', '.join(ROLES)}")
