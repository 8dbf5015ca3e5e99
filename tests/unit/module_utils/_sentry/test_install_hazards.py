# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What install.sh stumbles over, found in the files that it reads."""

from __future__ import annotations

from pathlib import Path

import pytest
import trustme

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.install_hazards import (
    InstallHazards,
    find_hazards,
)

OLD = "django.core.cache.backends.memcached.PyMemcacheCache"
NEW = "sentry.cache.backends.reconnectingmemcache.ReconnectingMemcache"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sentry").mkdir()
    return tmp_path


def test_nothing_is_there(tmp_path: Path) -> None:
    assert find_hazards(str(tmp_path)) == InstallHazards()


@pytest.mark.parametrize(
    ("settings", "backend"),
    [
        (f'"BACKEND": "{OLD}"', "PyMemcacheCache"),
        ('"BACKEND": "django.core.cache.backends.memcached.MemcachedCache"', "MemcachedCache"),
        (f'"BACKEND": "{NEW}"', None),
        (f'"BACKEND": "{NEW}"  # before: {OLD}', None),
        # install.sh finds it there, too.
        (f'# "BACKEND": "{OLD}"', "PyMemcacheCache"),
        ("\xff", None),
    ],
)
def test_a_cache_that_newer_releases_refuse(
    folder: Path, settings: str, backend: str | None
) -> None:
    (folder / "sentry" / "sentry.conf.py").write_bytes(settings.encode("latin-1"))
    assert find_hazards(str(folder)).memcached_backend == backend


@pytest.mark.parametrize(
    ("env", "custom", "looked_at"),
    [
        ("SETUP_CUSTOM_CA_CERTIFICATE=1\n", None, True),
        ('A=1\nexport SETUP_CUSTOM_CA_CERTIFICATE="1" # ours\n', None, True),
        ("SETUP_CUSTOM_CA_CERTIFICATE=0\n", "SETUP_CUSTOM_CA_CERTIFICATE=1\n", True),
        ("SETUP_CUSTOM_CA_CERTIFICATE=1\n", "SETUP_CUSTOM_CA_CERTIFICATE=\n", False),
        ("# SETUP_CUSTOM_CA_CERTIFICATE=1\n", None, False),
        ("", None, False),
    ],
)
def test_certificates_that_upstream_cannot_set_up(
    folder: Path, env: str, custom: str | None, looked_at: bool
) -> None:
    (folder / ".env").write_text(env)
    if custom is not None:
        (folder / ".env.custom").write_text(custom)
    certificates = folder / "certificates"
    certificates.mkdir()
    right = trustme.CA().cert_pem.bytes().decode("ascii")
    for name, text in {
        "a.crt": right,
        "two.crt": right + right,
        "none.crt": "",
        "cut.crt": right[: len(right) // 2],
        "broken.crt": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "other.txt": "",
    }.items():
        (certificates / name).write_text(text)
    names = [f"certificates/{name}.crt" for name in ("broken", "cut", "none", "two")]
    assert find_hazards(str(folder)).certificates == (tuple(names) if looked_at else ())
