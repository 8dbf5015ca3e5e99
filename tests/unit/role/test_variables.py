# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role derives from its variables."""

from __future__ import annotations

import re
from typing import Any

import jinja2
import jinja2.nativetypes
import pytest
import yaml

from tests.conftest import ROOT

VARIABLES: dict[str, Any] = yaml.safe_load(
    (ROOT / "roles" / "sentry_sso" / "vars" / "main.yml").read_text()
)


def derived(value: Any, **variables: Any) -> Any:
    """A value of vars/main.yml, with the filters and tests of Ansible that it needs."""
    if isinstance(value, list):
        return [derived(item, **variables) for item in value]
    environment = jinja2.nativetypes.NativeEnvironment(undefined=jinja2.StrictUndefined)
    environment.filters["regex_replace"] = lambda text, old, new: re.sub(old, new, text)
    environment.tests["ansible.builtin.version"] = lambda version, other, _operator: (
        numbers(version) <= numbers(other)
    )
    return environment.from_string(value).render(**variables)


def numbers(version: str) -> list[int]:
    return [int(number) for number in version.split(".")]


@pytest.mark.parametrize(
    "url",
    ["https://sentry.example.com", "https://sentry.example.com/", " https://sentry.example.com// "],
)
def test_both_redirect_uris_are_registered(url: str) -> None:
    """Sentry sends the one with the slash, the vendor's guide registers the one without."""
    clean = derived(VARIABLES["__sentry_sso_url"], sentry_sso_sentry_url=url)
    uris = derived(VARIABLES["__sentry_sso_redirect_uris"], __sentry_sso_url=clean)

    assert uris == [
        "https://sentry.example.com/auth/sso",
        "https://sentry.example.com/auth/sso/",
    ]


@pytest.mark.parametrize(
    ("version", "count"),
    [("20.6.0", 0), ("21.12.0", 1), ("23.7.1", 3), ("25.8.0", 3), ("25.9.0", 4), (None, 4)],
)
def test_install_sh_gets_no_flag_that_it_does_not_know(version: str | None, count: int) -> None:
    """One that is not known is taken for the newest."""
    flags = derived(
        VARIABLES["__sentry_sso_install_flags"],
        __sentry_sso_install_flags_since=VARIABLES["__sentry_sso_install_flags_since"],
        sentry_sso_look={"sentry": {"version": version}},
    )
    since = [row["flag"] for row in VARIABLES["__sentry_sso_install_flags_since"]]

    assert list(flags) == since[:count]
