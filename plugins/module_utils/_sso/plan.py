# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: the decision of a run, made once, from what both systems look like.

Pure functions. ``apply`` and every other stage of the role read the plan, and nothing else decides
what is written, built, or brought up anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .apply import left_to_do

BAD_GATEWAY = 502


@dataclass
class Plan:
    """What a run does; everything False or empty: nothing.

    :param client: the client application is created or changed at Encvoy ID
    :param new_users: claims that Encvoy ID is to release about users from now on
    :param members: e-mail addresses of the members about whom Encvoy ID is to release them
    :param files: the parts of the site's files that are written (keys of ``wanted.blocks``,
        ``client_secret``, ``ca``, ``plugin_wheel``)
    :param install: install.sh is run
    :param left: what the site does itself, where it has chosen to
    :param build: the Sentry image is built
    :param recreate: the services that are brought up anew, web first
    :param rolling: the new web container starts beside the old one, so that the login page stays up
    :param why_recreate: why not, where web is brought up anew
    :param reload_proxy: nginx is told to look for the web container again
    :param enable: the auth provider of the organization is turned on or changed
    :param forget: a saved state of an interrupted run is removed
    :param reasons: why, one sentence for each decision
    """

    client: bool = False
    new_users: list[str] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    install: bool = False
    build: bool = False
    recreate: list[str] = field(default_factory=list)
    rolling: bool = False
    why_recreate: str = ""
    reload_proxy: bool = False
    enable: bool = False
    forget: bool = False
    left: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)

    @property
    def changes_something(self) -> bool:
        return self != Plan(left=self.left, reasons=self.reasons)


def make_plan(
    look: Mapping[str, Any], identity_provider: Mapping[str, Any], wanted: Mapping[str, Any]
) -> Plan:
    """The plan of a run.

    :param look: result of sentry_sso_info
    :param identity_provider: result of encvoy_sso_info
    :param wanted: ``blocks`` (name: text of the managed block), ``ca`` (SHA-256 of the CA file, or
        None), ``plugin_wheel`` (the same), ``plugin_version``, ``public_claims``, ``require_sso``,
        ``default_role`` (or None), ``apply`` (``auto``, ``compose``, ``install``, ``none``),
        ``apply_strategy``
    """
    plan = Plan()
    _plan_client(plan, identity_provider)
    _plan_claims(plan, look, identity_provider, wanted)
    _plan_files(plan, look, wanted)
    _plan_forget(plan, look)
    if wanted["apply"] == "none":
        _leave_the_rest(plan, look, wanted)
    else:
        _plan_services(plan, look, wanted)
    # Nobody is to log in by what is not in force.
    if not plan.left:
        _plan_provider(plan, look, wanted)
    return plan


def digest(text: str) -> str:
    """What stands for a managed block in the result of sentry_sso_info."""
    lines = text.replace("\r\n", "\n").rstrip("\n")
    return hashlib.sha256(lines.encode("utf-8")).hexdigest()


def _plan_client(plan: Plan, identity_provider: Mapping[str, Any]) -> None:
    if identity_provider["client"] is None:
        plan.client = True
        plan.reasons.append("The client application is created: Encvoy ID has none for Sentry.")
    elif identity_provider["client_changes"]:
        plan.client = True
        fields = ", ".join(identity_provider["client_changes"])
        plan.reasons.append(f"The client application is changed at Encvoy ID: {fields}.")


def _plan_claims(
    plan: Plan,
    look: Mapping[str, Any],
    identity_provider: Mapping[str, Any],
    wanted: Mapping[str, Any],
) -> None:
    claims = identity_provider["claims"]
    asked = wanted["public_claims"]
    if not set(asked) <= set(claims["default_claims"]):
        plan.new_users = list(asked)
        plan.reasons.append(f"Encvoy ID releases {', '.join(asked)} for new users.")
    addresses = member_addresses(look)
    plan.members = [
        user["email"]
        for user in claims["users"] or []
        if user["email"] in addresses and not set(asked) <= set(user["claims"])
    ]
    if plan.members:
        names = ", ".join(plan.members)
        plan.reasons.append(f"Encvoy ID releases {', '.join(asked)} for the members {names}.")


def member_addresses(look: Mapping[str, Any]) -> set[str]:
    """E-mail addresses of the organization's members, in lower case as Encvoy ID keeps them."""
    members = (look["inside"] or {}).get("members") or []
    return {str(member["email"]).lower() for member in members if member["email"]}


def _plan_files(plan: Plan, look: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    files = look["files"]
    for name, text in wanted["blocks"].items():
        if files[name]["block"] != digest(text):
            plan.files.append(name)
    if _secret_changes(look) or not _secret_is_sentrys(look):
        plan.files.append("client_secret")
    if wanted["ca"] and files["ca_file"]["sha256"] != wanted["ca"]:
        plan.files.append("ca")
    # One that is not wanted any more is removed.
    if files["plugin_wheel"]["sha256"] != wanted["plugin_wheel"]:
        plan.files.append("plugin_wheel")


def _secret_changes(look: Mapping[str, Any]) -> bool:
    return not look["files"]["secret_file"]["matches"]


def _secret_is_sentrys(look: Mapping[str, Any]) -> bool:
    """Whether the file of the client secret is for Sentry's own user, and for nobody else."""
    found, user = look["files"]["secret_file"], look["sentry"]["web_user"]
    return (found["mode"], found["owner"], found["group"]) == ("0400", user["uid"], user["gid"])


def _is_set_aside(look: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether the block is only put back, and all processes of Sentry have loaded it."""
    set_aside = look["files"]["settings"]["set_aside"]
    return set_aside is not None and set_aside == digest(wanted["blocks"]["settings"])


_WHY_RESTART = {
    "settings": "the OIDC settings change",
    "client_secret": "the client secret changes",
    "ca": "the CA of Encvoy ID is added",
}


def _plan_forget(plan: Plan, look: Mapping[str, Any]) -> None:
    if look["files"]["saved_state"]:
        plan.forget = True
        plan.reasons.append("An interrupted run is finished: what it kept of before is removed.")


def _leave_the_rest(plan: Plan, look: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Plan what the site does itself, where it has chosen to."""
    rest = Plan(files=plan.files)
    _plan_services(rest, look, wanted)
    if rest.install or rest.build or rest.recreate or rest.reload_proxy:
        plan.left = left_to_do(look, rest.build, rest.recreate)


def _plan_services(plan: Plan, look: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    sentry = look["sentry"]
    if not sentry["installed"]:
        plan.install = True
        plan.reasons.append("Sentry is installed with install.sh: it never was.")
        return
    why_build = _why_build(plan, look, wanted)
    if why_build:
        plan.build = True
        plan.reasons.append(f"The Sentry image is built: {why_build}.")
    why = _why_restart(plan, look, wanted)
    if why and wanted["apply"] == "install":
        plan.install = plan.build = True
        plan.reasons.append(
            f"install.sh is run, and Sentry is started: {', '.join(why)}. Before, the image is"
            " built and loaded while Sentry serves."
        )
        return
    plan.recreate = web_first(sentry["services"] if why else sentry["stale_services"])
    if why:
        plan.reasons.append(f"The services are brought up anew: {', '.join(why)}.")
    elif plan.recreate:
        names = ", ".join(plan.recreate)
        plan.reasons.append(
            f"These services are brought up anew: {names}. They do not run on the image and the"
            " settings that are there."
        )
    plan_strategy(plan, look, wanted["apply_strategy"])
    is_lost = look["outside_status"]["status"] == BAD_GATEWAY and sentry["proxy_service"]
    if not plan.recreate and is_lost:
        plan.reload_proxy = True
        plan.reasons.append("nginx is reloaded: it answers 502, for it lost the web container.")


def _why_restart(plan: Plan, look: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """What makes all services start again; what does not is told at once."""
    # Of the client secret's file only the content; its owner and mode need no restart.
    contents = [name for name in plan.files if name != "client_secret" or _secret_changes(look)]
    if "settings" in contents and _is_set_aside(look, wanted):
        contents.remove("settings")
        plan.reasons.append("The settings that were set aside are put back; Sentry has them.")
    if "client_secret" in plan.files and not _secret_changes(look):
        plan.reasons.append("The file of the client secret is given back to Sentry's own user.")
    why = [_WHY_RESTART[name] for name in contents if name in _WHY_RESTART]
    return ["the image is new", *why] if plan.build else why


def plan_strategy(plan: Plan, look: Mapping[str, Any], strategy: str) -> None:
    """Decide whether the new web container starts beside the old one, where there is to be one.

    :param strategy: auto, rolling or recreate
    """
    if "web" not in plan.recreate:
        return
    if strategy == "recreate":
        plan.why_recreate = "sentry_sso_apply_strategy is recreate"
    else:
        plan.why_recreate = "; ".join(look["sentry"]["web_service"]["obstacles"])
    plan.rolling = not plan.why_recreate


def _why_build(plan: Plan, look: Mapping[str, Any], wanted: Mapping[str, Any]) -> str | None:
    installed = look["sentry"]["image_plugin_version"]
    if "enhance_image" in plan.files:
        return "sentry/enhance-image.sh changes"
    if "dockerignore" in plan.files:
        return "sentry/.dockerignore changes, which keeps secrets out of the image"
    if "plugin_wheel" in plan.files:
        return "sentry/encvoy-sentry-plugin.whl changes"
    if installed != wanted["plugin_version"]:
        has = f"sentry-auth-oidc {installed}" if installed else "no sentry-auth-oidc"
        return f"it has {has} instead of {wanted['plugin_version']}"
    return None


def web_first(services: list[str]) -> list[str]:
    return sorted(services, key=lambda name: (name != "web", name))


def _plan_provider(plan: Plan, look: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    inside = look["inside"]
    if inside is None:
        plan.enable = True
        plan.reasons.append("The auth provider is turned on once Sentry runs.")
        return
    if inside["provider"] != "oidc":
        plan.enable = True
        plan.reasons.append(_why_enable(inside["provider"]))
        return
    changes = [
        f"{name} is {wanted[name]}"
        for name in ("require_sso", "default_role")
        if wanted[name] is not None and inside[name] != wanted[name]
    ]
    if changes:
        plan.enable = True
        plan.reasons.append(f"The auth provider's settings change: {', '.join(changes)}.")
    if inside["replaced"]:
        plan.enable = True
        plan.reasons.append(
            f"An interrupted run replaced the auth provider {inside['replaced']!r}: it is forgotten"
            " once a login is verified."
        )


def _why_enable(other: str | None) -> str:
    if other is None:
        return "The auth provider is turned on for the organization."
    return (
        f"The auth provider {other!r} of the organization is replaced, and all members are unlinked"
        " from it."
    )
