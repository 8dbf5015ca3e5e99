# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: the decision of a run that takes single sign-on out of Sentry.

It is the same plan as that of a run that sets it up, read the other way round: ``client`` is
deleted, ``files`` go, ``enable`` turns the auth provider off.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .apply import left_to_do
from .plan import Plan, plan_strategy, web_first

PROVIDER = "oidc"
PLUGIN = "sentry-auth-oidc"
# Parts with a managed block, and files that are the collection's own: name in the plan -> in the
# look. What a container read at its start comes with the reason to start it again.
_BLOCKS = ("dockerignore", "enhance_image", "settings")
_OWN_FILES = {"client_secret": "secret_file", "ca": "ca_file", "plugin_wheel": "plugin_wheel"}
_NAMES = {
    "dockerignore": "the managed block of sentry/.dockerignore",
    "enhance_image": "the managed block of sentry/enhance-image.sh",
    "settings": "the managed block of sentry/sentry.conf.py",
    "client_secret": "the client secret",
    "ca": "the CA of Encvoy ID",
    "plugin_wheel": "the wheel of the plugin",
}
_READ_AT_START = ("settings", "client_secret", "ca")


def plan_removal(
    look: Mapping[str, Any],
    client: Mapping[str, Any],
    apply: str = "auto",
    strategy: str = "auto",
) -> Plan:
    """Return what a run takes out.

    :param look: result of sentry_sso_info
    :param client: ``exists`` (whether Encvoy ID has the client application, None: unknown) and
        ``why_left`` (why it is not deleted, empty when it is)
    :param apply: with ``none`` the site builds and brings services up itself
    :param strategy: auto, rolling or recreate
    """
    plan = Plan()
    _plan_provider(plan, look)
    _plan_files(plan, look)
    if look["sentry"]["installed"]:
        _plan_services(plan, look)
    if apply == "none" and (plan.build or plan.recreate):
        plan.left = left_to_do(look, plan.build, plan.recreate)
        plan.build, plan.recreate = False, []
    plan_strategy(plan, look, strategy)
    _plan_client(plan, client)
    return plan


def missing_organization(look: Mapping[str, Any], organization: str) -> str:
    """Return what to say when Sentry has no such organization, else an empty text.

    Its auth provider would stay on without its plugin, and Sentry's login page end in HTTP 500.
    """
    inside = look["inside"]
    if inside is None or inside["organization_found"]:
        return ""
    known = ", ".join(inside["organizations"]) or "none"
    return (
        f"sentry_sso_organization: Sentry has none with the slug '{organization}'. Give one that it"
        f" has: {known}."
    )


def _plan_provider(plan: Plan, look: Mapping[str, Any]) -> None:
    inside = look["inside"]
    if inside is None and look["sentry"]["installed"]:
        plan.enable = True
        plan.reasons.append("The auth provider is turned off once Sentry runs, if it is on.")
    elif inside is not None and inside["provider"] == PROVIDER:
        plan.enable = True
        linked = sum(bool(member["linked"]) for member in inside["members"])
        plan.reasons.append(
            "The auth provider is turned off first; members log in with their Sentry passwords"
            f" again. {linked} of them are unlinked from Encvoy ID."
        )


def _plan_files(plan: Plan, look: Mapping[str, Any]) -> None:
    files = look["files"]
    plan.files = [name for name in _BLOCKS if files[name]["block"] is not None]
    plan.files += [name for name, seen in _OWN_FILES.items() if files[seen]["exists"]]
    if plan.files:
        names = ", ".join(_NAMES[name] for name in plan.files)
        plan.reasons.append(f"These go: {names}. The site's own lines stay.")
    if files["saved_state"]:
        plan.forget = True
        plan.reasons.append("An interrupted run is finished: what it kept of before is removed.")


def _plan_services(plan: Plan, look: Mapping[str, Any]) -> None:
    sentry = look["sentry"]
    why_build = _why_build(plan, look)
    if why_build:
        plan.build = True
        plan.reasons.append(f"The Sentry image is built without sentry-auth-oidc: {why_build}.")
    if plan.build or set(plan.files).intersection(_READ_AT_START):
        plan.recreate = web_first(sentry["services"])
        why = "the image is new" if plan.build else "what they read at their start changes"
        plan.reasons.append(f"The services are brought up anew: {why}.")
    elif plan.forget and sentry["stale_services"]:
        plan.recreate = web_first(sentry["stale_services"])
        names = ", ".join(plan.recreate)
        plan.reasons.append(
            f"These services are brought up anew: {names}. They do not run on the image and the"
            " settings that are there."
        )


def _why_build(plan: Plan, look: Mapping[str, Any]) -> str | None:
    if "enhance_image" in plan.files:
        return "sentry/enhance-image.sh changes"
    installed = look["sentry"]["image_plugin_version"]
    if installed is None:
        return None
    by_site = {
        "sentry/enhance-image.sh": look["files"]["enhance_image"]["site_plugin"],
        "sentry/requirements.txt": PLUGIN in look["files"]["requirements"]["owning_oidc"],
    }
    names = " and ".join(name for name, has_it in by_site.items() if has_it)
    if not names:
        return f"it has {installed}, which nothing installs any more"
    plan.reasons.append(
        f"sentry-auth-oidc stays in the image: the site's own lines of {names} name it."
    )
    return None


def _plan_client(plan: Plan, client: Mapping[str, Any]) -> None:
    if client["why_left"]:
        plan.reasons.append(f"Encvoy ID keeps the client application: {client['why_left']}.")
    elif client["exists"]:
        plan.client = True
        plan.reasons.append("The client application at Encvoy ID is deleted last.")
