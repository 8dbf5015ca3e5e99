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

# Where Sentry's database keeps a provider that was replaced, until a login is verified. Identities
# hold tokens of people, which so never leave it.
KEPT = "encvoy.sentry:replaced_auth_provider"
# Who did it, in the audit log: Sentry wants a name where there is no account.
ACTOR = "encvoy.sentry (Ansible)"
# Of an identity, all that is a time.
TIMES = ("last_verified", "last_synced", "date_added")
_MOST_MEMBERS = 2000


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
    :param state: ``present``, ``absent``, ``restored`` (what was replaced) or ``committed``
        (forget what was replaced)
    :param require_sso: None: as it is, False for a provider that is newly turned on
    :param default_role: None: as it is
    :param write: False: change nothing
    :param replace: whether another provider gives way to this one
    """

    organization: str
    provider: str
    state: str
    require_sso: bool | None
    default_role: str | None
    write: bool
    replace: bool = False


class Refused(Exception):
    """What was asked for cannot be done; the text says what to do."""


def run(payload: dict[str, Any]) -> dict[str, Any]:
    """Bring the organization's auth provider to what is asked for, or only say what that would be.

    :param payload: fields of Wish
    :returns: before and after (fields of State), unlinked (members), replaced (key of the provider
        that is kept to be restored), not_linked (addresses of members), warnings; or refused
    """
    from django.db import router, transaction
    from sentry.models.authprovider import AuthProvider

    try:
        with transaction.atomic(router.db_for_write(AuthProvider)):
            return ensure(Wish(**payload))
    except Refused as refusal:
        return {"refused": str(refusal)}


def desired_state(before: State, wish: Wish, kept: State | None = None) -> State:
    """Return what the organization's settings are to become.

    :param kept: how people logged in with the provider that was replaced
    """
    if wish.state in ("restored", "committed"):
        return kept if kept is not None and wish.state == "restored" else before
    default_role = wish.default_role or before.default_role
    if wish.state == "absent":
        if before.provider in (None, wish.provider):
            return State(None, None, default_role)
        return before
    same = before.provider == wish.provider
    wishes = (wish.require_sso, before.require_sso if same else None, False)
    require_sso = next(one for one in wishes if one is not None)
    return State(wish.provider, require_sso, default_role)


def ensure(wish: Wish) -> dict[str, Any]:
    """Do what is asked for, within a transaction."""
    organization = find_organization(wish.organization)
    row = find_provider(organization)
    before = read_state(organization, row)
    check_role(wish.default_role)
    warnings = check_present(wish, organization, before) if wish.state == "present" else []
    kept = read_kept(organization)
    after = desired_state(before, wish, State(**kept["state"]) if kept else None)
    replaces = after.provider is not None and before.provider not in (None, after.provider)
    unlinked = 0
    if wish.write:
        if replaces and wish.state == "present":
            kept = what_goes_with(organization, row, before)
            options().set_value(organization, KEPT, kept)
        config = kept["config"] if kept and wish.state == "restored" else {}
        unlinked = write(organization, row, before, after, config)
        if kept and wish.state in ("restored", "committed"):
            if wish.state == "restored":
                restore(organization, kept)
            options().unset_value(organization, KEPT)
            kept = None
    return {
        "before": before._asdict(),
        "after": after._asdict(),
        "unlinked": unlinked,
        "replaced": kept["state"]["provider"] if kept else None,
        "not_linked": not_linked(organization) if after.provider else [],
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


def find_provider(organization: Any) -> Any:
    """Return the row of the organization's auth provider, None when none is on."""
    from sentry.models.authprovider import AuthProvider

    return AuthProvider.objects.filter(organization_id=organization.id).first()


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

    if before.provider not in (None, wish.provider) and not wish.replace:
        raise Refused(
            f"provider: The organization already logs in with '{before.provider}', and Sentry"
            " allows one provider. Set replace_provider to true to have it replaced, which unlinks"
            " all members from it; or leave it."
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


def write(organization: Any, row: Any, before: State, after: State, config: dict[str, Any]) -> int:
    """Change what differs, without mails and without linking anybody; return members unlinked.

    :param config: of a provider that is newly turned on
    """
    from sentry.models.authprovider import AuthProvider

    unlinked = 0
    if before.provider not in (None, after.provider):
        unlinked = remove(organization, row)
        row = None
    if after.provider is not None and after[:2] != before[:2]:
        is_new = row is None
        if is_new:
            row = AuthProvider(
                organization_id=organization.id, provider=after.provider, config=config
            )
        row.flags.allow_unlinked = not after.require_sso
        row.save()
        if is_new:
            audit(organization, "SSO_ENABLE", row.id, row.get_audit_log_data())
    if after.default_role != before.default_role:
        organization.default_role = after.default_role
        organization.save()
    audit_settings(organization, row, before, after)
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
    audit(organization, "SSO_DISABLE", row.id, row.get_audit_log_data())
    linked = getattr(OrganizationMember.flags, "sso:linked")
    invalid = getattr(OrganizationMember.flags, "sso:invalid")
    members = OrganizationMember.objects.filter(organization_id=organization.id)
    unlinked = int(members.filter(flags=F("flags").bitor(linked)).count())
    members.update(flags=F("flags").bitand(~linked).bitand(~invalid))
    user_ids = list(members.exclude(user_id=None).values_list("user_id", flat=True))
    get_user_model().objects.filter(id__in=user_ids).update(is_managed=False)
    row.delete()
    return unlinked


def options() -> Any:
    """Return the table of an organization's options."""
    from django.apps import apps

    return apps.get_model("sentry", "OrganizationOption").objects


def read_kept(organization: Any) -> dict[str, Any] | None:
    """Return the provider that was replaced and what went with it, past Sentry's cache."""
    row = options().filter(organization_id=organization.id, key=KEPT).first()
    return row.value if row else None


def what_goes_with(organization: Any, row: Any, before: State) -> dict[str, Any]:
    """Return the provider, the identities of people, and the members that ``remove`` unlinks."""
    from django.contrib.auth import get_user_model
    from sentry.models.authidentity import AuthIdentity
    from sentry.models.organizationmember import OrganizationMember

    members = OrganizationMember.objects.filter(organization_id=organization.id)
    ids = [one for one in members.values_list("user_id", flat=True) if one is not None]
    managed = get_user_model().objects.filter(id__in=ids, is_managed=True)
    identities = AuthIdentity.objects.filter(auth_provider_id=row.id)
    return {
        "state": before._asdict(),
        "config": row.config,
        "flags": int(row.flags),
        "members": [
            [member.id, name]
            for member in members
            for name in ("sso:linked", "sso:invalid")
            if getattr(member.flags, name)
        ],
        "managed": list(managed.values_list("id", flat=True)),
        "identities": [
            {
                **{name: getattr(one, name) for name in ("user_id", "ident", "data")},
                **{name: getattr(one, name).isoformat() for name in TIMES},
            }
            for one in identities
        ],
    }


def restore(organization: Any, kept: dict[str, Any]) -> None:
    """Put back what went with the replaced provider, which is on again."""
    from django.contrib.auth import get_user_model
    from django.utils.dateparse import parse_datetime
    from sentry.models.authidentity import AuthIdentity
    from sentry.models.organizationmember import OrganizationMember

    row = find_provider(organization)
    row.flags = kept["flags"]
    row.save()
    users = get_user_model().objects
    for identity in kept["identities"]:
        if users.filter(id=identity["user_id"]).exists():
            times = {name: parse_datetime(identity[name]) for name in TIMES}
            AuthIdentity.objects.create(auth_provider=row, **{**identity, **times})
    for member_id, name in kept["members"]:
        member = OrganizationMember.objects.filter(id=member_id).first()
        if member is not None:
            setattr(member.flags, name, True)
            member.save()
    users.filter(id__in=kept["managed"]).update(is_managed=True)


def not_linked(organization: Any) -> list[str]:
    """Return the addresses of active members who have not logged in through the provider yet."""
    from django.contrib.auth import get_user_model
    from sentry.models.organizationmember import OrganizationMember

    members = OrganizationMember.objects.filter(organization_id=organization.id).order_by("id")
    unlinked = [one for one in members[:_MOST_MEMBERS] if not getattr(one.flags, "sso:linked")]
    ids = [one.user_id for one in unlinked if one.user_id is not None]
    found = get_user_model().objects.filter(id__in=ids, is_active=True)
    addresses = dict(found.values_list("id", "email"))
    named = [one.email if one.user_id is None else addresses.get(one.user_id) for one in unlinked]
    return [name for name in named if name]


def audit_settings(organization: Any, row: Any, before: State, after: State) -> None:
    """Write into the audit log which settings changed, in the words of Sentry's settings pages."""
    role_changes = after.default_role != before.default_role
    if after.provider is None:
        if role_changes:
            change = f"from {before.default_role} to {after.default_role}"
            audit(organization, "ORG_EDIT", organization.id, {"default_role": change})
        return
    changes = {}
    was_required = bool(before.require_sso) and before.provider == after.provider
    if after.require_sso != was_required:
        changes["require_link"] = f"to {after.require_sso}"
    if role_changes:
        changes["default_role"] = f"to {after.default_role}"
    if changes:
        audit(organization, "SSO_EDIT", row.id, changes)


def audit(organization: Any, event: str, target: int, data: dict[str, Any]) -> None:
    """Write an entry into the organization's audit log; Sentry's pages do the same."""
    from sentry.models.auditlogentry import AuditLogEntry

    AuditLogEntry.objects.create(
        organization_id=organization.id,
        actor_label=ACTOR,
        target_object=target,
        event=event_id(event),
        data=data,
    )


def event_id(name: str) -> int:
    """Return Sentry's number of an event of the audit log."""
    try:
        from sentry import audit_log
    except ImportError:  # of older releases
        from sentry.models.auditlogentry import AuditLogEntryEvent

        return int(getattr(AuditLogEntryEvent, name))
    return int(audit_log.get_event_id(name))
