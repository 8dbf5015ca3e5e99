# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a secret can be replaced, what that takes, and when the new one works."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sso.plan import Plan
from ansible_collections.encvoy.sentry.plugins.module_utils._sso.rotation import (
    is_accepted,
    plan_rotation,
    refusal,
    why_not_accepted,
)
from tests.support.observations import Site

NOTHING = {name: value for name, value in asdict(Plan()).items() if name != "reasons"}
ROTATED = {
    "files": ["client_secret"],
    "recreate": ["web", "cron", "worker"],
    "rolling": True,
}


@pytest.mark.parametrize(
    ("saved_state", "is_rotated", "expected"),
    [
        (False, False, {"client": True}),
        (False, True, {}),
        (True, False, {"client": True, "forget": True}),
    ],
)
def test_the_plan(saved_state: bool, is_rotated: bool, expected: dict[str, Any]) -> None:
    site = Site()
    site.set("look.files.saved_state", saved_state)
    plan = asdict(plan_rotation(site.look, is_rotated))
    assert plan.pop("reasons")
    assert plan == {**NOTHING, **ROTATED, **expected}


def test_web_is_replaced_as_the_site_has_it() -> None:
    plan = plan_rotation(Site().look, is_rotated=False, strategy="recreate")
    assert (plan.rolling, plan.why_recreate) == (False, "sentry_sso_apply_strategy is recreate")


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("look.files.settings.blocks", 1, ""),
        ("identity_provider.client", None, "Encvoy ID has no client application"),
        ("look.files.settings.block", None, "Run encvoy.sentry.site first."),
        ("look.inside", None, "docker: no web."),
    ],
)
def test_where_there_is_no_secret_to_replace(path: str, value: Any, said: str) -> None:
    site = Site()
    site.set("look.inside_problem", "docker: no web.")
    site.set(path, value)
    found = refusal(site.look, site.identity_provider)
    assert said in found
    assert bool(found) == bool(said)


def test_a_secret_needs_a_run_that_may_bring_sentry_up() -> None:
    site = Site()
    assert "sentry_sso_apply: It is none" in refusal(site.look, site.identity_provider, "none")
    assert refusal(site.look, site.identity_provider, "install") == ""


def seen(ok: bool, matches: bool | None) -> dict[str, Any]:
    check = {"name": "client_secret_accepted", "ok": ok, "detail": "It is refused."}
    return {"inside": {"secret_matches": matches}, "checks": [check], "inside_problem": None}


def test_whether_the_new_secret_works() -> None:
    assert is_accepted(seen(True, True))
    assert not is_accepted(seen(False, True))
    assert why_not_accepted(seen(False, True)) == "client_secret_accepted: It is refused."
    # The token endpoint accepts the former one, for that is what Sentry still has.
    for matches in (False, None):
        assert not is_accepted(seen(True, matches))
        assert "does not run with the new" in why_not_accepted(seen(True, matches))
    gone: dict[str, Any] = {"inside": None, "checks": [], "inside_problem": "docker: no web."}
    assert not is_accepted(gone)
    assert why_not_accepted(gone) == "docker: no web."
