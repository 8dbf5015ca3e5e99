# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: what upstream's install.sh stumbles over when Sentry is off already.

It turns everything off first, and ends with an error at these, so that nothing starts again.
"""

from __future__ import annotations

import os
import re
import ssl
from dataclasses import dataclass

from .files import read_file

_SETTINGS = "sentry/sentry.conf.py"
_CERTIFICATES = "certificates"
_ENV_FILES = (".env", ".env.custom")
# As install.sh looks for them, in comments too: the first one that is there decides.
_BACKENDS = ("ReconnectingMemcache", "PyMemcacheCache", "MemcachedCache")
_SETUP = re.compile(rb"""^\s*(?:export\s+)?SETUP_CUSTOM_CA_CERTIFICATE=["']?([^"'\s#]*)""", re.M)
_CERTIFICATE = "-----BEGIN CERTIFICATE-----"


@dataclass(frozen=True)
class InstallHazards:
    """What ends install.sh in the middle.

    :param memcached_backend: of Django that releases since 26.5.1 refuse, None when there is none
    :param certificates: files in certificates/ that are not one valid certificate, where upstream
        is told to set them up
    """

    memcached_backend: str | None = None
    certificates: tuple[str, ...] = ()


def find_hazards(directory: str) -> InstallHazards:
    """Return what install.sh would stumble over; raise SentryError when a file cannot be read."""
    certificates = _unusable(directory) if _sets_up_certificates(directory) else ()
    return InstallHazards(_refused_backend(directory), certificates)


def _refused_backend(directory: str) -> str | None:
    found = read_file(os.path.join(directory, _SETTINGS))
    text = found.content.decode("utf-8", "replace") if found else ""
    first = next((name for name in _BACKENDS if f".{name}" in text), None)
    return None if first == _BACKENDS[0] else first


def _sets_up_certificates(directory: str) -> bool:
    value = b""
    for name in _ENV_FILES:
        found = read_file(os.path.join(directory, name))
        value = ([value] + _SETUP.findall(found.content if found else b""))[-1]
    return value == b"1"


def _unusable(directory: str) -> tuple[str, ...]:
    folder = os.path.join(directory, _CERTIFICATES)
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    paths = [f"{_CERTIFICATES}/{name}" for name in names if name.endswith(".crt")]
    return tuple(path for path in paths if not _is_one_certificate(os.path.join(directory, path)))


def _is_one_certificate(path: str) -> bool:
    found = read_file(path)
    text = found.content.decode("ascii", "replace") if found else ""
    if text.count(_CERTIFICATE) != 1:
        return False
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(
            cadata=text[text.index(_CERTIFICATE) :]
        )
    except (ssl.SSLError, ValueError):
        return False
    return True
