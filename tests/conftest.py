# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes the checkout importable as the collection ``encvoy.sentry``, as Ansible itself does it.

At the end of a run there is the table of faults.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from hypothesis import settings

from tests.faults.table import pytest_runtest_makereport, pytest_terminal_summary

__all__ = ["pytest_runtest_makereport", "pytest_terminal_summary"]

ROOT = Path(__file__).resolve().parent.parent
COLLECTIONS = ROOT / ".ansible" / "collections"


def link_checkout() -> None:
    """Link ``.ansible/collections/ansible_collections/encvoy/sentry`` to the checkout."""
    link = COLLECTIONS / "ansible_collections" / "encvoy" / "sentry"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.exists():
        link.symlink_to(os.path.relpath(ROOT, link.parent))


def install_collection_finder() -> None:
    """Let Python import ``ansible_collections.encvoy.sentry`` through Ansible's own importer."""
    from ansible.utils.collection_loader._collection_finder import _AnsibleCollectionFinder

    _AnsibleCollectionFinder(paths=[str(COLLECTIONS), *sys.path])._install()


# How long one example takes says nothing on a machine that does other things, too.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")
link_checkout()
install_collection_finder()
