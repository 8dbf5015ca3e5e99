# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: what speaks against a run, found before anything is touched.

Pure functions over what both systems look like. Each finding says what was found and what to do, in
the role's own variables; all findings of a run are shown together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .about.claims import about_claims
from .about.files import about_enhance_image, about_requirements, about_write_access
from .about.finding import Finding
from .about.image import about_checkout, about_interpreter, about_sentry
from .about.machine import about_engine, about_memory, about_room
from .about.organization import about_organization
from .about.settings import (
    about_install,
    about_install_sh,
    about_other_roles,
    about_settings,
    about_start,
)
from .about.strategy import about_strategy
from .about.token_endpoint import about_token_endpoint
from .plan import make_plan


def find(
    look: Mapping[str, Any], identity_provider: Mapping[str, Any], wanted: Mapping[str, Any]
) -> list[Finding]:
    """All findings, errors first.

    :param look: result of sentry_sso_info
    :param identity_provider: result of encvoy_sso_info
    :param wanted: as for the plan, and ``sentry_url``, ``organization``, ``allowed_addresses``,
        ``name_claim``
    """
    plan = make_plan(look, identity_provider, wanted)
    found = [
        *about_engine(look),
        *about_write_access(look),
        *about_room(look, plan),
        *about_memory(look, plan),
        *about_sentry(look, wanted),
        *about_checkout(look, plan),
        *about_interpreter(look, plan),
        *about_enhance_image(look),
        *about_requirements(look, wanted),
        *about_settings(look),
        *about_start(look),
        *about_install(look, plan, wanted),
        *about_install_sh(look, plan),
        *about_other_roles(look),
        *about_organization(look, wanted),
        *about_claims(look, identity_provider, wanted),
        *about_token_endpoint(look, wanted),
        *about_strategy(plan, wanted),
    ]
    return sorted(found, key=lambda finding: finding.severity)
