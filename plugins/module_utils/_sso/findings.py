# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: what speaks against a run, found before anything is touched.

Pure functions over what both systems look like. Each finding says what was found and what to do, in
the role's own variables; all findings of a run are shown together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .apply import hazards
from .plan import digest, make_plan, member_addresses
from .plugin_versions import OLDEST_SENTRY

# What a login to Sentry needs of a person's profile: the id_token must have the e-mail address, and
# without a name the first login is HTTP 500 (sentry-auth-oidc 6.0.0 on Sentry 23.7.1).
NEEDED_CLAIMS = ("email", "email_verified", "given_name", "family_name")
# A plugin that can take the name of another claim needs that one instead of the last two.
_BESIDE_NAME = NEEDED_CLAIMS[:2]
_CLAIM_CHECKS = ("email_released", "name_released")
_SHELLS = re.compile(r"#!\s*(?:\S*/)?(?:env\s+(?:-\S+\s+)*)?(?:\S*/)?(?:ba|da|k|z)?sh\b")


@dataclass(frozen=True)
class Finding:
    """What speaks against the run (severity ``error``), or is good to know (``warning``)."""

    severity: str
    detail: str
    action: str


def find(
    look: Mapping[str, Any], identity_provider: Mapping[str, Any], wanted: Mapping[str, Any]
) -> list[Finding]:
    """All findings, errors first.

    :param look: result of sentry_sso_info
    :param identity_provider: result of encvoy_sso_info
    :param wanted: as for the plan, and ``sentry_url``, ``organization``, ``allowed_addresses``,
        ``name_claim``
    """
    found = [
        *_about_write_access(look),
        *_about_sentry(look, wanted),
        *_about_enhance_image(look),
        *_about_requirements(look, wanted),
        *_about_install(look, identity_provider, wanted),
        *_about_settings(look),
        *_about_organization(look, wanted),
        *_about_claims(look, identity_provider, wanted),
        *_about_token_endpoint(look, wanted),
    ]
    return sorted(found, key=lambda finding: finding.severity)


def _about_sentry(look: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[Finding]:
    sentry = look["sentry"]
    prefix = (sentry["url_prefix"] or "").rstrip("/")
    if wanted["plugin_version"] is None:
        yield Finding(
            "error",
            f"Sentry {sentry['version'] or '(unknown version)'}: no release of sentry-auth-oidc is"
            f" known to fit; {OLDEST_SENTRY} or newer is expected.",
            "Upgrade Sentry. For an image without a version number, name a release in"
            " sentry_sso_plugin_version.",
        )
    if (prefix or sentry["installed"]) and prefix != wanted["sentry_url"]:
        yield Finding(
            "error",
            f"sentry_sso_sentry_url: it is {wanted['sentry_url']}, but Sentry's own"
            f" system.url-prefix is {prefix or 'not set'}, from which Sentry makes its redirect"
            " URI.",
            "Make the two equal, scheme and port included: the variable, or system.url-prefix in"
            " sentry/config.yml.",
        )
    others = [name for name in sentry["image_packages_owning_oidc"] if name != "sentry-auth-oidc"]
    if others:
        yield Finding(
            "error",
            f"The Sentry image has {' and '.join(others)}, which brings the same Python package"
            " oidc as sentry-auth-oidc.",
            f"Remove {' and '.join(others)} from sentry/enhance-image.sh: pip would mix their"
            " files.",
        )


def _about_write_access(look: Mapping[str, Any]) -> Iterator[Finding]:
    files, owner = look["files"], look["sentry"]["web_user"]["uid"]
    advice = "Set ansible_become: true for the Sentry hosts, so that the role works there as root."
    if files["unwritable"]:
        yield Finding(
            "error",
            f"sentry_sso_sentry_dir: the user {files['user']}, as whom Ansible works there, may not"
            f" write {', '.join(files['unwritable'])}.",
            advice,
        )
    elif files["user"] not in (0, owner):
        yield Finding(
            "error",
            f"sentry_sso_sentry_dir: the user {files['user']}, as whom Ansible works there, may not"
            f" give the file of the client secret to Sentry's own user ({owner}).",
            advice,
        )


def _about_enhance_image(look: Mapping[str, Any]) -> Iterator[Finding]:
    script = look["files"]["enhance_image"]
    if not script["exists"]:
        return
    if script["eol"] == "crlf":
        yield Finding(
            "error",
            "sentry/enhance-image.sh has CRLF line ends, so that the build cannot run it.",
            "Convert it to LF line ends, for example with dos2unix.",
        )
    if script["eol"] == "mixed":
        yield Finding(
            "warning",
            "sentry/enhance-image.sh has CRLF line ends in some lines; the shell takes the CR for a"
            " part of the last word.",
            "Convert it to LF line ends, for example with dos2unix, if the build fails.",
        )
    if script["has_bom"]:
        yield Finding(
            "error",
            "sentry/enhance-image.sh begins with a byte order mark, so that the build cannot run"
            " it.",
            "Save it as UTF-8 without byte order mark, for example with dos2unix.",
        )
    if script["leads_out"]:
        yield Finding(
            "error",
            "sentry/enhance-image.sh is a symbolic link that the build cannot follow: it gets the"
            " folder sentry/ alone, and under another name.",
            "Put the file itself there, or link to one in sentry/ by a relative path.",
        )
    shebang = script["shebang"]
    if shebang is not None and not _SHELLS.match(shebang):
        yield Finding(
            "error",
            f"sentry/enhance-image.sh begins with {shebang!r}; a shell script is expected.",
            "Let it begin with #!/bin/bash, and call your own program from it.",
        )


def _about_install(
    look: Mapping[str, Any], identity_provider: Mapping[str, Any], wanted: Mapping[str, Any]
) -> Iterator[Finding]:
    if not look["sentry"]["installed"] and wanted["apply"] == "compose":
        yield Finding(
            "error",
            "sentry_sso_apply: it is compose, and Sentry was never installed here.",
            "Install Sentry with its install.sh, or set sentry_sso_apply: auto.",
        )
    if make_plan(look, identity_provider, wanted).install:
        for detail, action in hazards(look):
            yield Finding("error", detail, action)


def _about_requirements(look: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[Finding]:
    """What upstream's Dockerfile installs after enhance-image.sh, and over what that installed."""
    for name, version in look["files"]["requirements"]["owning_oidc"].items():
        is_same = name == "sentry-auth-oidc" and version in ("", f"=={wanted['plugin_version']}")
        yield Finding(
            "warning" if is_same else "error",
            f"sentry/requirements.txt has {name}{version}, which is installed after the managed"
            f" block's sentry-auth-oidc {wanted['plugin_version']}"
            + (", and over it." if not is_same else ": it changes nothing."),
            f"Remove {name} from sentry/requirements.txt"
            + (", or set sentry_sso_plugin_version." if name == "sentry-auth-oidc" else "."),
        )


def _about_settings(look: Mapping[str, Any]) -> Iterator[Finding]:
    settings = look["files"]["settings"]
    after = settings["site_oidc_settings_after"]
    before = [name for name in settings["site_oidc_settings"] if name not in after]
    if after:
        yield Finding(
            "error",
            f"sentry/sentry.conf.py sets {', '.join(after)} after the managed block, which"
            " overrides it.",
            "Remove these lines: the managed block has the settings.",
        )
    if before:
        yield Finding(
            "warning",
            f"sentry/sentry.conf.py also sets {', '.join(before)} outside the managed block. The"
            " managed block comes later and counts.",
            "Remove these lines when convenient.",
        )


def _about_organization(look: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[Finding]:
    inside = look["inside"]
    if inside is None:
        return
    if not inside["organization_found"]:
        known = ", ".join(inside["organizations"]) or "none"
        yield Finding(
            "error",
            f"sentry_sso_organization: Sentry has no organization {wanted['organization']!r}. It"
            f" has: {known}.",
            "Give the slug of the organization, as it stands in the addresses of its pages.",
        )
    elif inside["provider"] not in (None, "oidc"):
        yield Finding(
            "error",
            f"The organization {wanted['organization']!r} logs in with {inside['provider']!r}"
            " already, and Sentry allows one auth provider.",
            f"Turn {inside['provider']!r} off first, in Sentry under Settings, Auth.",
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


def _about_claims(
    look: Mapping[str, Any], identity_provider: Mapping[str, Any], wanted: Mapping[str, Any]
) -> Iterator[Finding]:
    failed = [check for check in look["checks"] if check["name"] in _CLAIM_CHECKS]
    failed = [check for check in failed if not check["ok"]]
    if not failed:
        return
    could, could_not = _members(look, identity_provider, wanted)
    people = ""
    if could or could_not:
        people = (
            f" Of the members known at Encvoy ID, could log in: {', '.join(could) or 'nobody'};"
            f" could not: {', '.join(could_not) or 'nobody'}."
        )
    missing = [
        claim for claim in _needed_claims(look, wanted) if claim not in wanted["public_claims"]
    ]
    names = ", ".join([*wanted["public_claims"], *missing])
    severity = "error" if any(check["severity"] == "error" for check in failed) else "warning"
    yield Finding(
        severity,
        " ".join(check["detail"] for check in failed) + people,
        f"Set sentry_sso_public_claims: [{names}] to let Encvoy ID release them for new users and"
        " for the members of the organization. It is a privacy setting that counts for all"
        " applications."
        if missing
        else " ".join(check["action"] for check in failed),
    )


def _needed_claims(look: Mapping[str, Any], wanted: Mapping[str, Any]) -> tuple[str, ...]:
    """The claims that a login needs, as the plugin in the running Sentry takes the name."""
    settings = (look["inside"] or {}).get("settings") or {}
    if settings.get("name_claim") is None or wanted["name_claim"] == "name":
        return NEEDED_CLAIMS
    return (*_BESIDE_NAME, str(wanted["name_claim"]))


def _members(
    look: Mapping[str, Any], identity_provider: Mapping[str, Any], wanted: Mapping[str, Any]
) -> tuple[list[str], list[str]]:
    """Logins of the members who could log in after the run, and of those who could not."""
    needed = {claim for claim in _needed_claims(look, wanted) if claim != "email_verified"}
    could: list[str] = []
    could_not: list[str] = []
    for user in identity_provider["claims"]["users"] or []:
        if user["email"] in member_addresses(look):
            released = {*user["claims"], *wanted["public_claims"]}
            able = needed <= released - set(user["empty"])
            (could if able else could_not).append(user["login"] or user["email"])
    return could, could_not


def _about_token_endpoint(look: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[Finding]:
    for check in look["checks"]:
        if check["name"] != "token_endpoint_reachable" or check["ok"] or look["inside"] is None:
            continue
        if not _is_mended_by_the_run(check.get("problem"), look, wanted):
            yield Finding("error", check["detail"], _endpoint_action(check, look, wanted))


def _is_mended_by_the_run(
    problem: str | None, look: Mapping[str, Any], wanted: Mapping[str, Any]
) -> bool:
    """Whether the run itself brings what the endpoint cannot be reached without."""
    files = look["files"]
    # What an interrupted run has written already, and web does not know yet, is new to it, too.
    is_stale = "web" in look["sentry"]["stale_services"]
    if problem == "certificate":
        return bool(wanted["ca"]) and (is_stale or files["ca_file"]["sha256"] != wanted["ca"])
    if problem == "disallowed_address":
        is_new = files["settings"]["block"] != digest(wanted["blocks"]["settings"])
        return (is_stale or is_new) and not _refused_addresses(look, wanted)
    return False


def _refused_addresses(look: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """Addresses of the token endpoint that no exception is made for."""
    allowed = [str(address) for address in wanted["allowed_addresses"]]
    found = look["inside"]["token_endpoint"]["addresses"]
    return [address for address in found if address not in allowed]


def _endpoint_action(
    check: Mapping[str, Any], look: Mapping[str, Any], wanted: Mapping[str, Any]
) -> str:
    refused = _refused_addresses(look, wanted)
    if check.get("problem") != "disallowed_address" or not refused:
        return str(check["action"])
    addresses = ", ".join([*map(str, wanted["allowed_addresses"]), *refused])
    return (
        f"Set sentry_sso_allowed_addresses: [{addresses}] to let Sentry send requests there, and"
        " nowhere else in its SENTRY_DISALLOWED_IPS."
    )
