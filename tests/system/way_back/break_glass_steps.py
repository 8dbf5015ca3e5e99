# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs inside the real Sentry: takes the script of sentry_break_glass through its paces.

All steps work on an organization of their own, in a transaction that is rolled back.
"""

from __future__ import annotations

from typing import Any


def run(payload: dict[str, Any]) -> dict[str, Any]:
    """Return what each step saw, by its name.

    :param payload: sources of the scripts: ``break_glass`` and ``provider``
    """
    from django.contrib.auth import get_user_model
    from django.db import router, transaction

    database = router.db_for_write(get_user_model())
    with transaction.atomic(database):
        seen = Steps(payload).take()
        transaction.set_rollback(True, database)
    return seen


class Steps:
    def __init__(self, sources: dict[str, str]) -> None:
        from django.contrib.auth import get_user_model
        from sentry.models.authprovider import AuthProvider
        from sentry.models.organization import Organization
        from sentry.models.organizationmember import OrganizationMember

        self.script: dict[str, Any] = {"__name__": "break_glass"}
        exec(compile(sources["break_glass"], "break_glass", "exec"), self.script)
        self.provider_source = sources["provider"]
        self.seen: dict[str, Any] = {}
        self.spare = Organization.objects.create(name="Spare", slug="spare")
        AuthProvider.objects.create(organization_id=self.spare.id, provider="oidc", config={})
        create = get_user_model().objects.create
        self.owner = create(username="owner", email="Owner@example.com", is_managed=True)
        create(username="stranger", email="stranger@example.com")
        create(username="root@example.com", is_superuser=True)
        gone = create(username="gone@example.com", email="gone@example.com", is_active=False)
        for user in (self.owner, gone):
            OrganizationMember.objects.create(
                organization=self.spare, user_id=user.id, role="owner"
            )

    def take(self) -> dict[str, Any]:
        self.refuse()
        self.order("link, checked", write=False)
        self.order("link")
        self.order("link again")
        self.order("password", password="Long-enough-7")
        self.order("password again", password="Long-enough-7")
        self.owner.refresh_from_db()
        self.seen["password works"] = self.owner.check_password("Long-enough-7")
        self.seen["managed"] = self.owner.is_managed
        self.order("superuser", user="root@example.com")
        self.order("off, checked", single_sign_on="off", write=False)
        self.without_the_plugin()
        return self.seen

    def refuse(self) -> None:
        self.order("unknown user", user="nobody@example.com")
        self.order("no member", user="stranger@example.com")
        self.order("disabled", user="gone@example.com")
        self.order("weak password", password="short")
        self.order("unknown organization", organization="nowhere", user="root@example.com")

    def without_the_plugin(self) -> None:
        from sentry.auth import manager

        # This process ends with the steps.
        if manager.exists("oidc"):
            manager.unregister("oidc", manager.get("oidc").__class__)
        self.order("plugin lost")
        self.order("off again", single_sign_on="off")

    def order(self, name: str, **wish: Any) -> None:
        default = {
            "organization": "spare",
            "provider": "oidc",
            "single_sign_on": "optional",
            "user": "owner@example.com",
            "password": None,
            "write": True,
            "provider_source": self.provider_source,
        }
        self.seen[name] = self.script["run"]({**default, **wish})
