# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The script that runs inside Sentry saves what it says, and in a check run nothing.

With stand-ins for the modules of Sentry that it imports. tests/system runs it inside the real one.
"""

from __future__ import annotations

import contextlib
import sys
import types
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.scripts import provider

PAYLOAD = {
    "organization": "sentry",
    "provider": "oidc",
    "state": "present",
    "require_sso": None,
    "default_role": None,
    "write": True,
}


@dataclass
class Row:
    """A row of a table; ``saved`` tells how it was when it was last saved."""

    tables: ClassVar[dict[type[Row], list[Row]]] = {}
    saved: dict[str, Any] | None = field(default=None, init=False)

    def save(self) -> None:
        rows = self.tables.setdefault(type(self), [])
        if not any(row is self for row in rows):
            rows.append(self)
        shown = {name: value for name, value in vars(self).items() if name != "saved"}
        self.saved = {**shown, "flags": dict(vars(shown["flags"]))}


@dataclass
class Organization(Row):
    """An organization that is active."""

    id: int = 1
    slug: str = "sentry"
    status: int = 0
    default_role: str = "member"
    flags: Any = field(default_factory=lambda: types.SimpleNamespace(require_2fa=False))


@dataclass
class AuthProvider(Row):
    """The auth provider of an organization."""

    organization_id: int
    provider: str
    config: dict[str, Any]
    flags: Any = field(default_factory=lambda: types.SimpleNamespace(allow_unlinked=None))
    id: int = 7

    def get_audit_log_data(self) -> dict[str, Any]:
        return {"provider": self.provider, "config": self.config}


@dataclass
class AuditLogEntry(Row):
    """An entry of the audit log."""

    organization_id: int
    actor_label: str
    target_object: int
    event: int
    data: dict[str, Any]
    flags: Any = field(default_factory=types.SimpleNamespace)


class Table:
    """What Django calls a manager: the saved rows of one type."""

    def __init__(self, rows: type[Row]) -> None:
        self.rows = rows

    def filter(self, **_conditions: Any) -> Table:
        return self

    def create(self, **fields: Any) -> Row:
        row: Row = self.rows(**fields)
        row.save()
        return row

    def first(self) -> Row | None:
        return next(iter(Row.tables.get(self.rows, [])), None)


@pytest.fixture(autouse=True)
def organization(monkeypatch: pytest.MonkeyPatch) -> Organization:
    """A Sentry with one organization that has no auth provider."""
    namespace = types.SimpleNamespace
    monkeypatch.setattr(Row, "tables", {})
    monkeypatch.setattr(Organization, "objects", Table(Organization), raising=False)
    monkeypatch.setattr(AuthProvider, "objects", Table(AuthProvider), raising=False)
    monkeypatch.setattr(AuditLogEntry, "objects", Table(AuditLogEntry), raising=False)
    monkeypatch.setattr(provider, "read_kept", lambda _organization: None)
    monkeypatch.setattr(provider, "not_linked", lambda _organization: ["mia@example.com"])
    events = {"SSO_ENABLE": 60, "SSO_EDIT": 62, "ORG_EDIT": 11}
    modules = {
        "django": namespace(),
        "django.db": namespace(
            router=namespace(db_for_write=lambda _model: "default"),
            transaction=namespace(atomic=lambda _database: contextlib.nullcontext()),
        ),
        "sentry": namespace(
            roles=namespace(get_choices=lambda: [("member", "Member"), ("admin", "Admin")]),
            audit_log=namespace(get_event_id=events.__getitem__),
        ),
        "sentry.auth": namespace(manager=namespace(exists=lambda key: key == "oidc")),
        "sentry.models": namespace(),
        "sentry.models.auditlogentry": namespace(AuditLogEntry=AuditLogEntry),
        "sentry.models.authprovider": namespace(AuthProvider=AuthProvider),
        "sentry.models.organization": namespace(Organization=Organization),
    }
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    found = Organization()
    found.save()
    return found


def saved_provider() -> dict[str, Any] | None:
    row = Table(AuthProvider).first()
    return row.saved if row else None


def test_a_provider_that_is_turned_on_is_saved(organization: Organization) -> None:
    result = provider.run({**PAYLOAD, "require_sso": True, "default_role": "admin"})

    assert result["after"] == {
        "provider": "oidc",
        "require_sso": True,
        "default_role": "admin",
    }
    assert saved_provider() == {
        "organization_id": organization.id,
        "provider": "oidc",
        "config": {},
        "flags": {"allow_unlinked": False},
        "id": 7,
    }
    assert organization.saved is not None
    assert organization.saved["default_role"] == "admin"


def test_a_change_of_one_setting_is_saved() -> None:
    provider.run({**PAYLOAD, "require_sso": True})
    provider.run({**PAYLOAD, "require_sso": False})

    saved = saved_provider()
    assert saved is not None
    assert saved["flags"] == {"allow_unlinked": True}


def test_a_check_run_saves_nothing(organization: Organization) -> None:
    before = organization.saved
    result = provider.run({**PAYLOAD, "default_role": "admin", "write": False})

    assert result["after"]["provider"] == "oidc"
    assert saved_provider() is None
    assert organization.saved == before


def audit_entries() -> list[tuple[int, Any]]:
    return [(row.event, row.data) for row in Row.tables.get(AuditLogEntry, [])]  # type: ignore[attr-defined]


def test_the_audit_log_tells_each_change_once() -> None:
    on = {**PAYLOAD, "require_sso": True, "default_role": "admin"}
    provider.run({**on, "write": False})
    assert audit_entries() == []

    provider.run(on)
    provider.run(on)
    assert audit_entries() == [
        (60, {"provider": "oidc", "config": {}}),
        (62, {"require_link": "to True", "default_role": "to admin"}),
    ]


def test_members_who_are_not_linked_are_named_where_a_provider_is_on() -> None:
    assert provider.run({**PAYLOAD, "state": "absent"})["not_linked"] == []
    assert provider.run(PAYLOAD)["not_linked"] == ["mia@example.com"]
