# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How one simulator is set up: everything that differs between two deployments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

SYSTEM_CLIENT_ID = "5f3b7c1e-0000-4000-8000-00000000c11d"
SYSTEM_CLIENT_SECRET = "5f3b7c1e-0000-4000-8000-0000005ec4e7"
VERSION = "1.0.10"


@dataclass(frozen=True)
class Settings:
    """The settings of one simulated Encvoy ID.

    :param domain: public origin, for example ``https://id.example.com``, without a trailing slash.
    :param data: folder for the database; None keeps everything in memory.
    :param seed: accounts and settings of the first start (see :mod:`.seed`); None means the
        accounts in ``sandbox/vars/accounts.yml`` and the vendor's settings.
    :param mode: the real server's NODE_ENV; HTTP Basic is refused in ``production``.
    :param hang_seconds: how long a request that the real server never answers is held before the
        reverse proxy's 504; the real proxy waits 60 s.
    :param route_api_oidc: serve ``/api/oidc/*`` too, as some deployments do and the guides say.
    :param http_endpoints: advertise ``http://`` endpoints under an ``https://`` issuer, as one
        proxy variant does.
    :param shared_identity: keep role and user id per route instead of per request, as the real
        server does, so that parallel requests mix them up.
    :param control: serve ``/__faults__`` and ``/__requests__`` (never on a shared network).
    :param certificate: PEM file with the server's certificate chain; None serves plain HTTP.
    :param private_key: PEM file with the key of ``certificate``.
    """

    domain: str = ""
    data: Path | None = None
    seed: Mapping[str, Any] | None = None
    mode: Literal["production", "development"] = "production"
    hang_seconds: float = 60.0
    route_api_oidc: bool = False
    http_endpoints: bool = False
    shared_identity: bool = False
    control: bool = False
    certificate: Path | None = None
    private_key: Path | None = None
    system_client_id: str = SYSTEM_CLIENT_ID
    project_name: str = "Encvoy ID"

    @property
    def scheme(self) -> str:
        """``https`` where a certificate is given, else ``http``."""
        return "https" if self.certificate else "http"
