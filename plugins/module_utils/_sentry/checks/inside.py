# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: checks of what was seen from inside Sentry."""

from __future__ import annotations

from urllib.parse import urlsplit

from ..observations import Inside, Settings, TokenEndpoint
from .result import PROVIDER, WARNING, Check, Expected, failed, passed, unchecked

NAMES = (
    "plugin_registered",
    "settings_loaded",
    "endpoints_current",
    "provider_enabled",
    "two_factor",
    "token_endpoint_reachable",
    "client_secret_accepted",
)
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint")
_RUN_SITE = "Run the playbook encvoy.sentry.site"


def no_inside_checks(problem: str) -> list[Check]:
    """Return the checks when Sentry could not be asked; the first says why."""
    # Errors say what is wrong, and in their last sentence what to do.
    found, _stop, action = problem.rstrip(".").rpartition(". ")
    first = failed(
        NAMES[0],
        f"Not checked: {found or action}.",
        f"{action}." if found else "See 'docker compose logs web' in the Sentry folder.",
    )
    return [first, *(unchecked(name, NAMES[0]) for name in NAMES[1:])]


def inside_checks(
    expected: Expected, inside: Inside, running_client_id: str | None, web_is_stale: bool
) -> list[Check]:
    """Return the checks of what was seen from inside.

    :param running_client_id: which Sentry's web server sends, None when that was not seen
    :param web_is_stale: whether it was started before its settings last changed
    """
    return [
        _plugin_registered(inside),
        _settings_loaded(expected, inside, running_client_id, web_is_stale),
        _endpoints_current(expected, inside.settings),
        _provider_enabled(expected, inside),
        _two_factor(inside),
        _token_endpoint_reachable(inside),
        _client_secret_accepted(inside.token_endpoint),
    ]


def _plugin_registered(inside: Inside) -> Check:
    name = "plugin_registered"
    owners = [each.name for each in inside.packages.owning_oidc]
    if PROVIDER not in inside.providers:
        return failed(
            name,
            f"Sentry has no auth provider '{PROVIDER}'; it has:"
            f" {', '.join(inside.providers) or 'none'}.",
            f"{_RUN_SITE}; or install sentry-auth-oidc through sentry/enhance-image.sh (it must be"
            " executable), build the image and recreate the services on it.",
        )
    if len(owners) > 1:
        return failed(
            name,
            f"Several packages bring the Python package oidc: {', '.join(owners)}. pip mixes their"
            " files.",
            "Install sentry-auth-oidc alone in sentry/enhance-image.sh, and build the image.",
        )
    return passed(name, f"Sentry has the auth provider '{PROVIDER}'.")


def _settings_loaded(
    expected: Expected, inside: Inside, running_client_id: str | None, web_is_stale: bool
) -> Check:
    name = "settings_loaded"
    loaded = inside.settings
    wrong = _wrong_settings(expected, inside)
    if wrong:
        return failed(
            name,
            f"The settings in sentry/sentry.conf.py are not right: {'; '.join(wrong)}.",
            f"{_RUN_SITE}; or correct the OIDC_* settings and recreate the services on the Sentry"
            " image.",
        )
    running = running_client_id or loaded.client_id
    if web_is_stale or running != loaded.client_id:
        return failed(
            name,
            "The settings are right, but the web service was started before they were.",
            f"{_RUN_SITE}; or recreate the services on the Sentry image. Sentry reads these"
            " settings at start.",
        )
    if loaded.domain and loaded.domain != expected.domain:
        return failed(
            name,
            f"The settings are right, but OIDC_DOMAIN is set to {loaded.domain}: it is fetched when"
            " a Sentry process starts, and none starts while it does not answer.",
            f"{_RUN_SITE}; or remove OIDC_DOMAIN from sentry/sentry.conf.py.",
            WARNING,
        )
    return passed(name, f"Sentry runs with client id {loaded.client_id}.")


def _wrong_settings(expected: Expected, inside: Inside) -> list[str]:
    loaded = inside.settings
    wrong = []
    if not loaded.client_id:
        wrong.append("client_id is not set")
    elif expected.client_id not in (None, loaded.client_id):
        wrong.append(f"client_id is {loaded.client_id} instead of {expected.client_id}")
    for key in _ENDPOINTS:
        if getattr(expected, key) is not None and not getattr(loaded, key):
            wrong.append(f"{key} is not set")
    if expected.domain and not loaded.domain:
        wrong.append(f"OIDC_DOMAIN is not set, and {expected.domain} is wanted")
    if inside.secret_matches is False:
        wrong.append("the client secret is another one")
    return wrong + _of_another_origin(expected, loaded)


def _endpoints_current(expected: Expected, loaded: Settings) -> Check:
    """Check that the endpoints that Sentry was given are still those of the discovery document."""
    name = "endpoints_current"
    drift = [
        f"{key} is {found} in Sentry and {wanted} there"
        for key in _ENDPOINTS
        for found, wanted in [(getattr(loaded, key), getattr(expected, key))]
        if found and wanted is not None and found != wanted
    ]
    if not drift:
        return passed(name, "Sentry's endpoints are those that Encvoy ID announces.")
    because = ""
    if loaded.domain and loaded.domain != expected.domain:
        because = f" OIDC_DOMAIN is {loaded.domain}, which the plugin prefers to endpoints."
    return failed(
        name,
        "Sentry's endpoints are not those of Encvoy ID's discovery document any more:"
        f" {'; '.join(drift)}.{because}",
        f"{_RUN_SITE}, which writes them anew; or correct OIDC_AUTHORIZATION_ENDPOINT,"
        " OIDC_TOKEN_ENDPOINT and OIDC_USERINFO_ENDPOINT in sentry/sentry.conf.py and recreate the"
        " services on the Sentry image.",
    )


def _of_another_origin(expected: Expected, loaded: Settings) -> list[str]:
    wrong = []
    for key in ("authorization_endpoint", "token_endpoint"):
        endpoint = getattr(loaded, key)
        is_compared = getattr(expected, key) is not None
        if not expected.issuer or not endpoint or is_compared:
            continue
        if _origin(endpoint) is None:
            wrong.append(f"{key} {endpoint} is no address")
        elif _origin(endpoint) != _origin(expected.issuer):
            wrong.append(f"{key} {endpoint} is not of the issuer {expected.issuer}")
    return wrong


def _origin(url: str) -> tuple[str, str, int | None] | None:
    """Return scheme, host and port of a URL, None when it is none."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
        return (parts.scheme, parts.hostname, port) if parts.hostname else None
    except ValueError:
        return None


def _provider_enabled(expected: Expected, inside: Inside) -> Check:
    name, organization = "provider_enabled", expected.organization
    if not inside.organization_found:
        return failed(
            name,
            f"Sentry has no organization '{organization}'. It has:"
            f" {', '.join(inside.organizations) or 'none'}.",
            "Set organization to the slug, as it stands in the addresses of its pages.",
        )
    if inside.provider == PROVIDER:
        required = "required" if inside.require_sso else "optional"
        return passed(
            name, f"The organization '{organization}' uses it; single sign-on is {required}."
        )
    if inside.provider:
        return failed(
            name,
            f"The organization '{organization}' logs in with the provider '{inside.provider}'.",
            f"Turn '{inside.provider}' off first, in Sentry under Settings, Auth; it allows one"
            " provider.",
            problem="another_provider",
        )
    return failed(
        name,
        f"The organization '{organization}' has no provider turned on.",
        f"{_RUN_SITE}; or turn '{PROVIDER}' on with the module encvoy.sentry.sentry_auth_provider.",
    )


def _two_factor(inside: Inside) -> Check:
    name = "two_factor"
    if not inside.require_2fa:
        return passed(name, "Sentry asks for no second factor of its own.", WARNING)
    return failed(
        name,
        "The organization requires Sentry's own two-factor authentication. People who log in"
        " through the provider and have not set it up get 401 2fa-required.",
        "Turn it off in Sentry under Settings, Security & Privacy, or have every member set it up.",
        WARNING,
    )


def _token_endpoint_reachable(inside: Inside) -> Check:
    name, endpoint = "token_endpoint_reachable", inside.token_endpoint
    if endpoint.problem:
        detail = f"Sentry cannot ask {endpoint.url or 'a token endpoint'}: {endpoint.detail}."
        return failed(name, detail, _action(inside), problem=endpoint.problem)
    if endpoint.error is None:
        return failed(
            name,
            f"{endpoint.url} answered HTTP {endpoint.status}, but not as a token endpoint does.",
            "Correct the token endpoint, or bring the identity provider (or the proxy in front"
            " of it) back up.",
            problem="no_token_endpoint",
        )
    return passed(name, f"Sentry reaches {endpoint.url} and trusts its certificate.")


_ACTIONS = {
    "no_endpoint": f"{_RUN_SITE}; or set OIDC_TOKEN_ENDPOINT in sentry/sentry.conf.py.",
    "timeout": "Let the Sentry containers through to the identity provider (firewall, routing,"
    " proxy settings of the containers), and see that it is up.",
    "name": "Make the name resolvable inside the Sentry containers (DNS of the Docker host, or"
    " extra_hosts in docker-compose.override.yml, then 'docker compose up -d').",
    "address": "Correct the address of the token endpoint.",
    "tls": "See that the identity provider speaks TLS at this port, with a protocol that Sentry's"
    " image knows.",
    "connection": "See that the identity provider is up and that the Sentry containers can reach"
    " it (firewall, routing).",
}


def _action(inside: Inside) -> str:
    endpoint = inside.token_endpoint
    problem, detail = endpoint.problem or "", (endpoint.detail or "").lower()
    if problem == "disallowed_address":
        return _how_to_allow(inside)
    if problem != "certificate":
        return _ACTIONS[problem]
    if "expired" in detail:
        return "Renew the identity provider's certificate, and see that the clocks are right."
    if "hostname mismatch" in detail or "not valid for" in detail or "doesn't match" in detail:
        return "Use the name that stands in the identity provider's certificate, or renew it."
    return (
        f"{_RUN_SITE} with the certificate of the authority that signed it; or put that as"
        " certificates/<name>.crt into the Sentry folder and recreate the services on the image."
    )


def _how_to_allow(inside: Inside) -> str:
    """Return how to let Sentry send requests to an address that it refuses by its settings."""
    addresses = ", ".join(inside.token_endpoint.addresses) or "this address"
    if inside.settings.allowed_ips is not None:
        return (
            f"Add {addresses} to SENTRY_ALLOWED_IPS in sentry/sentry.conf.py, and recreate the"
            " services on the Sentry image."
        )
    return (
        f"Leave the network that holds {addresses} out of SENTRY_DISALLOWED_IPS in"
        " sentry/sentry.conf.py, and recreate the services on the Sentry image."
    )


def _client_secret_accepted(endpoint: TokenEndpoint) -> Check:
    name = "client_secret_accepted"
    if endpoint.error is None:
        return unchecked(name, "token_endpoint_reachable")
    if not endpoint.is_loaded:
        return unchecked(name, "endpoints_current")
    said = f" It says: {endpoint.description.rstrip('.')}." if endpoint.description else ""
    # A code that does not exist is judged last, so "invalid_grant" means that all else is right.
    if endpoint.error == "invalid_grant":
        return passed(name, "The identity provider accepts Sentry's client id and secret.")
    if endpoint.error == "invalid_client":
        return failed(
            name,
            "The identity provider refuses Sentry's client id or secret; people would see"
            f' "Authentication error: client authentication failed".{said}',
            f"{_RUN_SITE}; or put the client's present id and secret into Sentry's settings and"
            " recreate the services.",
        )
    if endpoint.error == "invalid_client_metadata":
        return failed(
            name,
            f"The identity provider finds its own record of this client broken.{said}",
            "Correct the client: redirect URIs (http or https, no fragment), grant types, and a"
            " secret of plain ASCII.",
        )
    return failed(
        name,
        f"The token endpoint answered HTTP {endpoint.status} {endpoint.error}, which does not"
        f" tell whether the secret is right.{said}",
        "See the identity provider's log.",
    )
