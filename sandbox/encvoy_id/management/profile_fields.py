# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of a person's profile, with what the system's settings say of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ProfileField:
    """One field: name, English title and the rule of a fresh installation."""

    field: str
    title: str
    required: bool = False
    unique: bool = False
    editable: bool = True


# In the server's order. A claim may have other names, too: those in the discovery document.
PROFILE_FIELDS = (
    ProfileField("sub", "Unique identifier", required=True, unique=True, editable=False),
    ProfileField("login", "Login", required=True, unique=True),
    ProfileField("email", "Email", unique=True),
    ProfileField("given_name", "First name"),
    ProfileField("family_name", "Last name"),
    ProfileField("phone_number", "Phone number", unique=True),
    ProfileField("birthdate", "Birthdate"),
    ProfileField("nickname", "Display name"),
    ProfileField("picture", "Profile picture"),
    ProfileField("data_processing_agreement", "Consent to personal data processing"),
    ProfileField("password", "Password", required=True),
)


def described(settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The fields as the server lists them.

    :param settings: the system's settings; they say what new users release and log in with.
    """
    return [_described(field, settings) for field in PROFILE_FIELDS]


def _described(field: ProfileField, settings: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "general",
        "field": field.field,
        "title": field.title,
        "required": field.required,
        "unique": field.unique,
        "active": True,
        "editable": field.editable,
        "claim": _privacy(field.field, settings),
        "allowed_as_login": field.field in settings["allowed_login_fields"].split(" "),
        "validations": [],
    }


def _privacy(name: str, settings: Mapping[str, Any]) -> str:
    if name in settings["default_public_profile_claims_gravatar"].split(" "):
        return "publicGravatar"
    if name in settings["default_public_profile_claims_oauth"].split(" "):
        return "publicOauth"
    return "private"
