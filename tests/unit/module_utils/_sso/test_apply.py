# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How what is written comes into force: what is left to the site, and what install.sh ends at."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sso.apply import hazards, left_to_do
from tests.support.observations import Site


def test_what_is_left_is_a_line_to_paste() -> None:
    site = Site()
    site.set("look.sentry.compose_command", ["/usr/bin/docker", "compose", "--env-file", ".env"])
    (line,) = left_to_do(site.look, True, ["web", "cron"])
    compose = "/usr/bin/docker compose --env-file .env"
    assert f"Left to do, in /opt/sentry: {compose} build web; {compose} up -d" in line
    assert f"--force-recreate web cron; {compose} exec nginx nginx -s reload." in line
    assert line.endswith("Then run this playbook again.")


def test_only_what_is_needed_is_left() -> None:
    site = Site()
    site.set("look.sentry.proxy_service", None)
    (line,) = left_to_do(site.look, False, ["web"])
    assert "build" not in line
    assert "nginx" not in line


def test_a_sentry_that_was_never_installed_is_left_to_install_sh() -> None:
    site = Site()
    site.set("look.sentry.installed", False)
    (line,) = left_to_do(site.look, True, [])
    assert "./install.sh" in line
    assert "compose" not in line


@pytest.mark.parametrize(
    ("version", "installed", "found", "told"),
    [
        ("26.8.0", True, {}, []),
        ("26.5.0", True, {"memcached_backend": "PyMemcacheCache"}, []),
        ("26.5.1", True, {"memcached_backend": "PyMemcacheCache"}, ["it has PyMemcacheCache"]),
        ("26.8.0", False, {"memcached_backend": "MemcachedCache"}, ["it has MemcachedCache"]),
        (None, False, {"memcached_backend": "PyMemcacheCache"}, ["it has PyMemcacheCache"]),
        (None, True, {}, ["install.sh: which release"]),
        (None, False, {}, []),
        (
            "23.7.1",
            True,
            {"certificates": ["certificates/a.crt", "certificates/b.crt"]},
            ["certificates/a.crt: it is not", "certificates/b.crt: it is not"],
        ),
    ],
)
def test_what_install_sh_ends_at(
    version: str | None, installed: bool, found: dict[str, Any], told: list[str]
) -> None:
    site = Site()
    site.set("look.sentry.version", version)
    site.set("look.sentry.installed", installed)
    site.look["files"]["install_hazards"].update(found)
    seen = list(hazards(site.look))
    assert len(seen) == len(told)
    for (detail, action), words in zip(seen, told):
        assert words in detail
        assert "sentry_sso_apply: compose" in action
