# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: findings about what Encvoy ID tells of people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..plan import member_addresses
from .finding import Finding

# What a login to Sentry needs of a person's profile: the id_token must have the e-mail address, and
# without a name the first login is HTTP 500 (sentry-auth-oidc 6.0.0 on Sentry 23.7.1).
NEEDED_CLAIMS = ("email", "email_verified", "given_name", "family_name")
# A plugin that can take the name of another claim needs that one instead of the last two.
_BESIDE_NAME = NEEDED_CLAIMS[:2]
_CLAIM_CHECKS = ("email_released", "name_released")


def about_claims(
    look: Mapping[str, Any], identity_provider: Mapping[str, Any], wanted: Mapping[str, Any]
) -> Iterator[Finding]:
    failed = [check for check in look["checks"] if check["name"] in _CLAIM_CHECKS]
    failed = [check for check in failed if not check["ok"]]
    if not failed:
        return
    could, could_not = _members(look, identity_provider, wanted)
    people = ""
    if could or could_not:
        people = (
            f" Of the members known at Encvoy ID, could log in: {', '.join(could) or 'nobody'};"
            f" could not: {', '.join(could_not) or 'nobody'}."
        )
    missing = [
        claim for claim in _needed_claims(look, wanted) if claim not in wanted["public_claims"]
    ]
    names = ", ".join([*wanted["public_claims"], *missing])
    severity = "error" if any(check["severity"] == "error" for check in failed) else "warning"
    yield Finding(
        severity,
        " ".join(check["detail"] for check in failed) + people,
        f"Set sentry_sso_public_claims: [{names}] to let Encvoy ID release them for new users and"
        " for the members of the organization. It is a privacy setting that counts for all"
        " applications."
        if missing
        else " ".join(check["action"] for check in failed),
    )


def _needed_claims(look: Mapping[str, Any], wanted: Mapping[str, Any]) -> tuple[str, ...]:
    """The claims that a login needs, as the plugin in the running Sentry takes the name."""
    settings = (look["inside"] or {}).get("settings") or {}
    if settings.get("name_claim") is None or wanted["name_claim"] == "name":
        return NEEDED_CLAIMS
    return (*_BESIDE_NAME, str(wanted["name_claim"]))


def _members(
    look: Mapping[str, Any], identity_provider: Mapping[str, Any], wanted: Mapping[str, Any]
) -> tuple[list[str], list[str]]:
    """Logins of the members who could log in after the run, and of those who could not."""
    needed = {claim for claim in _needed_claims(look, wanted) if claim != "email_verified"}
    could: list[str] = []
    could_not: list[str] = []
    for user in identity_provider["claims"]["users"] or []:
        if user["email"] in member_addresses(look):
            released = {*user["claims"], *wanted["public_claims"]}
            able = needed <= released - set(user["empty"])
            (could if able else could_not).append(user["login"] or user["email"])
    return could, could_not
