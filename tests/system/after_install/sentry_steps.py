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
        from sentry.models.auditlogentry import AuditLogEntry

        entries = AuditLogEntry.objects.count()
        self.turn_on()
        self.turn_off()
        self.meet_another_provider()
        self.warn_and_probe()
        self.seen["audit entries"] = AuditLogEntry.objects.count() - entries
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
        from sentry.models.authidentity import AuthIdentity
        from sentry.models.organizationmember import OrganizationMember

        user = get_user_model().objects.create(username="linked", is_managed=True)
        member = OrganizationMember.objects.create(organization=self.spare, user_id=user.id)
        setattr(member.flags, "sso:linked", True)
        setattr(member.flags, "sso:invalid", True)
        member.save()
        AuthIdentity.objects.create(
            auth_provider=self.providers().get(), user=user, ident="7", data={}
        )
        return user, member

    @staticmethod
    def flags(member: Any) -> dict[str, bool]:
        member.refresh_from_db()
        return {name: bool(getattr(member.flags, name)) for name in ("sso:linked", "sso:invalid")}
