# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How changes come into force by the site's choice: left to it, or by upstream's install.sh."""

from __future__ import annotations

from tests.system.sandbox import Sandbox

LEFT = ("--extra-vars=sentry_sso_apply=none", "--extra-vars=sentry_sso_provider_name=Left")


def test_what_is_left_to_the_site_is_written_and_told_until_install_sh_does_it(
    sandbox: Sandbox,
) -> None:
    """Nothing is left of the first two runs when the last one is done."""
    before = sandbox.containers()
    left, again = sandbox.play("site", *LEFT), sandbox.play("site", "--check", *LEFT)

    for play in (left, again):
        assert play.returncode == 0, play.output
        assert "up -d --force-recreate web" in play.words
    assert (left.changed > 0, again.changed) == (True, 0)
    assert 'OIDC_ISSUER = "Left"' in sandbox.on_host("cat", "sentry/sentry.conf.py")
    assert sandbox.containers() == before

    done = sandbox.play("site", "--extra-vars=sentry_sso_apply=install", "-v")
    assert done.returncode == 0, done.output
    assert "install.sh is run, and Sentry is started" in done.words
    assert "Setting up / migrating database" in done.output
    assert 'OIDC_ISSUER = "Left"' not in sandbox.on_host("cat", "sentry/sentry.conf.py")
