# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE. Runs inside Sentry: looks at single sign-on from there, and changes nothing.

Sent to ``sentry exec`` by _sentry_exec, so it must stand alone.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
from typing import Any


def run(payload: dict[str, Any]) -> dict[str, Any]:
    """Return what Sentry has and what it reaches.

    :param payload: organization (slug), token_endpoint (asked when Sentry has
        none itself, or None), secret_salt and secret_digest (of the client secret that Sentry
        should have, or None), timeout (seconds)
    :returns: providers, organization_found, organization_provider, require_sso, settings,
        secret_matches (None when it was not to be compared), token_endpoint (a probe)
    """
    settings, secret = _loaded_settings()
    endpoint = settings["token_endpoint"] or payload["token_endpoint"]
    return {
        "providers": _registered_providers(),
        **_organization(payload["organization"]),
        "settings": settings,
        "secret_matches": _matches(secret, payload["secret_salt"], payload["secret_digest"]),
        "token_endpoint": _probe(endpoint, settings, secret, payload["timeout"]),
    }


def _registered_providers() -> list[str]:
    from sentry.auth import manager

    return sorted(key for key, _class in manager)


def _organization(slug: str) -> dict[str, Any]:
    from sentry.models.authprovider import AuthProvider
    from sentry.models.organization import Organization

    organization = Organization.objects.filter(slug=slug).first()
    row = organization and AuthProvider.objects.filter(organization_id=organization.id).first()
    return {
        "organization_found": organization is not None,
        "organization_provider": row.provider if row else None,
        "require_sso": not row.flags.allow_unlinked if row else None,
    }


def _loaded_settings() -> tuple[dict[str, Any], str]:
    """Return what the plugin works with, and apart from that the client secret.

    The plugin settles its values once, when it is imported (OIDC_DOMAIN wins over explicit
    endpoints). Without the plugin, what the settings file says.
    """
    from django.conf import settings as django_settings
    from sentry import options

    try:
        from oidc import constants
    except ImportError:
        constants = None
    found = {}
    for name in ("CLIENT_ID", "AUTHORIZATION_ENDPOINT", "TOKEN_ENDPOINT", "SCOPE"):
        value = getattr(django_settings, "OIDC_" + name, None)
        found[name.lower()] = getattr(constants, name, value)
    found["url_prefix"] = options.get("system.url-prefix")
    secret = getattr(django_settings, "OIDC_CLIENT_SECRET", None)
    return found, secret or ""


def _matches(secret: str, salt: str | None, digest: str | None) -> bool | None:
    if salt is None or digest is None:
        return None
    own = hashlib.sha256((salt + secret).encode("utf-8")).hexdigest()
    return hmac.compare_digest(own, digest)


def _probe(
    endpoint: str | None, settings: dict[str, Any], secret: str, timeout: float
) -> dict[str, Any]:
    """Ask the token endpoint as the plugin does, with a code that cannot exist.

    :returns: url; status and error (of OAuth 2.0) when it answered, else problem and detail
    """
    from sentry.http import safe_urlopen

    if not endpoint:
        return {"url": None, "problem": "no_endpoint", "detail": "no token endpoint is set"}
    form = {
        "grant_type": "authorization_code",
        "code": "encvoy-sentry-probe",
        "redirect_uri": (settings["url_prefix"] or "").rstrip("/") + "/auth/sso/",
        "client_id": settings["client_id"] or "",
        "client_secret": secret,
    }
    try:
        response = safe_urlopen(endpoint, data=form, timeout=timeout)
        return {"url": endpoint, "status": response.status_code, "error": _oauth_error(response)}
    except Exception as error:
        return {"url": endpoint, "problem": _problem(error), "detail": _cause(error)}


def _oauth_error(response: Any) -> str | None:
    try:
        return str(json.loads(response.content)["error"])[:100]
    except (ValueError, LookupError, TypeError):
        return None


def _problem(error: BaseException) -> str:
    """Return a word for why the token endpoint was not reached."""
    import requests
    from django.core.exceptions import SuspiciousOperation

    # Sentry's own refusal of addresses in SENTRY_DISALLOWED_IPS is a SuspiciousOperation.
    if isinstance(error, SuspiciousOperation):
        return "disallowed_address"
    if isinstance(error, requests.exceptions.SSLError):
        return "certificate"
    if isinstance(error, requests.exceptions.Timeout):
        return "timeout"
    if isinstance(_root(error), socket.gaierror) or "Name or service not known" in str(error):
        return "name"
    return "connection"


def _cause(error: BaseException) -> str:
    """Return the innermost reason; the outer texts of requests repeat the whole URL."""
    root = _root(error)
    return (type(root).__name__ + ": " + str(root))[:300]


def _root(error: BaseException) -> BaseException:
    while True:
        inner = getattr(error, "reason", None) or error.__cause__ or error.__context__
        if not isinstance(inner, BaseException):
            return error
        error = inner
