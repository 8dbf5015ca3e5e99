# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: runs inside Sentry: the auth provider of an organization.

Sent by exec.py as one text, so it must stand alone. It imports models by modules that both Sentry
23 and the releases since 24.8 have; Sentry's REST API can only read this setting. No class of it is
a dataclass, for Python 3.8 makes none in a module that it does not know.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class State(NamedTuple):
    """How people of an organization log in.

    :param provider: key of the auth provider, None when none is on
    :param require_sso: whether members must use it, None when none is on
    :param default_role: role of people whose account is made by their first login
    """

    provider: str | None
    require_sso: bool | None
    default_role: str


class Wish(NamedTuple):
    """What is asked for.

    :param organization: slug
    :param provider: key of the auth provider
    :param state: ``present`` or ``absent``
    :param require_sso: None: as it is, False for a provider that is newly turned on
    :param default_role: None: as it is
    :param write: False: change nothing
    """

    organization: str
    provider: str
    state: str
    require_sso: bool | None
    default_role: str | None
    write: bool


class Refused(Exception):
    """What was asked for cannot be done; the text says what to do."""


def run(payload: dict[str, Any]) -> dict[str, Any]:
    """Bring the organization's auth provider to what is asked for, or only say what that would be.

    :param payload: fields of Wish
    :returns: before and after (fields of State), unlinked (members), warnings; or refused
    """
    from django.db import router, transaction
    from sentry.models.authprovider import AuthProvider

    try:
        with transaction.atomic(router.db_for_write(AuthProvider)):
            return ensure(Wish(**payload))
    except Refused as refusal:
        return {"refused": str(refusal)}


def desired_state(before: State, wish: Wish) -> State:
    """Return what the organization's settings are to become."""
    default_role = wish.default_role or before.default_role
    if wish.state == "absent":
        if before.provider in (None, wish.provider):
            return State(None, None, default_role)
        return before
    wishes = (wish.require_sso, before.require_sso, False)
    require_sso = next(one for one in wishes if one is not None)
    return State(wish.provider, require_sso, default_role)


def ensure(wish: Wish) -> dict[str, Any]:
    """Do what is asked for, within a transaction."""
    from sentry.models.authprovider import AuthProvider

    organization = find_organization(wish.organization)
    row = AuthProvider.objects.filter(organization_id=organization.id).first()
    before = read_state(organization, row)
    check_role(wish.default_role)
    warnings = check_present(wish, organization, before) if wish.state == "present" else []
    after = desired_state(before, wish)
    unlinked = write(organization, row, before, after) if wish.write else 0
    return {
        "before": before._asdict(),
        "after": after._asdict(),
        "unlinked": unlinked,
        "warnings": warnings,
    }


def find_organization(slug: str) -> Any:
    """Return the organization's row; raise Refused when it cannot be used."""
    from sentry.models.organization import Organization

    organization = Organization.objects.filter(slug=slug).first()
    if organization is None:
        known = Organization.objects.order_by("slug").values_list("slug", flat=True)[:10]
        raise Refused(
            f"organization: Sentry has none with the slug '{slug}'. Give one that it has:"
            f" {', '.join(known)}."
        )
    # 0 is "active", called "visible" until 2022.
    if int(organization.status) != 0:
        raise Refused(f"organization: '{slug}' is being deleted. Restore it first.")
    return organization


def read_state(organization: Any, row: Any) -> State:
    """Return the settings as they are."""
    return State(
        provider=row.provider if row else None,
        require_sso=not row.flags.allow_unlinked if row else None,
        default_role=organization.default_role,
    )


def check_role(role: str | None) -> None:
    """Raise Refused for a role that this Sentry has not."""
    from sentry import roles

    known = [key for key, _label in roles.get_choices()]
    if role is not None and role not in known:
        raise Refused(
            f"default_role: Sentry has no role '{role}'. Give one that it has: {', '.join(known)}."
        )


def check_present(wish: Wish, organization: Any, before: State) -> list[str]:
    """Raise Refused when the provider cannot be turned on; return what a person should know."""
    from sentry.auth import manager

    if before.provider not in (None, wish.provider):
        raise Refused(
            f"provider: The organization already logs in with '{before.provider}', and Sentry"
            " allows one provider. Turn that off first, with state absent and provider"
            f" '{before.provider}', or in Sentry under Settings, Auth."
        )
    warnings = []
    if not manager.exists(wish.provider):
        registered = ", ".join(sorted(key for key, _class in manager)) or "none"
        missing = (
            f"provider: The running Sentry has no auth provider '{wish.provider}'; it has:"
            f" {registered}. Install its plugin in sentry/enhance-image.sh, build the image and"
            " recreate the services."
        )
        # A check run may come before the plugin is installed, and the real run after.
        if wish.write:
            raise Refused(missing)
        warnings.append(missing)
    if getattr(organization.flags, "require_2fa", False):
        warnings.append(
            f"organization: '{wish.organization}' requires Sentry's own two-factor authentication,"
            " also from people who log in through the provider, who get '401 2fa-required' until"
            " they set it up. Turn it off in Sentry under Settings, Security & Privacy, if that is"
            " not meant: Sentry does so when single sign-on is set up by hand."
        )
    return warnings


def write(organization: Any, row: Any, before: State, after: State) -> int:
    """Change what differs, without mails and without linking anybody; return members unlinked."""
    from sentry.models.authprovider import AuthProvider

    unlinked = 0
    if after.provider is None and before.provider is not None:
        unlinked = remove(organization, row)
    elif after[:2] != before[:2]:
        if row is None:
            row = AuthProvider(organization_id=organization.id, provider=after.provider, config={})
        row.flags.allow_unlinked = not after.require_sso
        row.save()
    if after.default_role != before.default_role:
        organization.default_role = after.default_role
        organization.save()
    return unlinked


def remove(organization: Any, row: Any) -> int:
    """Delete the provider and its identities as the settings page does; return members unlinked."""
    from django.contrib.auth import get_user_model
    from django.db.models import F
    from sentry.models.organizationmember import OrganizationMember

    if row.flags.scim_enabled:
        raise Refused(
            "provider: SCIM is on for it, and manages members. Turn SCIM off in Sentry under"
            " Settings, Auth."
        )
    linked = getattr(OrganizationMember.flags, "sso:linked")
    invalid = getattr(OrganizationMember.flags, "sso:invalid")
    members = OrganizationMember.objects.filter(organization_id=organization.id)
    unlinked = int(members.filter(flags=F("flags").bitor(linked)).count())
    members.update(flags=F("flags").bitand(~linked).bitand(~invalid))
    user_ids = list(members.exclude(user_id=None).values_list("user_id", flat=True))
    get_user_model().objects.filter(id__in=user_ids).update(is_managed=False)
    row.delete()
    return unlinked
