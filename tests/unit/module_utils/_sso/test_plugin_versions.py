# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One row of the table of versions after the other, and both sides of each bound."""

from __future__ import annotations

import re

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sso.plugin_versions import (
    _VERSIONS,
    plugin_version,
)
from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("sentry", "plugin"),
    [
        ("20.5.1", None),
        ("20.6.0", "5.0.0"),
        ("22.7.0", "5.0.0"),
        ("22.8.0", "6.0.0"),
        ("23.7.1", "6.0.0"),
        ("23.9.0", "6.0.0"),
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
