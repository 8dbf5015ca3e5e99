# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: what is wrong with the role's variables, before anything is looked at.

The argument specs know types and what is required. Here are names that are nearly right, and values
that would go into a file, a command or a time limit and could not work there.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .about.finding import Finding
from .build_variables import check_build

_PREFIX = "sentry_sso_"
# Facts that the role itself hands on begin like its variables, and its playbooks have one.
HANDED_ON = (
    "sentry_sso_application",
    "sentry_sso_hosts",
    "sentry_sso_identity_provider",
    "sentry_sso_look",
    "sentry_sso_plan",
    "sentry_sso_report",
)
# As pip writes it, for it is compared with what the image has.
_RELEASE = re.compile(r"\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?(?:\.post\d+)?(?:\.dev\d+)?")
# Without them the id_token has neither e-mail address nor name.
_SCOPES = ("openid", "email", "profile")


def check_variables(
    names: Iterable[str], known: Iterable[str], values: Mapping[str, Any]
) -> list[Finding]:
    """All that is wrong with them, errors all.

    :param names: of the variables that are set and begin as the role's do
    :param known: the role's own
    :param values: ``plugin_version`` (or None), ``scope``, ``allowed_addresses``, ``missing_ca``
        (path of a CA file that is not there, or None), ``seconds`` (time limits by their
        variables), ``build`` (as for check_build)
    """
    return [
        *check_names(names, known),
        *_about_release(values["plugin_version"]),
        *_about_scope(str(values["scope"])),
        *_about_seconds(values["seconds"]),
        *_about_addresses(values["allowed_addresses"]),
        *_about_ca(values["missing_ca"]),
        *check_build(values["build"]),
    ]


def check_names(names: Iterable[str], known: Iterable[str]) -> list[Finding]:
    """All variables that the role does not have."""
    return list(_about_names(set(names), [*known, *HANDED_ON]))


def _about_names(names: set[str], known: Iterable[str]) -> Iterator[Finding]:
    ends = {name.removeprefix(_PREFIX): name for name in known}
    for name in sorted(names - set(ends.values())):
        near = difflib.get_close_matches(name.removeprefix(_PREFIX), ends, n=1)
        action = f"Correct it to {ends[near[0]]}." if near else "Remove it."
        yield Finding("error", f"{name}: the role has no such variable.", action)


def _about_release(version: Any) -> Iterator[Finding]:
    if version is not None and not _RELEASE.fullmatch(str(version)):
        yield Finding(
            "error",
            f"sentry_sso_plugin_version: {str(version)[:60]!r} is no release of sentry-auth-oidc.",
            "Give one with all of its numbers, for example '7.0.0', or remove the variable for the"
            " newest that the installed Sentry can load.",
        )


def _about_scope(scope: str) -> Iterator[Finding]:
    missing = [name for name in _SCOPES if name not in scope.split()]
    if missing:
        yield Finding(
            "error",
            f"sentry_sso_scope: {scope!r} lacks {', '.join(missing)}, so Sentry would not learn"
            " who logs in.",
            f"Set it to '{' '.join([*scope.split(), *missing])}', or remove it.",
        )


def _about_seconds(limits: Mapping[str, Any]) -> Iterator[Finding]:
    for name, seconds in limits.items():
        if not _is_positive(seconds):
            yield Finding(
                "error",
                f"{name}: {seconds!r} is no time limit.",
                "Give seconds, more than 0, or remove it.",
            )


def _is_positive(seconds: Any) -> bool:
    try:
        return int(seconds) > 0
    except (TypeError, ValueError):
        return False


def _about_addresses(addresses: Iterable[Any]) -> Iterator[Finding]:
    for address in addresses:
        try:
            ipaddress.ip_address(str(address))
        except ValueError:
            yield Finding(
                "error",
                f"sentry_sso_allowed_addresses: {str(address)[:60]!r} is no IP address.",
                "Give the addresses of Encvoy ID one by one, for example 10.0.0.5; networks are not"
                " taken, for the exception is to be no wider than needed.",
            )


def _about_ca(missing: str | None) -> Iterator[Finding]:
    if missing is not None:
        yield Finding(
            "error",
            f"sentry_sso_encvoy_ca: there is no file {missing!r}.",
            "Give the path of a PEM file on the controller: absolute, or relative to the inventory,"
            " the playbook or the folder where ansible-playbook is started.",
        )
