# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One row of the table of versions after the other, and both sides of each bound."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from packaging.specifiers import SpecifierSet

from ansible_collections.encvoy.sentry.plugins.module_utils._sso.plugin_versions import (
    _VERSIONS,
    plugin_version,
)
from tests.conftest import ROOT

IMPORTS = yaml.safe_load((ROOT / "tests/unit/module_utils/_sso/plugin_imports.yml").read_text())
# The first release of a row that was read, and the last one.
ENDS = {
    "5.0.0": ("22.1.0", "22.7.0"),
    "6.0.0": ("22.8.0", "23.8.0"),
    "7.0.0": ("23.9.0", "24.1.2"),
    "8.1.0": ("24.2.0", "24.7.1"),
    "9.1.1": ("24.8.0", "24.11.1"),
}


def missing(plugin: str, sentry: str) -> list[str]:
    """What keeps a release of the plugin from logging anybody in to a Sentry."""
    ours: dict[str, Any] = IMPORTS["plugins"][plugin]
    theirs: dict[str, Any] = IMPORTS["sentry"][sentry]
    wanted = {f"{module}.{name}" for module, names in ours["imports"].items() for name in names}
    found = {f"{module}.{name}" for module, names in theirs["has"].items() for name in names}
    runs = theirs["python"] in SpecifierSet(ours["python"])
    undefined = set(theirs["asks"]) - set(ours["defines"])
    return sorted(wanted - found) + sorted(undefined) + ([] if runs else ["Python"])


@pytest.mark.parametrize(("since", "plugin"), _VERSIONS)
def test_both_ends_of_a_row_have_all_that_the_plugin_takes(since: str, plugin: str) -> None:
    for sentry in ENDS[plugin]:
        assert plugin_version(sentry) == plugin
        assert missing(plugin, sentry) == []


@pytest.mark.parametrize(
    ("plugin", "sentry", "lacks"),
    [
        ("5.0.0", "22.8.0", ["sentry.utils.compat.map"]),
        ("6.0.0", "23.9.0", ["get_client_id", "get_client_secret"]),
        ("8.1.0", "23.9.0", ["Python"]),
        ("8.1.0", "24.8.0", ["sentry.auth.view.ConfigureView"]),
        ("9.1.1", "24.7.1", ["sentry.plugins.base.response.DeferredResponse"]),
    ],
)
def test_why_a_row_ends_where_it_does(plugin: str, sentry: str, lacks: list[str]) -> None:
    assert missing(plugin, sentry) == lacks


def test_every_row_and_every_recorded_release_is_looked_at() -> None:
    assert set(IMPORTS["plugins"]) == set(ENDS) == {plugin for _since, plugin in _VERSIONS}


@pytest.mark.parametrize("sentry", IMPORTS["sentry"])
def test_what_is_chosen_for_a_recorded_release_fits_it(sentry: str) -> None:
    plugin = plugin_version(sentry)
    assert plugin is not None
    assert missing(plugin, sentry) == []


@pytest.mark.parametrize(
    ("sentry", "plugin"),
    [
        ("21.10.0", None),
        ("21.11.0", "5.0.0"),
        ("22.7.0", "5.0.0"),
        ("22.8.0", "6.0.0"),
        ("23.7.1", "6.0.0"),
        ("23.8.0", "6.0.0"),
        ("23.9.0", "7.0.0"),
        ("23.9.1", "7.0.0"),
        ("24.1.2", "7.0.0"),
        ("24.2.0", "8.1.0"),
        ("24.7.1", "8.1.0"),
        ("24.8.0", "9.1.1"),
        ("24.12.0.dev0", "9.1.1"),
        ("26.10.0", "9.1.1"),
        ("nightly", None),
        ("", None),
        (None, None),
    ],
)
def test_the_newest_that_a_sentry_can_load(sentry: str | None, plugin: str | None) -> None:
    assert plugin_version(sentry) == plugin


def test_the_documentation_has_the_same_table() -> None:
    page = (ROOT / "docs" / "how-it-works.md").read_text()
    rows = re.findall(r"^\| (\d+\.\d+\.\d+) .*?\| (\d+\.\d+\.\d+) \|$", page, re.M)

    assert tuple(reversed(rows)) == _VERSIONS
