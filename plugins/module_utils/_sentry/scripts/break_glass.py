# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: runs inside Sentry: lets one administrator in by password.

Sent by exec.py as one text, so it must stand alone; what it does to the auth provider comes with
it, as the source of provider.py. It asks nothing of the identity provider, and needs no plugin in
the image.
"""

from __future__ import annotations

from typing import Any

# Of the accounts that a message names.
_MOST_NAMES = 10
_ADMINISTRATORS = ("owner", "manager")


class Refused(Exception):
    """What was asked for cannot be done; the text says what to do."""


def run(payload: dict[str, Any]) -> dict[str, Any]:
    """Let somebody in by password, or only say what that would change.

    :param payload: organization (slug), provider (key), single_sign_on (``optional`` or ``off``),
        user (e-mail address), password (None: make a link to set one), write (False: change
        nothing), provider_source (text of provider.py)
    :returns: provider (its answer), user, password_changed, reset_link (None with a password and
        in a check), new_link, warnings; or refused
    """
    from django.contrib.auth import get_user_model
    from django.db import router, transaction

    try:
        # Refused in here, nothing of it is done.
        with transaction.atomic(router.db_for_write(get_user_model())):
            return break_glass(payload)
    except Refused as refusal:
        return {"refused": str(refusal)}


def break_glass(payload: dict[str, Any]) -> dict[str, Any]:
    """Do what is asked for, within a transaction."""
    user = find_user(payload["user"], payload["organization"])
    check_password(payload["password"])
    warnings = warnings_about(user, payload["organization"])
    state, why_off = wanted_state(payload)
    provider = set_provider(payload, state)
    answer = {
        "provider": provider,
        "user": {"id": user.id, "email": user.email, "name": user.username},
        "warnings": [*warnings, *why_off, *provider["warnings"]],
        "password_changed": False,
        "reset_link": None,
        "new_link": False,
    }
    if payload["password"] is not None:
        answer["password_changed"] = set_password(user, payload["password"], payload["write"])
    else:
        answer["reset_link"], answer["new_link"] = reset_link(user, payload["write"])
    return answer


def find_user(email: str, slug: str) -> Any:
    """Return the account; raise Refused when there is none that could get in."""
    from django.contrib.auth import get_user_model
    from django.db.models import Q
    from sentry.models.organizationmember import OrganizationMember

    by_email = Q(email__iexact=email) | Q(username__iexact=email)
    found = list(get_user_model().objects.filter(by_email).order_by("id"))
    members = OrganizationMember.objects.filter(organization__slug=slug).exclude(user_id=None)
    ids = set(members.values_list("user_id", flat=True))
    able = [user for user in found if user.is_superuser or user.id in ids]
    active = [user for user in able if user.is_active]
    if len(active) > 1:
        raise Refused(
            f"user: {len(active)} accounts have the address '{email}'. Remove all but one of them"
            " from the organization, or give another administrator."
        )
    if active:
        return active[0]
    if able:
        raise Refused(f"user: The account '{email}' is disabled. Give another administrator.")
    what = "no member of the organization and no superuser" if found else "no account of Sentry"
    raise Refused(f"user: '{email}' is {what}. Give an administrator: {administrators(members)}.")


def administrators(members: Any) -> str:
    """Return the addresses of people who run the organization or this Sentry."""
    from django.contrib.auth import get_user_model
    from django.db.models import Q

    ids = list(members.filter(role__in=_ADMINISTRATORS).values_list("user_id", flat=True))
    users = get_user_model().objects.filter(Q(id__in=ids) | Q(is_superuser=True), is_active=True)
    emails = users.exclude(email="").order_by("id").values_list("email", flat=True)
    return ", ".join(emails[:_MOST_NAMES]) or "none"


def check_password(password: str | None) -> None:
    """Raise Refused for a password that Sentry would not let a person choose."""
    from django.core.exceptions import ValidationError
    from sentry.auth import password_validation

    if password is None:
        return
    try:
        password_validation.validate_password(password)
    except ValidationError as error:
        # The messages of the validators say what is missing, and not what the password is.
        raise Refused(
            f"password: Sentry does not take it. {' '.join(error.messages)} Give another one."
        ) from None


def warnings_about(user: Any, slug: str) -> list[str]:
    """Return what a password alone does not overcome."""
    from sentry.models.organization import Organization

    organization = Organization.objects.filter(slug=slug).first()
    if user.has_2fa():
        return [f"user: '{user.email}' is asked for the second factor of the Sentry account, too."]
    if organization is not None and getattr(organization.flags, "require_2fa", False):
        return [
            f"user: '{user.email}' has no second factor, which the organization requires: Sentry"
            " lets it be set up after the login."
        ]
    return []


def wanted_state(payload: dict[str, Any]) -> tuple[str, list[str]]:
    """Return ``present`` or ``absent`` for the auth provider, and why it is not what was asked."""
    from sentry.auth import manager

    if payload["single_sign_on"] == "off" or manager.exists(payload["provider"]):
        return ("absent" if payload["single_sign_on"] == "off" else "present"), []
    return "absent", [
        f"single_sign_on: The running Sentry has no auth provider '{payload['provider']}', so its"
        " login page would end in HTTP 500 while it is on. It is turned off."
    ]


def set_provider(payload: dict[str, Any], state: str) -> dict[str, Any]:
    """Return what provider.py makes of it; one that is not on is left off."""
    script: dict[str, Any] = {"__name__": "encvoy_sentry_provider"}
    exec(compile(payload["provider_source"], "provider.py", "exec"), script)
    wish = {
        "organization": payload["organization"],
        "provider": payload["provider"],
        "state": "absent",
        "require_sso": None,
        "default_role": None,
        "write": False,
    }
    answer = script["run"](wish)
    if "refused" not in answer and answer["before"]["provider"] not in (None, payload["provider"]):
        answer["warnings"].append(
            f"provider: The organization logs in with '{answer['before']['provider']}', which is"
            " left as it is."
        )
        return dict(answer)
    is_on = "refused" not in answer and answer["before"]["provider"] is not None
    if is_on:
        optional = False if state == "present" else None
        wish = {**wish, "state": state, "require_sso": optional, "write": payload["write"]}
        answer = script["run"](wish)
    if "refused" in answer:
        raise Refused(answer["refused"])
    return dict(answer)


def set_password(user: Any, password: str, write: bool) -> bool:
    """Give the account this password as a person would; return whether it had another one."""
    if user.check_password(password) and not user.is_managed and not user.is_password_expired:
        return False
    if write:
        user.set_password(password)
        user.is_managed = False
        # Ends the sessions of whoever knew the former password.
        user.refresh_session_nonce()
        user.clear_lost_passwords()
        user.save()
    return True


def reset_link(user: Any, write: bool) -> tuple[str | None, bool]:
    """Return a link with which the account's password can be set, and whether it is new."""
    from django.apps import apps

    # Its module moved to sentry.users in 24.8.
    model = apps.get_model("sentry", "LostPasswordHash")
    row = model.objects.filter(user_id=user.id).first()
    if row is not None and row.is_valid():
        return address(row), False
    if not write:
        return None, True
    if user.is_managed:
        user.is_managed = False
        user.save()
    model.objects.filter(user_id=user.id).delete()
    row = model(user=user)
    row.save()
    return address(row), True


def address(row: Any) -> str:
    """Return the page at which a password is set.

    Its own method looks the path up among all pages, which takes seconds to load, and does not load
    where the plugins were left out at the start.
    """
    from sentry.utils.http import absolute_uri

    return str(absolute_uri(f"/account/recover/confirm/{row.user_id}/{row.hash}/"))
