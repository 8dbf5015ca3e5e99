# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run takes out, as a table: how a site is left, and what is done about it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sso.plan import Plan
from ansible_collections.encvoy.sentry.plugins.module_utils._sso.removal import (
    missing_organization,
    plan_removal,
)
from tests.support.observations import Site

ALL = ["web", "cron", "worker"]
RESTART = {"recreate": ALL, "rolling": True}
NOTHING = {name: value for name, value in asdict(Plan()).items() if name != "reasons"}
WHOLE = {
    "client": True,
    "files": ["dockerignore", "enhance_image", "settings", "client_secret"],
    "build": True,
    **RESTART,
    "enable": True,
}
THERE = {"exists": True, "why_left": ""}
GONE = {"exists": False, "why_left": ""}


def left_behind(**changes: Any) -> Site:
    """A site where nothing is left of single sign-on, but for the changes."""
    site = Site()
    for path, value in {
        "look.files.dockerignore.block": None,
        "look.files.enhance_image.block": None,
        "look.files.settings.block": None,
        "look.files.secret_file.exists": False,
        "look.sentry.image_plugin_version": None,
        "look.inside.provider": None,
        **changes,
    }.items():
        site.set(path, value)
    return site


def plan_of(site: Site, client: dict[str, Any]) -> tuple[dict[str, Any], str]:
    plan = asdict(plan_removal(site.look, client))
    reasons = " ".join(plan.pop("reasons"))
    return plan, reasons


def test_all_of_it_goes() -> None:
    site = Site()
    site.look["inside"]["members"].append({"email": "b@example.com", "linked": True})
    plan, reasons = plan_of(site, THERE)
    assert plan == {**NOTHING, **WHOLE}
    assert "1 of them are unlinked" in reasons
    assert "sentry/.dockerignore, the managed block of sentry/enhance-image.sh" in reasons


def test_web_is_replaced_as_the_site_has_it() -> None:
    site = Site()
    plan = plan_removal(site.look, THERE, strategy="recreate")
    assert (plan.rolling, plan.why_recreate) == (False, "sentry_sso_apply_strategy is recreate")

    site.set("look.sentry.web_service.obstacles", ["web has a port"])
    assert plan_removal(site.look, THERE).why_recreate == "web has a port"


def test_nothing_is_done_where_nothing_is_left() -> None:
    assert plan_of(left_behind(), GONE) == (NOTHING, "")


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("look.inside.provider", "oidc", {"enable": True}),
        ("look.inside.provider", "google", {}),
        ("look.inside", None, {"enable": True}),
        ("look.files.settings.block", "a block", {"files": ["settings"], **RESTART}),
        ("look.files.secret_file.exists", True, {"files": ["client_secret"], **RESTART}),
        ("look.files.ca_file.exists", True, {"files": ["ca"], **RESTART}),
        ("look.files.plugin_wheel.exists", True, {"files": ["plugin_wheel"]}),
        ("look.files.dockerignore.block", "a block", {"files": ["dockerignore"]}),
        (
            "look.files.enhance_image.block",
            "a block",
            {"files": ["enhance_image"], "build": True, **RESTART},
        ),
        ("look.sentry.image_plugin_version", "6.0.0", {"build": True, **RESTART}),
        # Somebody's own affair, as long as no run was interrupted.
        ("look.sentry.stale_services", ["worker"], {}),
        ("look.files.saved_state", True, {"forget": True}),
    ],
)
def test_each_thing_that_was_left_behind_goes(
    path: str, value: Any, expected: dict[str, Any]
) -> None:
    plan, reasons = plan_of(left_behind(**{path: value}), GONE)
    assert plan == {**NOTHING, **expected}
    assert bool(reasons) == bool(expected)


def test_a_run_that_was_killed_between_two_services_is_finished() -> None:
    site = left_behind(
        **{"look.files.saved_state": True, "look.sentry.stale_services": ["worker", "web"]}
    )
    plan, _reasons = plan_of(site, GONE)
    assert plan == {**NOTHING, "forget": True, "recreate": ["web", "worker"], "rolling": True}


@pytest.mark.parametrize(
    ("path", "value", "name"),
    [
        ("enhance_image.site_plugin", True, "enhance-image.sh"),
        ("requirements.owning_oidc", {"sentry-auth-oidc": "==6.0.0"}, "requirements.txt"),
    ],
)
def test_a_plugin_that_the_site_itself_installs_stays(path: str, value: Any, name: str) -> None:
    changes = {"look.sentry.image_plugin_version": "6.0.0", f"look.files.{path}": value}
    plan, reasons = plan_of(left_behind(**changes), GONE)
    assert plan == NOTHING
    assert f"the site's own lines of sentry/{name} name it" in reasons


def test_a_site_that_does_it_itself_is_told_what_is_left() -> None:
    site = Site()
    site.look["sentry"].update(compose_command=["docker", "compose"], proxy_service="nginx")
    site.look["sentry"]["sentry_dir"] = "/opt/sentry"
    plan = plan_removal(site.look, THERE, "none")
    assert (plan.build, plan.recreate) == (False, [])
    assert "docker compose build web; docker compose up -d" in plan.left[0]
    assert plan.client
    assert plan.files


def test_files_of_a_sentry_that_was_never_installed_go_and_nothing_is_built() -> None:
    site = Site()
    site.set("look.sentry.installed", False)
    site.set("look.inside", None)
    plan, _reasons = plan_of(site, GONE)
    assert plan == {**NOTHING, "files": WHOLE["files"]}


@pytest.mark.parametrize("exists", [True, False, None])
def test_a_client_that_is_not_to_go_stays(exists: bool | None) -> None:
    client = {"exists": exists, "why_left": "sentry_sso_remove_client is false"}
    plan, reasons = plan_of(Site(), client)
    assert plan["client"] is False
    assert "keeps the client application: sentry_sso_remove_client is false." in reasons


def test_only_the_client_is_left() -> None:
    assert plan_of(left_behind(), THERE)[0] == {**NOTHING, "client": True}


def test_an_organization_that_sentry_does_not_have_is_refused() -> None:
    site = Site()
    assert missing_organization(site.look, "sentry") == ""
    site.set("look.inside.organization_found", False)
    refusal = missing_organization(site.look, "snetry")
    assert refusal.startswith("sentry_sso_organization: Sentry has none with the slug 'snetry'.")
    assert "sentry." in refusal
    site.set("look.inside", None)
    assert missing_organization(site.look, "snetry") == ""
