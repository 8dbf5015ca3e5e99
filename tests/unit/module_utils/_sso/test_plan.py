# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a run as a table: what is different on a site, and what is done about it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sso.plan import (
    Plan,
    digest,
    make_plan,
)
from tests.support.observations import BLOCKS, CLAIMS, Site

ALL = ["web", "cron", "worker"]
RESTART = {"recreate": ALL, "rolling": True}
NOTHING = {name: value for name, value in asdict(Plan()).items() if name != "reasons"}
STOCK = ["picture", "nickname"]


def plan_of(site: Site) -> dict[str, Any]:
    plan = asdict(make_plan(site.look, site.identity_provider, site.wanted))
    assert bool(plan.pop("reasons")) == ({**plan, "left": []} != NOTHING)
    return plan


def test_nothing_is_done_where_everything_is_right() -> None:
    assert plan_of(Site()) == NOTHING


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("identity_provider.client", None, {"client": True}),
        ("identity_provider.client_changes", ["redirect_uris"], {"client": True}),
        ("identity_provider.claims.default_claims", STOCK, {"new_users": CLAIMS}),
        (
            "look.files.enhance_image.block",
            None,
            {"files": ["enhance_image"], "build": True, **RESTART},
        ),
        (
            "look.files.dockerignore.block",
            "another",
            {"files": ["dockerignore"], "build": True, **RESTART},
        ),
        (
            "look.sentry.image_plugin_version",
            None,
            {"build": True, **RESTART},
        ),
        (
            "look.sentry.image_plugin_version",
            "7.0.0",
            {"build": True, **RESTART},
        ),
        (
            "look.files.settings.block",
            "another",
            {"files": ["settings"], **RESTART},
        ),
        (
            "look.files.secret_file.matches",
            False,
            {"files": ["client_secret"], **RESTART},
        ),
        ("look.files.secret_file.mode", "0444", {"files": ["client_secret"]}),
        ("look.files.secret_file.owner", 0, {"files": ["client_secret"]}),
        ("look.files.secret_file.group", 0, {"files": ["client_secret"]}),
        ("look.sentry.web_user", {"uid": 1001, "gid": 1001}, {"files": ["client_secret"]}),
        (
            "wanted.plugin_wheel",
            "of a wheel",
            {"files": ["plugin_wheel"], "build": True, **RESTART},
        ),
        (
            "look.files.plugin_wheel.sha256",
            "of a wheel that is not wanted any more",
            {"files": ["plugin_wheel"], "build": True, **RESTART},
        ),
        ("wanted.ca", "of a CA", {"files": ["ca"], **RESTART}),
        (
            "look.sentry.stale_services",
            ["worker", "web"],
            {"recreate": ["web", "worker"], "rolling": True},
        ),
        ("look.sentry.stale_services", ["worker"], {"recreate": ["worker"]}),
        ("look.outside_status.status", 502, {"reload_proxy": True}),
        ("look.outside_status.status", 401, {}),
        ("look.outside_status.status", None, {}),
        ("look.sentry.installed", False, {"install": True}),
        ("look.inside", None, {"enable": True}),
        ("look.inside.provider", None, {"enable": True}),
        ("look.inside.require_sso", True, {"enable": True}),
        ("look.inside.provider", "google", {"enable": True}),
        ("look.inside.replaced", "google", {"enable": True}),
        ("wanted.default_role", "manager", {"enable": True}),
        ("look.files.saved_state", True, {"forget": True}),
    ],
)
def test_what_is_different_decides(path: str, value: Any, expected: dict[str, Any]) -> None:
    site = Site()
    site.set(path, value)

    assert plan_of(site) == {**NOTHING, **expected}


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("look.sentry.image_plugin_version", None, {"install": True, "build": True}),
        (
            "look.files.settings.block",
            "another",
            {"files": ["settings"], "install": True, "build": True},
        ),
        ("look.sentry.stale_services", ["cron"], {"recreate": ["cron"]}),
        ("look.files.secret_file.mode", "0444", {"files": ["client_secret"]}),
        ("look.sentry.installed", False, {"install": True}),
    ],
)
def test_install_sh_brings_changes_into_force_by_choice(
    path: str, value: Any, expected: dict[str, Any]
) -> None:
    """The image is built and loaded before, and nothing is installed for a service that died."""
    site = Site()
    site.set("wanted.apply", "install")
    assert plan_of(site) == NOTHING
    site.set(path, value)
    assert plan_of(site) == {**NOTHING, **expected}


def test_what_the_site_does_itself_is_no_part_of_the_run() -> None:
    """The provider is turned on by the first run that finds it done."""
    site = Site()
    site.set("wanted.apply", "none")
    assert plan_of(site) == NOTHING
    site.set("look.inside.provider", None)
    assert plan_of(site) == {**NOTHING, "enable": True}
    site.set("look.files.settings.block", "another")
    site.set("look.files.saved_state", True)
    plan = make_plan(site.look, site.identity_provider, site.wanted)
    (left,) = plan.left
    assert "up -d --force-recreate web cron worker" in left
    assert plan.changes_something
    assert plan_of(site) == {
        **NOTHING,
        "files": ["settings"],
        "forget": True,
        "left": [left],
    }


def test_what_is_left_alone_is_no_change() -> None:
    site = Site()
    site.set("wanted.apply", "none")
    site.set("look.sentry.image_plugin_version", None)
    plan = make_plan(site.look, site.identity_provider, site.wanted)
    assert plan.left
    assert not plan.changes_something


def test_claims_are_released_for_members_alone() -> None:
    """Not for the other accounts of Encvoy ID, and not again where they are released."""
    site = Site()
    site.look["inside"]["members"] += [{"email": "bob@example.com"}, {"email": ""}]
    site.identity_provider["claims"]["users"] += [
        {"login": "bob", "email": "bob@example.com", "claims": ["id"]},
        {"login": "root", "email": "root@example.com", "claims": ["id"]},
        {"login": "robot", "email": None, "claims": ["id"]},
    ]

    assert plan_of(site) == {**NOTHING, "members": ["bob@example.com"]}

    site.set("wanted.public_claims", [])
    assert plan_of(site) == NOTHING


def test_a_proxy_is_reloaded_with_the_services_and_not_beside_them() -> None:
    site = Site()
    site.set("look.outside_status.status", 502)
    site.set("look.sentry.stale_services", ["web"])

    assert plan_of(site) == {**NOTHING, "recreate": ["web"], "rolling": True}


def test_settings_that_were_set_aside_are_put_back_and_nothing_is_restarted() -> None:
    site = Site()
    site.set("look.files.settings.block", None)
    restarted = {**NOTHING, "files": ["settings"], **RESTART}
    assert plan_of(site) == restarted

    site.set("look.files.settings.set_aside", digest(BLOCKS["settings"]))
    assert plan_of(site) == {**NOTHING, "files": ["settings"]}

    site.set("look.files.settings.set_aside", "of another block")
    assert plan_of(site) == restarted


def test_a_proxy_that_is_not_of_the_project_is_not_the_role_s_to_reload() -> None:
    site = Site()
    site.set("look.outside_status.status", 502)
    assert plan_of(site) == {**NOTHING, "reload_proxy": True}

    site.set("look.sentry.proxy_service", None)
    assert plan_of(site) == NOTHING


@pytest.mark.parametrize(
    ("strategy", "obstacles", "why"),
    [
        ("recreate", [], "sentry_sso_apply_strategy is recreate"),
        ("recreate", ["nginx does not run now"], "sentry_sso_apply_strategy is recreate"),
        ("auto", ["nginx does not run now"], "nginx does not run now"),
        ("auto", ["web has a name", "nginx is off"], "web has a name; nginx is off"),
    ],
)
def test_web_is_replaced_where_a_second_one_cannot_start_beside_it(
    strategy: str, obstacles: list[str], why: str
) -> None:
    site = Site()
    site.set("look.sentry.stale_services", ["web"])
    site.set("look.sentry.web_service.obstacles", obstacles)
    site.set("wanted.apply_strategy", strategy)
    plan = plan_of(site)

    assert (plan["rolling"], plan["recreate"]) == (False, ["web"])
    assert plan["why_recreate"] == why


def test_a_strategy_without_web_is_no_change() -> None:
    site = Site()
    site.set("wanted.apply_strategy", "recreate")

    assert plan_of(site) == NOTHING
