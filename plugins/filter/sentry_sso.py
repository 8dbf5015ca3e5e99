# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The decisions of the role sentry_sso as filters: thin, over pure functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any

from ..module_utils._sso.build_variables import wheel_version
from ..module_utils._sso.ca_files import ca_files
from ..module_utils._sso.findings import find
from ..module_utils._sso.plan import Plan, make_plan
from ..module_utils._sso.plugin_versions import plugin_version
from ..module_utils._sso.removal import missing_organization, plan_removal
from ..module_utils._sso.rotation import is_accepted, plan_rotation, refusal, why_not_accepted
from ..module_utils._sso.texts import finding_lines, for_role, plan_lines, report_lines
from ..module_utils._sso.variables import check_names, check_variables


def findings(
    look: Mapping[str, Any], identity_provider: Mapping[str, Any], wanted: Mapping[str, Any]
) -> dict[str, Any]:
    """What speaks against a run: ``fatal`` and ``lines`` for people."""
    found = find(look, identity_provider, _clean(wanted))
    return {
        "fatal": any(finding.severity == "error" for finding in found),
        "lines": finding_lines(found),
    }


def variables(
    names: Iterable[str], known: Iterable[str], values: Mapping[str, Any] | None = None
) -> list[str]:
    """What is wrong with the role's variables, in lines for people; empty when nothing is.

    Without values only the names are looked at.
    """
    if values is None:
        return finding_lines(check_names(names, known))
    return finding_lines(check_variables(names, known, _clean(values)))


def plan(
    look: Mapping[str, Any], identity_provider: Mapping[str, Any], wanted: Mapping[str, Any]
) -> dict[str, Any]:
    """What a run does, and that in ``lines`` for people."""
    return _as_fact(make_plan(look, identity_provider, _clean(wanted)))


def removal_plan(
    look: Mapping[str, Any], client: Mapping[str, Any], organization: str, apply: str, strategy: str
) -> dict[str, Any]:
    """What a run takes out of Sentry, in the same form, and ``refusal``: why it cannot."""
    refusal = missing_organization(look, organization)
    return {**_as_fact(plan_removal(look, _clean(client), apply, strategy)), "refusal": refusal}


def rotation_plan(
    look: Mapping[str, Any],
    identity_provider: Mapping[str, Any],
    is_rotated: bool,
    apply: str,
    strategy: str,
) -> dict[str, Any]:
    """What a run does to replace the secret, in the same form, and ``refusal``."""
    why = refusal(look, identity_provider, apply)
    return {**_as_fact(plan_rotation(look, is_rotated, strategy)), "refusal": why}


def why_secret_fails(look: Mapping[str, Any]) -> str:
    """Why the token endpoint does not accept Sentry's new secret; empty when it does."""
    return "" if is_accepted(look) else why_not_accepted(look)


def _as_fact(made: Plan) -> dict[str, Any]:
    return {
        **asdict(made),
        "changes_something": made.changes_something,
        "lines": plan_lines(made),
    }


def _clean(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values; before ansible-core 2.19 a template makes an empty text of nothing."""
    return {name: None if value == "" else value for name, value in values.items()}


class FilterModule:
    """The filters, each documented in a file of its name."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "sentry_sso_ca_files": ca_files,
            "sentry_sso_findings": findings,
            "sentry_sso_message": for_role,
            "sentry_sso_plan": plan,
            "sentry_sso_plugin_version": plugin_version,
            "sentry_sso_removal_plan": removal_plan,
            "sentry_sso_report": report_lines,
            "sentry_sso_rotation_plan": rotation_plan,
            "sentry_sso_secret_problem": why_secret_fails,
            "sentry_sso_variables": variables,
            "sentry_sso_wheel_version": wheel_version,
        }
