# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which claims about a person a client gets: by scope, and only those that are public."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CLAIMS_OF_SCOPES: dict[str, tuple[str, ...]] = {
    "openid": ("sub",),
    "email": ("email", "email_public", "email_verified"),
    "phone": ("phone_number", "phone_number_verified"),
    "profile": (
        "name",
        "nickname",
        "given_name",
        "family_name",
        "login",
        "profile",
        "birthdate",
        "password_updated_at",
        "password_change_required",
        "deleted",
        "picture",
        "custom_fields",
    ),
    "accounts": ("publicExternalAccounts",),
    "lk": ("lk", "systemClient", "orgClient"),
    "catalog": ("catalog",),
    "locale": ("locale",),
}
SCOPES = ("openid", "offline_access", *[scope for scope in CLAIMS_OF_SCOPES if scope != "openid"])
# The claims that a person can be asked about on the consent page, in their order there.
LABELS = {
    "name": "Name",
    "nickname": "Nickname",
    "email": "E-mail",
    "email_verified": "E-mail confirmed",
    "given_name": "First name",
    "family_name": "Last name",
    "phone_number": "Phone number",
    "picture": "Picture",
    "birthdate": "Date of birth",
    "login": "Login",
}


def released(
    user: Mapping[str, Any], scopes: list[str], *, domain: str, everything: bool = False
) -> dict[str, Any]:
    """The claims for an id_token or userinfo.

    A public claim without a value is null; a private one is left out. ``everything`` is for the
    system client, which gets private claims too.
    """
    public = user["public_profile_claims_oauth"].split()
    asked = {claim for scope in scopes for claim in CLAIMS_OF_SCOPES.get(scope, ())}
    claims: dict[str, Any] = {"sub": str(user["id"])}
    for claim in [claim for names in CLAIMS_OF_SCOPES.values() for claim in names]:
        visible = everything or claim in public or (claim == "phone_number" and "phone" in public)
        if claim in asked and visible and claim in user:
            claims[claim] = user[claim]
    named = everything or {"given_name", "family_name"} <= set(public)
    if "name" in asked and named and user["given_name"] and user["family_name"]:
        claims["name"] = f"{user['given_name']} {user['family_name']}"
    if claims.get("picture") and "://" not in claims["picture"]:
        claims["picture"] = f"{domain}/{claims['picture']}"
    if "locale" in asked:
        claims["locale"] = user["locale"] or "en-US"
    return claims
