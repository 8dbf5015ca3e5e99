# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way in which web is replaced: refused where it is asked for and cannot be had."""

from __future__ import annotations

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sso.about.finding import Finding
from ansible_collections.encvoy.sentry.plugins.module_utils._sso.findings import find
from tests.support.observations import Site


def found(site: Site) -> list[Finding]:
    findings: list[Finding] = find(site.look, site.identity_provider, site.wanted)
    return findings


def test_a_rolling_change_that_cannot_be_made_is_refused() -> None:
    site = Site()
    site.set("wanted.apply_strategy", "rolling")
    site.set("look.sentry.stale_services", ["web"])
    assert found(site) == []

    site.set("look.sentry.web_service.obstacles", ["web has a port"])
    (finding,) = found(site)
    assert (finding.severity, finding.detail) == (
        "error",
        "sentry_sso_apply_strategy: it is rolling, but a second web container cannot start beside"
        " the first: web has a port.",
    )


@pytest.mark.parametrize(
    ("strategy", "stale"), [("auto", ["web"]), ("recreate", ["web"]), ("rolling", ["worker"])]
)
def test_what_cannot_be_rolled_is_no_finding_where_it_is_not_asked_for(
    strategy: str, stale: list[str]
) -> None:
    site = Site()
    site.set("wanted.apply_strategy", strategy)
    site.set("look.sentry.stale_services", stale)
    site.set("look.sentry.web_service.obstacles", ["web has a port"])

    assert found(site) == []
