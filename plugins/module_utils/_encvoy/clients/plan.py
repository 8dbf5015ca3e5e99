# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: what becomes of one client, decided once. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from . import fields
from .fields import BY_NAME

# A new client has these until it is told otherwise; what the OIDC side rejects depends on them.
SERVER_DEFAULTS: dict[str, Any] = {
    "application_type": "web",
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "subject_type": "public",
    "token_endpoint_auth_method": "client_secret_basic",
}
# What the server stores null for. For other fields it leaves a request with null unanswered.
_NULLABLE = ("description", "type_id", "widget_colors")


@dataclass(frozen=True)
class Plan:
    """One client as it is, as it is to be, and what to send for that.

    :param current: the record; None when there is no such client
    :param end: the record afterwards, as far as it is known; None when there is to be no client
    :param changes: the fields that differ, with the values to send
    :param given: the fields that the task has a say in
    """

    current: Mapping[str, Any] | None
    end: Mapping[str, Any] | None
    changes: Mapping[str, Any] = field(default_factory=dict)
    given: frozenset[str] = frozenset()

    @property
    def changed(self) -> bool:
        return bool(self.changes) or (self.current is None) != (self.end is None)

    @property
    def diff(self) -> dict[str, dict[str, Any]]:
        if self.end is None:
            return fields.difference(fields.public(self.current or {}), {})
        current = self.current or {}
        before = {name: current.get(name) for name in self.changes} if current else {}
        return fields.difference(before, self.changes)

    @property
    def creation(self) -> dict[str, Any]:
        """What to POST: what POST takes and keeps, with a value. The rest follows by PUT."""
        return {
            name: value
            for name, value in self.changes.items()
            if BY_NAME[name].on_create and value not in (None, [])
        }

    @property
    def restoration(self) -> dict[str, Any]:
        """What to send to take the changes back."""
        former = {name: (self.current or {}).get(name) for name in self.changes}
        return {
            name: value for name, value in former.items() if value is not None or name in _NULLABLE
        }


def plan(
    desired: Mapping[str, Any] | None, current: Mapping[str, Any] | None, append: bool = False
) -> Plan:
    """The way from ``current`` to ``desired``.

    :param desired: the fields that the task gives, normalised; None for a client that is to be
        absent
    :param append: keep the redirect URIs that are there already
    """
    if desired is None:
        return Plan(current, None)
    if current is None:
        return Plan(None, {**SERVER_DEFAULTS, **desired}, desired, frozenset(desired))
    desired = _completed(desired, current)
    targets = _targets(desired, current, append)
    end = {**current, **targets}
    return Plan(current, end, differing(targets, current), frozenset(desired))


def differing(targets: Mapping[str, Any], record: Mapping[str, Any]) -> dict[str, Any]:
    """The fields in which a record is not as it should be."""
    return {
        name: value
        for name, value in targets.items()
        if not fields.same(BY_NAME[name], value, record.get(name))
    }


def _targets(
    desired: Mapping[str, Any], current: Mapping[str, Any], append: bool
) -> dict[str, Any]:
    """The wanted end state of each given field: lists appended where asked, colours completed."""
    found = {}
    for name, value in desired.items():
        now = current.get(name)
        if append and name in fields.URI_LISTS:
            value = [*(now or []), *value]
        if BY_NAME[name].kind == "colors":
            # The server replaces the colours as a whole, so those not given are sent along.
            value = {**(now or {}), **value}
        found[name] = fields.normalise(BY_NAME[name], value)
    return found


def _completed(desired: Mapping[str, Any], current: Mapping[str, Any]) -> dict[str, Any]:
    """The desired state, and the repair of a default that the server gets wrong.

    Without post_logout_redirect_uris it takes the origins of the redirect URIs, and the text "null"
    for one without an origin (a native application's own scheme); the OIDC side then rejects the
    client.
    """
    name = "post_logout_redirect_uris"
    present = current.get(name) or []
    if name in desired or "null" not in present:
        return dict(desired)
    return {**desired, name: list(dict.fromkeys(uri for uri in present if uri != "null"))}
