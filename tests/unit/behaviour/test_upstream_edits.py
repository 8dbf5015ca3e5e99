# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Upstream's install.sh edits sentry.conf.py in place, before and after the block is written.

What its scripts do to the file, done here in other words. In getsentry/self-hosted they are
check-memcached-backend.sh, migrate-pgbouncer.sh and bootstrap-s3-nodestore.sh in install/.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry import blocks
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.settings_file import (
    look_at_settings,
)
from tests.support.module_runner import Outcome, run_module

SETTINGS = "sentry/sentry.conf.py"
OWN = """\
DATABASES = {
    "default": {
        "HOST": "postgres",
    }
}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.PyMemcacheCache",
        "OPTIONS": {"ignore_exc": True},
    }
}
"""
BLOCK = 'OIDC_DOMAIN = None\nOIDC_CLIENT_ID = "a-client"\n'
Edit = Callable[[Path], None]


def replaced(path: Path, old: bytes, new: bytes) -> None:
    """As ``sed -i`` does it: a new file takes the name, and a link is one no more."""
    text = path.read_bytes().replace(old, new)
    mode = path.stat().st_mode
    other = path.with_name("sedAb12cd")
    other.write_bytes(text)
    other.chmod(mode)
    os.rename(other, path)


def appended(path: Path, text: str) -> None:
    with path.open("a", newline="") as file:
        file.write(text)


def database_behind_a_pooler(path: Path) -> None:
    replaced(path, b'"HOST": "postgres"', b'"HOST": "pgbouncer"')


def another_cache(path: Path) -> None:
    replaced(path, b"django.core.cache.PyMemcacheCache", b"x.ReconnectingMemcache")
    replaced(path, b'"ignore_exc": True}', b'"ignore_exc": True, "reconnect_age": 300}')


def an_option_of_the_cache(path: Path) -> None:
    text = 'if "CACHES" in globals():\n    CACHES["default"]["OPTIONS"]["age"] = 300\n'
    appended(path, f"\n# Added by the installation\n{text}")


def another_store(path: Path) -> None:
    appended(path, 'SENTRY_NODESTORE = "s3"\nSENTRY_NODESTORE_OPTIONS = {\n    "a": 1,\n}\n')


EDITS: tuple[Edit, ...] = (
    database_behind_a_pooler,
    another_cache,
    an_option_of_the_cache,
    another_store,
)
ORDERS = list(itertools.permutations([*EDITS, None]))


def name(order: tuple[Edit | None, ...]) -> str:
    return "-".join(edit.__name__ if edit else "block" for edit in order)


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    (tmp_path / "sentry").mkdir()
    path = tmp_path / SETTINGS
    path.write_text(OWN)
    path.chmod(0o640)
    return path


def write_block(settings: Path, text: str = BLOCK) -> Outcome:
    folder = str(settings.parent.parent)
    wish = {"path": SETTINGS, "block": text}
    outcome = run_module("sentry_config", sentry_dir=folder, files=[wish])
    run_module("sentry_config", sentry_dir=folder, state="committed")
    return outcome


def loaded(settings: Path) -> dict[str, Any]:
    """The settings as Sentry would have them."""
    found: dict[str, Any] = {}
    exec(settings.read_bytes(), found)
    return found


@pytest.mark.parametrize("order", ORDERS, ids=name)
def test_in_any_order_both_have_all_that_is_theirs(
    settings: Path, order: tuple[Edit | None, ...]
) -> None:
    for edit in order:
        if edit is None:
            write_block(settings)
        else:
            edit(settings)
    before = settings.read_bytes()

    assert write_block(settings)["changed"] is False
    assert settings.read_bytes() == before
    found = loaded(settings)
    assert (found["OIDC_DOMAIN"], found["OIDC_CLIENT_ID"]) == (None, "a-client")
    assert found["DATABASES"]["default"]["HOST"] == "pgbouncer"
    options = {"ignore_exc": True, "reconnect_age": 300, "age": 300}
    assert found["CACHES"]["default"]["OPTIONS"] == options
    assert found["SENTRY_NODESTORE_OPTIONS"] == {"a": 1}
    seen = look_at_settings(str(settings))
    assert (seen.blocks, seen.site_oidc_settings) == (1, ())
    assert settings.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("final", [True, False])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_between_edits_another_block_takes_the_place_of_the_old_one(
    settings: Path, line_end: bytes, final: bool, bom: bytes
) -> None:
    """With the line ends, the mark and the missing end of a file that another system wrote."""
    text = bom + OWN.encode().replace(b"\n", line_end)
    settings.write_bytes(text if final else text.rstrip())
    write_block(settings)
    another_store(settings)
    before = settings.read_bytes()

    assert write_block(settings, BLOCK.replace("a-client", "another"))["changed"] is True
    assert settings.read_bytes() == before.replace(b"a-client", b"another")
    assert loaded(settings)["OIDC_CLIENT_ID"] == "another"
    assert loaded(settings)["SENTRY_NODESTORE"] == "s3"


def test_a_link_that_sed_has_made_a_file_of(settings: Path, tmp_path: Path) -> None:
    real = tmp_path / "sentry" / "own.py"
    settings.rename(real)
    settings.symlink_to("own.py")
    write_block(settings)
    assert settings.is_symlink()
    database_behind_a_pooler(settings)
    assert not settings.is_symlink()
    assert write_block(settings)["changed"] is False
    assert blocks.block_count(settings.read_bytes()) == 1
