# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: creating a client once, although the server takes duplicates.

Two things can double a client: a creation whose answer is lost and that is sent again, and another
run that creates the same client at the same time. Nothing is sent again without a look, and there
is a look after each creation. Runs on one machine, as for several hosts of a play, wait for each
other.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ..errors import EncvoyError, OutcomeUnknown
from ..lock import serialized
from .store import Clients, listed

# Seconds before each look for the client after its creation: a lost request may still be at work,
# and another run that lost the race needs a moment to withdraw.
LOOKS: tuple[float, ...] = (0.0, 0.5, 1.0, 2.0)
# Timeouts of a request that a run waits for others that create the same client.
_PATIENCE = 20


def create(clients: Clients, body: Mapping[str, Any]) -> dict[str, Any]:
    """Create the client, for which has just been looked in vain; returns its record.

    :raises EncvoyError: it cannot be created, or other runs of this machine do not get done with it
    """
    settings = clients.session.settings
    patience = _PATIENCE * settings.timeout
    with serialized(f"{settings.url} {body['name']} {body['domain']}", patience) as alone:
        if not alone:
            raise EncvoyError(
                f"Could not create the client {body['name']!r}: other Ansible runs on this machine"
                f" have been creating it for {patience:g} seconds. Run again."
            )
        made_meanwhile = _settled(clients, body, None)
        return clients.must_read(made_meanwhile) if made_meanwhile else _create(clients, body)


def _create(clients: Clients, body: Mapping[str, Any]) -> dict[str, Any]:
    try:
        own: str | None = clients.post(body)
    except OutcomeUnknown as lost:
        own = _after_lost_answer(clients, body, lost)
    found = _settled(clients, body, own)
    if found is None:
        raise EncvoyError(
            f"The client {body['name']!r} has just been deleted by something else. Run again."
        )
    return clients.must_read(found)


def _settled(clients: Clients, body: Mapping[str, Any], own: str | None) -> str | None:
    """The id of the only client, once there is only one; ``own`` is the one created here.

    All runs see the same order, so all but the first withdraw: they delete their own client and
    take the first.
    """
    rows: list[dict[str, Any]] = []
    for pause in LOOKS:
        time.sleep(pause)
        rows = clients.find(body["name"], body["domain"])
        if own and rows and rows[0]["client_id"] != own:
            clients.delete(own)
            rows = [row for row in rows if row["client_id"] != own]
            own = None
        if len(rows) <= 1:
            return rows[0]["client_id"] if rows else own
    raise EncvoyError(
        f"{len(rows)} clients {body['name']!r} exist after creating one, because something else"
        f" created the same at the same time: {listed(rows)}. Delete all but one, and run again."
    )


def _after_lost_answer(
    clients: Clients, body: Mapping[str, Any], lost: OutcomeUnknown
) -> str | None:
    """Nobody knows whether the client exists: look, and only then create it once more.

    Returns the id of the client created here, None when one is there by now.
    """
    if _appeared(clients, body):
        return None
    if lost.waited:
        # The same request would be left unanswered again.
        raise EncvoyError(f"{lost} No client was created.") from None
    try:
        return clients.post(body)
    except OutcomeUnknown as again:
        if _appeared(clients, body):
            return None
        raise EncvoyError(f"{again} No client was created.") from None


def _appeared(clients: Clients, body: Mapping[str, Any]) -> bool:
    """Whether the client is there by now, or a moment later."""
    for pause in LOOKS[:3]:
        time.sleep(pause)
        if clients.find(body["name"], body["domain"]):
            return True
    return False
