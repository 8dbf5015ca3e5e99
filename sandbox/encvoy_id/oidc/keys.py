# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The key that signs id_tokens."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

from ..storage import Store

FOREVER = 10 * 365 * 24 * 3600


def _new_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, private=True, auto_kid=True)


@lru_cache(maxsize=1)
def passing_key() -> RSAKey:
    """One key per process for all simulators that keep nothing: making one takes 0.2 s."""
    return _new_key()


def lasting_key(store: Store) -> RSAKey:
    """The key that a simulator made at its first start."""
    found = store.artifacts.get("key", "signing")
    if found:
        return RSAKey.import_key(found)
    key = _new_key()
    store.artifacts.put("key", "signing", dict(key.as_dict(private=True)), FOREVER)
    return key


def sign(key: RSAKey, claims: dict[str, Any], ttl: int) -> str:
    """A JWT signed with RS256 that is valid for ``ttl`` seconds from now."""
    now = int(time.time())
    header = {"alg": "RS256", "typ": "JWT", "kid": key.kid}
    return jwt.encode(header, claims | {"iat": now, "exp": now + ttl}, key)
