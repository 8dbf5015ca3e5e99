# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scripts of sentry_auth_provider and sentry_sso_info inside the real Sentry.

One `sentry exec` takes all steps of sentry_steps.py: Sentry's own start is paid for once.
"""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry import exec as sentry_exec
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.docker import SentryHost
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.observations import Inside
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.scripts import (
    probe as probe_script,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.scripts import (
    provider as provider_script,
)
from tests.system.after_install import sentry_steps
from tests.system.sandbox import Sandbox


@pytest.fixture(scope="module")
def seen(sandbox: Sandbox) -> dict[str, Any]:
    """What each step returned."""
    scripts = {"provider": provider_script, "probe": probe_script}
    sources = {name: inspect.getsource(script) for name, script in scripts.items()}
    host = SentryHost(sandbox.sentry_dir)
    steps: dict[str, Any] = sentry_exec.run_in_sentry(host, sentry_steps, sources)
    return steps


OFF = {"provider": None, "require_sso": None, "default_role": "member"}
OPTIONAL = {"provider": "oidc", "require_sso": False, "default_role": "member"}
REQUIRED = {"provider": "oidc", "require_sso": True, "default_role": "admin"}
ADMIN = {**OPTIONAL, "default_role": "admin"}
GOOGLE = {**ADMIN, "provider": "google"}
OFF_AGAIN = {**OFF, "default_role": "admin"}


@pytest.mark.parametrize(
    ("step", "before", "after"),
    [
        ("absent from the start", OFF, OFF),
        ("checked", OFF, {**OPTIONAL, "require_sso": True}),
        ("turned on", OFF, OPTIONAL),
        ("on again", OPTIONAL, OPTIONAL),
        ("required", OPTIONAL, REQUIRED),
        ("left as it is", REQUIRED, REQUIRED),
        ("absent, another key", REQUIRED, REQUIRED),
        ("turned off in check mode", REQUIRED, OFF_AGAIN),
        ("turned off", REQUIRED, OFF_AGAIN),
        ("off again", OFF_AGAIN, OFF_AGAIN),
        ("replaced in check mode", GOOGLE, ADMIN),
        ("replaced", GOOGLE, {**ADMIN, "require_sso": True}),
        ("restored in check mode", {**ADMIN, "require_sso": True}, GOOGLE),
        ("restored", {**ADMIN, "require_sso": True}, GOOGLE),
        ("restored again", GOOGLE, GOOGLE),
        ("replaced again", GOOGLE, ADMIN),
        ("committed", ADMIN, ADMIN),
        ("nothing left to restore", ADMIN, ADMIN),
    ],
)
def test_state_before_and_after(
    seen: dict[str, Any], step: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert (seen[step]["before"], seen[step]["after"]) == (before, after)
    assert seen[step]["warnings"] == []


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("unknown role", "default_role: Sentry has no role 'emperor'. Give one that it has: "),
        ("unknown organization", "organization: Sentry has none with the slug 'nowhere'. Give one"),
        ("another is on", "already logs in with 'google'"),
        ("SCIM is on", "SCIM is on for it"),
        ("not registered", "has no auth provider 'nothing'"),
        ("organization being deleted", "organization: 'spare' is being deleted"),
    ],
)
def test_refused(seen: dict[str, Any], step: str, said: str) -> None:
    assert said in seen[step]["refused"]


def test_check_mode_writes_nothing(seen: dict[str, Any]) -> None:
    assert seen["rows after the check"] == 0
    assert seen["flags after the check"] == {"sso:linked": True, "sso:invalid": True}
    assert seen["turned off in check mode"]["unlinked"] == 0


def test_the_default_role_is_the_organizations(seen: dict[str, Any]) -> None:
    assert seen["stored role"] == "admin"


def test_turning_off_unlinks_members(seen: dict[str, Any]) -> None:
    assert seen["turned off"]["unlinked"] == 1
    assert seen["flags"] == {"sso:linked": False, "sso:invalid": False}
    assert seen["managed"] is False
    assert seen["identities"] == 0


def test_another_provider_is_never_touched(seen: dict[str, Any]) -> None:
    assert seen["another is left alone"]["after"]["provider"] == "google"


def test_what_a_person_should_know_is_a_warning(seen: dict[str, Any]) -> None:
    assert "nothing" in seen["not registered, check mode"]["warnings"][0]
    assert "two-factor" in seen["two factors required"]["warnings"][0]


def test_what_was_replaced_comes_back_as_it_was(seen: dict[str, Any]) -> None:
    (row,), (identity,), flags, managed = seen["links before"]
    assert (row[0], identity["ident"], managed) == ("google", "9", True)
    assert flags == {"sso:linked": True, "sso:invalid": True}
    assert seen["links after the check"] == seen["links before"]
    assert seen["links restored"] == seen["links before"]


def test_members_are_unlinked_from_what_is_replaced(seen: dict[str, Any]) -> None:
    (row,), identities, flags, managed = seen["links while replaced"]
    assert (row[0], identities, managed) == ("oidc", [], False)
    assert flags == {"sso:linked": False, "sso:invalid": False}
    assert seen["replaced"]["unlinked"] == 1
    assert seen["replaced"]["not_linked"] == ["linked@example.com", "replaced@example.com"]


def test_what_was_replaced_is_kept_until_it_is_restored_or_forgotten(seen: dict[str, Any]) -> None:
    steps = ("replaced", "restored", "replaced again", "committed")
    assert [seen[step]["replaced"] for step in steps] == ["google", None, "google", None]
    assert seen["kept options"] == 0


def test_other_flags_and_options_stay(seen: dict[str, Any]) -> None:
    (change,) = seen["changed by require_sso"]
    assert [int(flags) & ~1 for flags in change] == [int(change[0]) & ~1] * 2
    assert seen["everything is as before"] is True


def test_the_audit_log_tells_what_sentrys_own_pages_tell(seen: dict[str, Any]) -> None:
    nothing = {"provider": "oidc", "config": {}}
    google = {"provider": "google", "config": {"a": "b"}}
    entries = [entry[:2] for entry in seen["audit entries"]]
    assert entries[:3] == [
        ["SSO_ENABLE", nothing],
        ["SSO_EDIT", {"require_link": "to True", "default_role": "to admin"}],
        ["SSO_DISABLE", nothing],
    ]
    replaced = entries.index(["SSO_DISABLE", google])
    assert entries[replaced : replaced + 5] == [
        ["SSO_DISABLE", google],
        ["SSO_ENABLE", nothing],
        ["SSO_EDIT", {"require_link": "to True"}],
        ["SSO_DISABLE", nothing],
        ["SSO_ENABLE", google],
    ]


def test_there_is_no_acting_person(seen: dict[str, Any]) -> None:
    assert {entry[2] for entry in seen["audit entries"]} == {"encvoy.sentry (Ansible)"}
    assert seen["acting accounts"] == 0


def test_the_probe_sees_the_organization(sandbox: Sandbox, seen: dict[str, Any]) -> None:
    inside = Inside.from_answer(seen["probe"])
    assert inside.organization_found
    assert "spare" in inside.organizations
    assert (inside.provider, inside.require_sso, inside.default_role) == ("oidc", False, "admin")
    assert inside.require_2fa
    assert inside.secret_matches is None
    assert "github" in inside.providers
    assert inside.packages.sentry == sandbox.sentry_version


def test_the_probe_sees_members_by_all_their_addresses(seen: dict[str, Any]) -> None:
    (member,) = Inside.from_answer(seen["probe"]).members
    assert member.email == "linked@example.com"
    assert set(member.emails) == {"linked@example.com", "second@example.com"}
    assert (member.identity, member.linked, member.active) == ("8", True, True)


def test_the_probe_runs_as_sentrys_own_user(seen: dict[str, Any]) -> None:
    """As root it would leave files that Sentry's processes cannot write."""
    assert Inside.from_answer(seen["probe"]).process.uid == 999


def test_the_probe_says_why_an_endpoint_is_out_of_reach(seen: dict[str, Any]) -> None:
    endpoint = Inside.from_answer(seen["probe"]).token_endpoint
    assert endpoint.url == "https://127.0.0.1:1/token"
    assert endpoint.problem == "connection"
    assert endpoint.addresses == ("127.0.0.1",)
    assert not endpoint.is_loaded
