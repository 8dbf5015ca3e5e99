# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: findings about the way from Sentry to the token endpoint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..plan import digest
from .finding import Finding


def about_token_endpoint(look: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[Finding]:
    for check in look["checks"]:
        if check["name"] != "token_endpoint_reachable" or check["ok"] or look["inside"] is None:
            continue
        if not _is_mended_by_the_run(check.get("problem"), look, wanted):
            yield Finding("error", check["detail"], _endpoint_action(check, look, wanted))


def _is_mended_by_the_run(
    problem: str | None, look: Mapping[str, Any], wanted: Mapping[str, Any]
) -> bool:
    """Whether the run itself brings what the endpoint cannot be reached without."""
    files = look["files"]
    # What an interrupted run has written already, and web does not know yet, is new to it, too.
    is_stale = "web" in look["sentry"]["stale_services"]
    if problem == "certificate":
        return bool(wanted["ca"]) and (is_stale or files["ca_file"]["sha256"] != wanted["ca"])
    if problem == "disallowed_address":
        is_new = files["settings"]["block"] != digest(wanted["blocks"]["settings"])
        return (is_stale or is_new) and not _refused_addresses(look, wanted)
    return False


def _refused_addresses(look: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """Addresses of the token endpoint that no exception is made for."""
    allowed = [str(address) for address in wanted["allowed_addresses"]]
    found = look["inside"]["token_endpoint"]["addresses"]
    return [address for address in found if address not in allowed]


def _endpoint_action(
    check: Mapping[str, Any], look: Mapping[str, Any], wanted: Mapping[str, Any]
) -> str:
    refused = _refused_addresses(look, wanted)
    if check.get("problem") != "disallowed_address" or not refused:
        return str(check["action"])
    addresses = ", ".join([*map(str, wanted["allowed_addresses"]), *refused])
    return (
        f"Set sentry_sso_allowed_addresses: [{addresses}] to let Sentry send requests there, and"
        " nowhere else in its SENTRY_DISALLOWED_IPS."
    )
