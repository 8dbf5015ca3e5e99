# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: what people read at the end of a run, and when a task of it fails."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from .about.finding import Finding
from .plan import Plan

# Columns that a terminal has beside Ansible's own indentation.
_WIDTH = 100
_MARKS = {"ok": "✔", "error": "✘", "warning": "!"}
# Option of a module -> variable of the role, for messages that begin with or name an option.
_VARIABLES = {
    "access_token": "sentry_sso_encvoy_access_token",
    "build_proxy": "sentry_sso_build_proxy",
    "build_timeout": "sentry_sso_build_timeout",
    "ca_certificates": "sentry_sso_encvoy_ca",
    "ca_path": "sentry_sso_encvoy_ca",
    "claims": "sentry_sso_public_claims",
    "client_id": "sentry_sso_client_id",
    "default_role": "sentry_sso_default_role",
    "domain": "sentry_sso_sentry_url",
    "exec_timeout": "sentry_sso_exec_timeout",
    "install_timeout": "sentry_sso_install_timeout",
    "login": "sentry_sso_encvoy_login",
    "name": "sentry_sso_client_name",
    "organization": "sentry_sso_organization",
    "password": "sentry_sso_encvoy_password",
    "redirect_uris": "sentry_sso_sentry_url",
    "replace_provider": "sentry_sso_replace_provider",
    "require_sso": "sentry_sso_require_sso",
    "sentry_dir": "sentry_sso_sentry_dir",
    "sentry_url": "sentry_sso_sentry_url",
    "single_sign_on": "sentry_sso_break_glass",
    "system_client_id": "sentry_sso_encvoy_system_client_id",
    "timeout": "sentry_sso_health_timeout",
    "url": "sentry_sso_encvoy_url",
    "user": "sentry_sso_break_glass_user",
}
# A word that is an option whenever it occurs; the others are ordinary words too, and options only
# where a message begins with them.
_ALWAYS_OPTIONS = (
    "access_token",
    "build_proxy",
    "build_timeout",
    "ca_certificates",
    "ca_path",
    "client_id",
    "default_role",
    "redirect_uris",
    "replace_provider",
    "require_sso",
    "sentry_dir",
    "sentry_url",
    "system_client_id",
)


def for_role(message: str) -> str:
    """A module's message in the words of the role: variables instead of the module's options."""

    def variable(match: re.Match[str]) -> str:
        return _VARIABLES[match.group(1)]

    message = re.sub(rf"^({'|'.join(_VARIABLES)})(?=:| and )", variable, message)
    return re.sub(rf"(?<![\w.])({'|'.join(_ALWAYS_OPTIONS)})(?!\w)", variable, message)


def finding_lines(found: Sequence[Finding]) -> list[str]:
    """Findings of a preflight as a list for people, each with what to do."""
    lines = []
    for finding in found:
        lines += _entry(_MARKS[finding.severity], finding.detail)
        lines += _entry(" ", "To do: " + finding.action)
    return lines


def report_lines(checks: Sequence[Mapping[str, Any]], login_url: str) -> list[str]:
    """The checks of a login as a list for people."""
    lines = []
    for check in checks:
        mark = _MARKS["ok" if check["ok"] else check["severity"]]
        lines += _entry(mark, f"{check['name']}: {check['detail']}")
        if not check["ok"]:
            lines += _entry(" ", "To do: " + for_role(check["action"]))
    return [*lines, f"Log in at {login_url}"]


def plan_lines(plan: Plan) -> list[str]:
    """The plan of a run as a list for people."""
    if not plan.changes_something and not plan.left:
        return ["Nothing is to be changed."]
    lines = []
    for reason in [*plan.reasons, *(plan.left or [_downtime(plan)])]:
        lines += _entry("-", reason)
    return lines


def _downtime(plan: Plan) -> str:
    if plan.install:
        return "Sentry is off while install.sh runs."
    if plan.rolling:
        return "The login page stays up: the new web container starts beside the old one."
    if "web" in plan.recreate:
        return (
            "There is no login page while the new web container starts (10 to 30 seconds on most"
            " machines); Sentry serves while the image is built. The new container cannot start"
            f" beside the old one: {plan.why_recreate}."
        )
    return "The login page stays up."


def _entry(mark: str, text: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=mark + " ",
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
