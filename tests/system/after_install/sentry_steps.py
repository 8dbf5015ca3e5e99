# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs inside the real Sentry: takes the collection's own scripts through their paces.

All steps work on an organization of their own, in a transaction that is rolled back.
"""

from __future__ import annotations

from typing import Any


def run(payload: dict[str, Any]) -> dict[str, Any]:
    """Return what each step saw, by its name.

    :param payload: sources of the scripts: ``provider`` and ``probe``
    """
    from django.db import router, transaction
    from sentry.auth import manager
    from sentry.auth.providers.dummy import DummyProvider
    from sentry.models.authprovider import AuthProvider

    scripts: dict[str, dict[str, Any]] = {}
    for name, source in payload.items():
        scripts[name] = {"__name__": name}
        exec(compile(source, name, "exec"), scripts[name])
    # The steps need a provider of this key, not its code. This process ends with them.
    if not manager.exists("oidc"):
        manager.register("oidc", DummyProvider)
    database = router.db_for_write(AuthProvider)
    with transaction.atomic(database):
        seen = Steps(scripts).take()
        transaction.set_rollback(True, database)
    return seen


class Steps:
    def __init__(self, scripts: dict[str, dict[str, Any]]) -> None:
        from sentry.models.organization import Organization

        self.scripts = scripts
        self.seen: dict[str, Any] = {}
        self.spare = Organization.objects.create(name="Spare", slug="spare")

    def take(self) -> dict[str, Any]:
        from sentry import audit_log
        from sentry.models.auditlogentry import AuditLogEntry

        self.turn_on()
        self.turn_off()
        self.leave_flags_alone()
        self.meet_another_provider()
        self.replace_and_restore()
        self.warn_and_probe()
        entries = AuditLogEntry.objects.filter(organization_id=self.spare.id).order_by("id")
        self.seen["audit entries"] = [
            [audit_log.get(entry.event).name, dict(entry.data), entry.get_actor_name()]
            for entry in entries
        ]
        self.seen["acting accounts"] = entries.exclude(actor=None).count()
        return self.seen

    def order(self, name: str, **wish: Any) -> None:
        default = {
            "organization": "spare",
            "provider": "oidc",
            "state": "present",
            "require_sso": None,
            "default_role": None,
            "write": True,
        }
        self.seen[name] = self.scripts["provider"]["run"]({**default, **wish})

    def turn_on(self) -> None:
        from sentry.models.organization import Organization

        self.order("absent from the start", state="absent")
        self.order("checked", require_sso=True, write=False)
        self.seen["rows after the check"] = self.providers().count()
        self.order("turned on")
        self.order("on again")
        self.order("required", require_sso=True, default_role="admin")
        self.order("left as it is")
        self.seen["stored role"] = Organization.objects.get(slug="spare").default_role
        self.order("unknown role", default_role="emperor")
        self.order("unknown organization", organization="nowhere")
        self.order("absent, another key", provider="nothing", state="absent")

    def turn_off(self) -> None:
        from sentry.models.authidentity import AuthIdentity

        user, member = self.link_a_member()
        self.order("turned off in check mode", state="absent", write=False)
        self.seen["flags after the check"] = self.flags(member)
        self.order("turned off", state="absent")
        self.order("off again", state="absent")
        self.seen["flags"] = self.flags(member)
        user.refresh_from_db()
        self.seen["managed"] = user.is_managed
        self.seen["identities"] = AuthIdentity.objects.filter(user=user).count()

    def leave_flags_alone(self) -> None:
        """Everything of provider and organization is compared, as far as it is stored."""
        self.order("before flags")
        row = self.providers().get()
        row.flags.scim_enabled = True
        row.config = {"kept": 1}
        row.save()
        self.spare.refresh_from_db()
        self.spare.flags.require_email_verification = True
        self.spare.save()
        self.options().set_value(self.spare, "sentry:sensitive_fields", ["kept"])
        before = self.everything()
        self.order("required with SCIM", require_sso=True)
        self.order("SCIM is on", state="absent")
        changed = self.everything()
        self.order("optional with SCIM", require_sso=False)
        self.seen["changed by require_sso"] = [
            [before[name], changed[name]] for name in before if before[name] != changed[name]
        ]
        self.seen["everything is as before"] = before == self.everything()
        row.flags.scim_enabled = False
        row.save()
        self.order("off after flags", state="absent")

    def everything(self) -> dict[str, str]:
        found = [
            *self.providers().values(),
            *type(self.spare).objects.filter(id=self.spare.id).values(),
            *self.options().filter(organization_id=self.spare.id).values("key", "value"),
        ]
        return {
            f"{at}.{name}": repr(int(value) if name == "flags" else value)
            for at, row in enumerate(found)
            for name, value in row.items()
        }

    @staticmethod
    def options() -> Any:
        from django.apps import apps

        return apps.get_model("sentry", "OrganizationOption").objects

    def replace_and_restore(self) -> None:
        """Another provider with a linked member gives way, and comes back with all that it had."""
        from sentry.models.authprovider import AuthProvider

        row = AuthProvider(organization_id=self.spare.id, provider="google", config={"a": "b"})
        row.flags.allow_unlinked = True
        row.save()
        member = self.link("replaced", row, "9")
        self.seen["links before"] = self.links(member)
        self.order("replaced in check mode", replace=True, write=False)
        self.seen["links after the check"] = self.links(member)
        self.order("replaced", replace=True, require_sso=True)
        self.seen["links while replaced"] = self.links(member)
        self.order("restored in check mode", state="restored", write=False)
        self.order("restored", state="restored")
        self.seen["links restored"] = self.links(member)
        self.order("restored again", state="restored")
        self.order("replaced again", replace=True)
        self.order("committed", state="committed")
        self.order("nothing left to restore", state="restored")
        self.seen["kept options"] = (
            self.options().filter(organization_id=self.spare.id, key__contains="encvoy").count()
        )
        self.providers().delete()
        member.delete()

    def links(self, member: Any) -> list[Any]:
        from django.contrib.auth import get_user_model
        from sentry.models.authidentity import AuthIdentity

        user = get_user_model().objects.get(id=member.user_id)
        identities = AuthIdentity.objects.filter(user_id=member.user_id).values(
            "ident", "data", "last_verified", "last_synced", "date_added"
        )
        rows = self.providers().values("provider", "config", "flags")
        return [
            [[row["provider"], row["config"], int(row["flags"])] for row in rows],
            [{name: str(value) for name, value in one.items()} for one in identities],
            self.flags(member),
            user.is_managed,
        ]

    def meet_another_provider(self) -> None:
        from sentry.models.authprovider import AuthProvider

        AuthProvider.objects.create(organization_id=self.spare.id, provider="google", config={})
        self.order("another is on")
        self.order("another is left alone", state="absent")
        self.providers().delete()
        self.order("not registered", provider="nothing")
        self.order("not registered, check mode", provider="nothing", write=False)

    def warn_and_probe(self) -> None:
        self.spare.refresh_from_db()
        self.spare.flags.require_2fa = True
        self.spare.save()
        self.order("two factors required")
        self.link_again()
        self.seen["probe"] = self.scripts["probe"]["run"](
            {
                "organization": "spare",
                "token_endpoint": "https://127.0.0.1:1/token",
                "secret_salt": None,
                "secret_digest": None,
                "timeout": 5,
            }
        )
        self.spare.status = 1
        self.spare.save()
        self.order("organization being deleted")

    def link_again(self) -> None:
        from django.apps import apps
        from django.contrib.auth import get_user_model
        from sentry.models.authidentity import AuthIdentity

        # Its module has moved.
        UserEmail = apps.get_model("sentry", "UserEmail")
        user = get_user_model().objects.get(username="linked")
        user.email = "linked@example.com"
        user.save()
        UserEmail.objects.create(user=user, email="second@example.com")
        provider = self.providers().get()
        AuthIdentity.objects.create(auth_provider=provider, user=user, ident="8", data={})

    def providers(self) -> Any:
        from sentry.models.authprovider import AuthProvider

        return AuthProvider.objects.filter(organization_id=self.spare.id)

    def link_a_member(self) -> tuple[Any, Any]:
        from django.contrib.auth import get_user_model

        member = self.link("linked", self.providers().get(), "7")
        return get_user_model().objects.get(username="linked"), member

    def link(self, name: str, row: Any, ident: str) -> Any:
        from django.contrib.auth import get_user_model
        from sentry.models.authidentity import AuthIdentity
        from sentry.models.organizationmember import OrganizationMember

        user = get_user_model().objects.create(
            username=name, email=f"{name}@example.com", is_managed=True
        )
        member = OrganizationMember.objects.create(organization=self.spare, user_id=user.id)
        setattr(member.flags, "sso:linked", True)
        setattr(member.flags, "sso:invalid", True)
        member.save()
        AuthIdentity.objects.create(auth_provider=row, user=user, ident=ident, data={"t": "x"})
        return member

    @staticmethod
    def flags(member: Any) -> dict[str, bool]:
        member.refresh_from_db()
        return {name: bool(getattr(member.flags, name)) for name in ("sso:linked", "sso:invalid")}
