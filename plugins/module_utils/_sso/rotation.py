# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: the decision of a run that replaces the client secret.

It is the plan of a run that sets single sign-on up, where nothing but the secret is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .plan import Plan, plan_strategy, web_first

_CHECK = "client_secret_accepted"


def plan_rotation(look: Mapping[str, Any], is_rotated: bool, strategy: str = "auto") -> Plan:
    """Return what a run does to replace the secret.

    :param look: result of sentry_sso_info
    :param is_rotated: whether this run has replaced it already, for another host with this client
    :param strategy: auto, rolling or recreate
    """
    plan = Plan(files=["client_secret"], recreate=web_first(look["sentry"]["services"]))
    if is_rotated:
        plan.reasons.append(
            "The client application has its new secret already, for another host of this run."
        )
    else:
        plan.client = True
        plan.reasons.append(
            "The client application gets a new secret at Encvoy ID. Logins fail from then on until"
            " the new web container serves."
        )
    plan.reasons.append("The services are brought up anew: the client secret changes.")
    plan_strategy(plan, look, strategy)
    if look["files"]["saved_state"]:
        plan.forget = True
        plan.reasons.append("An interrupted run is finished: what it kept of before is removed.")
    return plan


def refusal(
    look: Mapping[str, Any], identity_provider: Mapping[str, Any], apply: str = "auto"
) -> str:
    """Return why no secret can be replaced, empty when one can.

    :param apply: with ``none`` the site brings services up itself
    """
    if apply == "none":
        return (
            "sentry_sso_apply: It is none, and logins would fail from the new secret at Encvoy ID"
            " on until somebody restarts Sentry. Set it to compose for this run."
        )
    if identity_provider["client"] is None:
        return (
            "sentry_sso_client_name: Encvoy ID has no client application for this Sentry. Run"
            " encvoy.sentry.site first."
        )
    if look["files"]["settings"]["block"] is None:
        return (
            "sentry/sentry.conf.py: It has no settings of this role, so Sentry would not read a new"
            " secret. Run encvoy.sentry.site first."
        )
    if look["inside"] is None:
        return f"{look['inside_problem']} Nothing was changed, since no login could be verified."
    return ""


def is_accepted(look: Mapping[str, Any]) -> bool:
    """Return whether Sentry runs with the expected secret, and the token endpoint accepts it."""
    inside = look["inside"]
    accepted = [check["ok"] for check in look["checks"] if check["name"] == _CHECK]
    return inside is not None and inside["secret_matches"] is True and accepted == [True]


def why_not_accepted(look: Mapping[str, Any]) -> str:
    """Return what the token endpoint said instead, for people."""
    if look["inside"] is None:
        return str(look["inside_problem"])
    if look["inside"]["secret_matches"] is not True:
        return "Sentry does not run with the new client secret."
    (check,) = [check for check in look["checks"] if check["name"] == _CHECK]
    return f"{check['name']}: {check['detail']}"
