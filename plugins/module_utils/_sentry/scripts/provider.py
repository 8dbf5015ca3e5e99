# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE. Runs inside Sentry: the auth provider of an organization.

Sent to ``sentry exec`` by _sentry_exec, so it must stand alone. It imports models by modules that
both Sentry 23 and the releases since 24.8 have; Sentry's REST API can only read this setting.
"""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """What was asked for cannot be done; the text says what to do."""


def run(payload: dict[str, Any]) -> dict[str, Any]:
    """Bring the organization's auth provider to what is asked for, or only say what that would be.

    :param payload: organization (slug), provider (key), state (present or absent), require_sso
        (or None), default_role (or None), write (false: change nothing)
    :returns: before, after, unlinked (members), warnings; or refused
    """
    from django.db import router, transaction
    from sentry.models.authprovider import AuthProvider

    try:
        with transaction.atomic(router.db_for_write(AuthProvider)):
            return _ensure(payload)
    except Refused as refusal:
        return {"refused": str(refusal)}


def desired_state(before: dict[str, Any], payload: dict[str, Any]) -> dict[str, Any]:
    """Return what the organization's settings are to become; options left out stay as they are."""
    if payload["state"] == "absent":
        is_ours = before["provider"] == payload["provider"]
        return {**before, "provider": None, "require_sso": None} if is_ours else before
    wishes = (payload["require_sso"], before["require_sso"], False)
    return {
        "provider": payload["provider"],
        "require_sso": next(wish for wish in wishes if wish is not None),
        "default_role": payload["default_role"] or before["default_role"],
    }


def _ensure(payload: dict[str, Any]) -> dict[str, Any]:
    from sentry.models.authprovider import AuthProvider

    organization = _find_organization(payload["organization"])
    row = AuthProvider.objects.filter(organization_id=organization.id).first()
    before = _state(organization, row)
    warnings = []
    if payload["state"] == "present":
        warnings = _check_present(payload, organization, before["provider"])
    after = desired_state(before, payload)
    result = {"before": before, "after": after, "unlinked": 0, "warnings": warnings}
    if payload["write"] and after != before:
        if after["provider"] is None:
            result["unlinked"] = _remove(organization, row)
        else:
            _write(organization, row, after)
    return result


def _find_organization(slug: str) -> Any:
    from sentry.models.organization import Organization

    organization = Organization.objects.filter(slug=slug).first()
    if organization is None:
        known = Organization.objects.order_by("slug").values_list("slug", flat=True)[:10]
        raise Refused(f"Sentry has no organization '{slug}'. It has: {', '.join(known)}")
    # 0 is "active", called "visible" until 2022.
    if int(organization.status) != 0:
        raise Refused(f"the organization '{slug}' is being deleted: restore it first")
    return organization


def _state(organization: Any, row: Any) -> dict[str, Any]:
    return {
        "provider": row.provider if row else None,
        "require_sso": not row.flags.allow_unlinked if row else None,
        "default_role": organization.default_role,
    }


def _check_present(payload: dict[str, Any], organization: Any, active: str | None) -> list[str]:
    """Raise Refused when the provider cannot be turned on; return what a person should know."""
    from sentry import roles
    from sentry.auth import manager

    provider, role = payload["provider"], payload["default_role"]
    if active not in (None, provider):
        raise Refused(
            f"the organization already logs in with '{active}', and Sentry allows one provider."
            f" Turn that off first: state absent with provider '{active}', or in Sentry under"
            " Settings, Auth"
        )
    known_roles = [key for key, _label in roles.get_choices()]
    if role is not None and role not in known_roles:
        raise Refused(f"Sentry has no role '{role}'. It has: {', '.join(known_roles)}")
    warnings = []
    if not manager.exists(provider):
        registered = ", ".join(sorted(key for key, _class in manager)) or "none"
        missing = (
            f"the running Sentry has no auth provider '{provider}' (it has: {registered}). Install"
            " its plugin into the Sentry image (sentry/enhance-image.sh), build the image and"
            " recreate the services"
        )
        # A check run may come before the plugin is installed, and the real run after.
        if payload["write"]:
            raise Refused(missing)
        warnings.append(missing)
    if getattr(organization.flags, "require_2fa", False):
        warnings.append(
            "the organization requires two-factor authentication of Sentry's own, also from people"
            " who log in through the provider. Sentry turns that off when single sign-on is set up"
            " by hand; this module leaves it on"
        )
    return warnings


def _write(organization: Any, row: Any, after: dict[str, Any]) -> None:
    """Create or change the provider without mails, without linking anybody."""
    from sentry.models.authprovider import AuthProvider

    if row is None:
        row = AuthProvider(organization_id=organization.id, provider=after["provider"], config={})
    row.flags.allow_unlinked = not after["require_sso"]
    row.save()
    if organization.default_role != after["default_role"]:
        organization.default_role = after["default_role"]
        organization.save()


def _remove(organization: Any, row: Any) -> int:
    """Delete the provider and its identities as the settings page does; return members unlinked."""
    from django.contrib.auth import get_user_model
    from django.db.models import F
    from sentry.models.organizationmember import OrganizationMember

    if row.flags.scim_enabled:
        raise Refused("SCIM is on for this provider: turn it off in Sentry under Settings, Auth")
    linked = getattr(OrganizationMember.flags, "sso:linked")
    invalid = getattr(OrganizationMember.flags, "sso:invalid")
    members = OrganizationMember.objects.filter(organization_id=organization.id)
    unlinked = members.filter(flags=F("flags").bitor(linked)).count()
    members.update(flags=F("flags").bitand(~linked).bitand(~invalid))
    user_ids = list(members.exclude(user_id=None).values_list("user_id", flat=True))
    get_user_model().objects.filter(id__in=user_ids).update(is_managed=False)
    row.delete()
    return unlinked
