# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: findings about the organization and how it logs in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .finding import Finding


def about_organization(look: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[Finding]:
    inside = look["inside"]
    if inside is None:
        yield from _not_asked(look, wanted)
        return
    if not inside["organization_found"]:
        known = ", ".join(inside["organizations"]) or "none"
        yield Finding(
            "error",
            f"sentry_sso_organization: Sentry has no organization {wanted['organization']!r}. It"
            f" has: {known}.",
            "Give the slug of the organization, as it stands in the addresses of its pages.",
        )
    elif inside["provider"] not in (None, "oidc") and not wanted["replace_provider"]:
        yield Finding(
            "error",
            f"The organization {wanted['organization']!r} logs in with {inside['provider']!r}"
            " already, and Sentry allows one auth provider.",
            "Set sentry_sso_replace_provider: true to have it replaced, or turn"
            f" {inside['provider']!r} off first, in Sentry under Settings, Auth.",
        )
    roles, role = inside["roles"], wanted["default_role"]
    if role is not None and roles and role not in roles:
        yield Finding(
            "error",
            f"sentry_sso_default_role: Sentry has no role {role!r}. It has: {', '.join(roles)}.",
            "Give one of these, or remove the variable to leave the organization's as it is.",
        )
    if inside["require_2fa"]:
        yield Finding(
            "warning",
            "The organization requires Sentry's own two-factor authentication, also from people who"
            " log in through Encvoy ID.",
            "Tell the members, or turn it off in Sentry under Settings, Security & Privacy.",
        )


def _not_asked(look: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[Finding]:
    """Tell that a Sentry that does not answer could not be asked for its organization."""
    if look["sentry"]["installed"]:
        yield Finding(
            "warning",
            f"Whether Sentry has the organization {wanted['organization']!r}, and whether it logs"
            f" in another way already, cannot be asked before the run. {look['inside_problem']}",
            "Start Sentry before the run, to know it before anything is built.",
        )
