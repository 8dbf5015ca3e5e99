# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Sentry where everything is right, as it is seen; tests of the checks change one thing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.checks.claims import Claims
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.checks.report import (
    Observed,
    all_checks,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.checks.result import (
    Check,
    Expected,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.login_page import (
    Authorization,
    LoginStart,
    Redirect,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.observations import (
    Distribution,
    Inside,
    Member,
    Packages,
    Process,
    Settings,
    TokenEndpoint,
)

ID = "https://id.example.com"
SENTRY = "https://sentry.example.com"
CALLBACK = SENTRY + "/auth/sso/"
CLAIMS = ["nickname", "email", "given_name", "family_name", "email_verified"]
EXPECTED = Expected(
    sentry_url=SENTRY,
    organization="sentry",
    client_id="client",
    redirect_uris=(CALLBACK,),
    issuer=ID,
    authorization_endpoint=ID + "/oidc/auth",
    token_endpoint=ID + "/oidc/token",
    userinfo_endpoint=ID + "/oidc/me",
)
INSIDE = Inside(
    providers=("github", "oidc"),
    organization_found=True,
    organizations=("sentry",),
    provider="oidc",
    require_sso=False,
    default_role="member",
    require_2fa=False,
    members=(Member("alice@example.com", ("alice@example.com",), None, False, True),),
    settings=Settings(
        client_id="client",
        authorization_endpoint=ID + "/oidc/auth",
        token_endpoint=ID + "/oidc/token",
        userinfo_endpoint=ID + "/oidc/me",
        scope="openid email profile",
        url_prefix=SENTRY,
    ),
    secret_matches=True,
    token_endpoint=TokenEndpoint(ID + "/oidc/token", status=400, error="invalid_grant"),
    packages=Packages("23.7.1", (Distribution("sentry-auth-oidc", "6.0.0"),)),
    process=Process(999, 999),
)
REDIRECT = Redirect(
    ID + "/oidc/auth",
    {
        "client_id": "client",
        "response_type": "code",
        "scope": "openid email profile",
        "redirect_uri": CALLBACK,
    },
)
LOGIN = LoginStart(
    page_url=SENTRY + "/auth/login/sentry/",
    status=200,
    offered="oidc",
    redirect=REDIRECT,
    authorization=Authorization(303),
)
RIGHT = Observed(
    inside=INSIDE,
    inside_problem=None,
    public=LOGIN,
    seen_from="sentry1",
    claims=Claims.from_option(
        {
            "default_claims": CLAIMS,
            "users": [
                {
                    "id": 2,
                    "login": "alice",
                    "email": "Alice@example.com",
                    "claims": CLAIMS,
                    "empty": [],
                }
            ],
            "users_reason": None,
            "users_complete": True,
        }
    ),
)
INSIDE_NAMES = [
    "plugin_registered",
    "settings_loaded",
    "endpoints_current",
    "provider_enabled",
    "two_factor",
    "token_endpoint_reachable",
    "client_secret_accepted",
]
LOGIN_NAMES = ["login_page_offers_provider", "redirect_parameters", "redirect_uri_accepted"]
CLAIM_NAMES = ["email_released", "name_released", "silent_linking"]
NAMES = [
    "client_registered",
    *INSIDE_NAMES,
    "public_address_answers",
    *LOGIN_NAMES,
    "services_settled",
    *CLAIM_NAMES,
]


def inside(**changes: Any) -> Observed:
    """What was seen, with something else inside Sentry."""
    return replace(RIGHT, inside=replace(INSIDE, **changes))


def settings(**changes: Any) -> Observed:
    """What was seen, with other settings in Sentry."""
    return inside(settings=replace(INSIDE.settings, **changes))


def endpoint(**changes: Any) -> Observed:
    """What was seen, with another answer of the token endpoint."""
    return inside(token_endpoint=replace(INSIDE.token_endpoint, **changes))


def login(**changes: Any) -> Observed:
    """What was seen, with another start of the login."""
    return replace(RIGHT, public=replace(LOGIN, **changes))


def parameters(**changes: str) -> Observed:
    """What was seen, with other parameters of the redirect to the identity provider."""
    return login(redirect=replace(REDIRECT, parameters={**REDIRECT.parameters, **changes}))


def failed(seen: Observed, expected: Expected = EXPECTED) -> dict[str, Check]:
    """The checks that fail, by name."""
    return {check.name: check for check in all_checks(expected, seen) if not check.ok}
