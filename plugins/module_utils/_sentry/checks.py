# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE. Turns what was seen of a Sentry's single sign-on into a list of checks: pure functions.

A check says in words what was found and, when that is not right, what to do about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

# Sentry-auth-oidc registers under this key, and it asks for the e-mail (scope email) in the
# id_token and for the name (scope profile) in userinfo.
PROVIDER = "oidc"
_SCOPES = ("openid", "email", "profile")
_MOST_NAMES = 10

Check = dict[str, Any]


@dataclass(frozen=True)
class Expected:
    """How single sign-on is meant to be; None: not to be compared."""

    sentry_url: str
    organization: str
    client_id: str
    redirect_uris: tuple[str, ...] = ()
    issuer: str | None = None
    authorization_endpoint: str | None = None
    token_endpoint: str | None = None

    @property
    def redirect_uri(self) -> str:
        """The URI that Sentry makes of system.url-prefix; it ends in a slash."""
        return self.sentry_url.rstrip("/") + "/auth/sso/"


@dataclass(frozen=True)
class Observed:
    """What was seen.

    :param inside: result of probe_script, None when Sentry did not answer
    :param inside_problem: why it did not
    :param outside: result of _sentry_browser.visit
    :param web_is_stale: whether the web service was started before its settings last changed
    :param released_claims: default_claims, users and users_reason of encvoy_public_claims, or None
    """

    inside: Mapping[str, Any] | None
    inside_problem: str | None
    outside: Mapping[str, Any]
    web_is_stale: bool
    released_claims: Mapping[str, Any] | None


def all_checks(expected: Expected, seen: Observed) -> list[Check]:
    """Return every check, in the order in which a login meets what it checks."""
    checks = [
        *_inside_checks(expected, seen),
        _login_page_offers_provider(seen.outside),
        _redirect_parameters(expected, seen.outside),
        _redirect_uri_accepted(expected, seen.outside),
    ]
    if seen.released_claims is not None:
        checks += _claim_checks(seen.released_claims)
    return checks


def is_ok(checks: Iterable[Check]) -> bool:
    """Return whether no check of severity error failed."""
    return all(check["ok"] or check["severity"] != "error" for check in checks)


def _passed(name: str, detail: str, severity: str = "error") -> Check:
    return {"name": name, "ok": True, "severity": severity, "detail": detail, "action": ""}


def _failed(name: str, detail: str, action: str, severity: str = "error") -> Check:
    return {"name": name, "ok": False, "severity": severity, "detail": detail, "action": action}


def _unchecked(name: str, after: str) -> Check:
    """Return a check that could not be made, because an earlier one failed."""
    return _failed(name, f"Not checked, because of {after}.", f"See the check {after}.")


def _inside_checks(expected: Expected, seen: Observed) -> list[Check]:
    if seen.inside is None:
        return [
            _failed(
                "plugin_registered",
                f"Not checked: {seen.inside_problem}.",
                "Bring Sentry's web container up ('docker compose logs web' says why it is not)."
                " With OIDC_DOMAIN in sentry/sentry.conf.py, no process of Sentry starts while that"
                " address does not answer: set the endpoints one by one instead.",
            ),
            _unchecked("settings_loaded", "plugin_registered"),
            _unchecked("provider_enabled", "plugin_registered"),
            _unchecked("token_endpoint_reachable", "plugin_registered"),
            _unchecked("client_secret_accepted", "plugin_registered"),
        ]
    return [
        _plugin_registered(seen.inside),
        _settings_loaded(expected, seen.inside, seen.outside, seen.web_is_stale),
        _provider_enabled(expected, seen.inside),
        _token_endpoint_reachable(seen.inside["token_endpoint"]),
        _client_secret_accepted(seen.inside["token_endpoint"]),
    ]


def _plugin_registered(inside: Mapping[str, Any]) -> Check:
    name = "plugin_registered"
    registered = ", ".join(inside["providers"]) or "none"
    if PROVIDER in inside["providers"]:
        return _passed(name, f"Sentry has the auth provider '{PROVIDER}'.")
    return _failed(
        name,
        f"Sentry has no auth provider '{PROVIDER}'; it has: {registered}.",
        "Install sentry-auth-oidc through sentry/enhance-image.sh (it must be executable), build"
        " the image and recreate the services on it.",
    )


def _settings_loaded(
    expected: Expected,
    inside: Mapping[str, Any],
    outside: Mapping[str, Any],
    web_is_stale: bool,
) -> Check:
    name = "settings_loaded"
    wrong = _wrong_settings(expected, inside)
    if wrong:
        return _failed(
            name,
            "The settings in sentry/sentry.conf.py are not those of this client: "
            + "; ".join(wrong)
            + ".",
            "Correct the OIDC_* settings and recreate the services on the Sentry image.",
        )
    redirect = outside["redirect"]
    running_id = redirect["parameters"].get("client_id") if redirect else expected.client_id
    if web_is_stale or running_id != expected.client_id:
        return _failed(
            name,
            "The settings are right, but the web service was started before they were.",
            "Recreate the services on the Sentry image; Sentry reads these settings at start.",
        )
    return _passed(name, f"Sentry runs with client id {expected.client_id}.")


def _wrong_settings(expected: Expected, inside: Mapping[str, Any]) -> list[str]:
    loaded = inside["settings"]
    wrong = []
    for key in ("client_id", "authorization_endpoint", "token_endpoint"):
        wanted = getattr(expected, key)
        if wanted is not None and loaded[key] != wanted:
            wrong.append(f"{key} is {loaded[key] or 'not set'} instead of {wanted}")
    if inside["secret_matches"] is False:
        wrong.append("the client secret is another one")
    for key in ("authorization_endpoint", "token_endpoint"):
        if expected.issuer and loaded[key] and _origin(loaded[key]) != _origin(expected.issuer):
            wrong.append(f"{key} {loaded[key]} is not of the issuer {expected.issuer}")
    return wrong


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _provider_enabled(expected: Expected, inside: Mapping[str, Any]) -> Check:
    name, organization = "provider_enabled", expected.organization
    if not inside["organization_found"]:
        return _failed(
            name,
            f"Sentry has no organization '{organization}'.",
            "Give the slug of the organization, as it stands in the addresses of its pages.",
        )
    active = inside["organization_provider"]
    if active == PROVIDER:
        required = "required" if inside["require_sso"] else "optional"
        return _passed(
            name, f"The organization '{organization}' uses it; single sign-on is {required}."
        )
    found = f"the provider '{active}'" if active else "no provider"
    return _failed(
        name,
        f"The organization '{organization}' has {found} turned on.",
        f"Turn '{PROVIDER}' on with the module encvoy.sentry.sentry_auth_provider"
        + (f", after turning '{active}' off." if active else "."),
    )


def _token_endpoint_reachable(probe: Mapping[str, Any]) -> Check:
    name, url = "token_endpoint_reachable", probe["url"]
    if "problem" in probe:
        action = _UNREACHABLE_ACTIONS[probe["problem"]]
        return _failed(name, f"Sentry cannot ask {url}: {probe['detail']}.", action)
    if probe["error"] is None:
        return _failed(
            name,
            f"{url} answered HTTP {probe['status']}, but not as a token endpoint does.",
            "Correct the token endpoint, or bring the identity provider (or the proxy in front"
            " of it) back up.",
        )
    return _passed(name, f"Sentry reaches {url} and trusts its certificate.")


_UNREACHABLE_ACTIONS = {
    "no_endpoint": "Set OIDC_TOKEN_ENDPOINT in sentry/sentry.conf.py.",
    "disallowed_address": "Sentry itself refuses this address: take its network out of"
    " SENTRY_DISALLOWED_IPS in sentry/sentry.conf.py and recreate the services.",
    "certificate": "Put the certificate of the authority as certificates/<name>.crt into the"
    " Sentry folder and recreate the services on the Sentry image.",
    "timeout": "Let the Sentry containers through to the identity provider (firewall, routing,"
    " proxy settings of the containers), and see that it is up.",
    "name": "Make the name resolvable inside the Sentry containers (DNS of the Docker host, or"
    " extra_hosts in docker-compose.override.yml).",
    "connection": "See that the identity provider is up and that the Sentry containers can reach"
    " it (firewall, routing).",
}


def _client_secret_accepted(probe: Mapping[str, Any]) -> Check:
    name = "client_secret_accepted"
    if probe.get("error") is None:
        return _unchecked(name, "token_endpoint_reachable")
    # A code that does not exist is judged last, so "invalid_grant" means that all else is right.
    if probe["error"] == "invalid_grant":
        return _passed(name, "The identity provider accepts Sentry's client id and secret.")
    if probe["error"] == "invalid_client":
        return _failed(
            name,
            "The identity provider refuses Sentry's client id or secret; people would see"
            ' "Authentication error: client authentication failed".',
            "Put the client's present id and secret into Sentry's settings and recreate the"
            " services.",
        )
    if probe["error"] == "invalid_client_metadata":
        return _failed(
            name,
            "The identity provider finds its own record of this client broken.",
            "Correct the client: redirect URIs (http or https, no fragment), grant types, and a"
            " secret of plain ASCII.",
        )
    return _failed(
        name,
        f"The token endpoint answered HTTP {probe['status']} {probe['error']}, which does not"
        " tell whether the secret is right.",
        "See the identity provider's log.",
    )


def _login_page_offers_provider(outside: Mapping[str, Any]) -> Check:
    name = "login_page_offers_provider"
    if outside["offered"] == PROVIDER:
        return _passed(name, "The organization's login page offers the provider.")
    return _failed(
        name,
        f"{outside['problem']}.",
        "See that Sentry answers at this address, that the plugin is registered and that the"
        " provider is turned on for the organization.",
    )


def _redirect_parameters(expected: Expected, outside: Mapping[str, Any]) -> Check:
    name = "redirect_parameters"
    redirect = outside["redirect"]
    if outside["offered"] != PROVIDER:
        return _unchecked(name, "login_page_offers_provider")
    if redirect is None:
        return _failed(
            name,
            f"{outside['problem']}.",
            "See 'docker compose logs web' for an error at this moment.",
        )
    sent = redirect["parameters"]
    wrong = []
    if sent.get("redirect_uri") != expected.redirect_uri:
        wrong.append(
            f"redirect_uri is {sent.get('redirect_uri')} instead of {expected.redirect_uri}"
            " (Sentry makes it of system.url-prefix in sentry/config.yml)"
        )
    if sent.get("client_id") != expected.client_id:
        wrong.append(f"client_id is {sent.get('client_id')} instead of {expected.client_id}")
    if sent.get("response_type") != "code":
        wrong.append(f"response_type is {sent.get('response_type')} instead of code")
    missing = [scope for scope in _SCOPES if scope not in sent.get("scope", "").split()]
    if missing:
        wrong.append(f"scope lacks {' '.join(missing)} (OIDC_SCOPE)")
    endpoint = expected.authorization_endpoint
    if endpoint is not None and redirect["url"] != endpoint.partition("?")[0]:
        wrong.append(f"Sentry sends to {redirect['url']} instead of {endpoint}")
    if wrong:
        return _failed(
            name,
            "Sentry starts the login with wrong values: " + "; ".join(wrong) + ".",
            "Correct system.url-prefix or the OIDC_* settings and recreate the services.",
        )
    return _passed(name, f"Sentry sends to {redirect['url']} with redirect URI"
                         f" {sent['redirect_uri']}.")  # fmt: skip


def _redirect_uri_accepted(expected: Expected, outside: Mapping[str, Any]) -> Check:
    name = "redirect_uri_accepted"
    answer = outside["authorization"]
    if outside["redirect"] is None:
        return _unchecked(name, "redirect_parameters")
    if answer is None:
        return _failed(
            name,
            f"{outside['problem']}.",
            "See that the identity provider is up; for a certificate that this host does not"
            " trust, give ca_path.",
        )
    uri = outside["redirect"]["parameters"].get("redirect_uri", expected.redirect_uri)
    if answer["status"] < 400 and not answer["error"]:
        return _passed(name, f"The identity provider accepts {uri}.")
    reason = answer["error"] or "no reason given"
    registered = ", ".join(expected.redirect_uris)
    if answer["error"] in ("invalid_redirect_uri", None) and answer["status"] == 400:
        return _failed(
            name,
            f"The identity provider refuses the redirect URI {uri} ({reason})."
            + (f" Registered: {registered}." if registered else "")
            + " It compares every character, also the slash at the end.",
            f"Add {uri} to the redirect URIs of the client.",
        )
    return _failed(
        name,
        f"The identity provider refuses the login: HTTP {answer['status']} ({reason}).",
        "Compare client id and scope with the client, and see that the authorization endpoint"
        " is right and that the identity provider is up.",
    )


def _claim_checks(released: Mapping[str, Any]) -> list[Check]:
    return [
        _released(
            released,
            "email_released",
            ("email",),
            'a login ends with "Authentication error: Unable to fetch user information from'
            ' provider" (the id_token has no e-mail)',
        ),
        _released(
            released,
            "name_released",
            ("given_name", "family_name"),
            "without a name the first login ends with HTTP 500",
        ),
        _released(
            released,
            "silent_linking",
            ("email_verified",),
            "an existing member has to confirm with the Sentry password at the first login"
            " instead of being linked silently",
        ),
    ]


def _released(
    released: Mapping[str, Any], name: str, claims: tuple[str, ...], consequence: str
) -> Check:
    """Check that claims are public, for new users and for each known one.

    An error when new users or all known users would be hit. When it is some of the known ones,
    a warning: service accounts, which never log in to Sentry, rarely release anything.
    """
    users = released["users"]
    lacking = [user for user in users or [] if not set(claims) <= set(user["claims"])]
    new_users_lack = not set(claims) <= set(released["default_claims"])
    what = " and ".join(claims)
    if not new_users_lack and not lacking:
        known = "all known users" if users is not None else _unseen(released)
        severity = "warning" if name == "silent_linking" else "error"
        return _passed(name, f"{what}: released for new users; {known}.", severity)
    hit = []
    if new_users_lack:
        hit.append("new users (default)")
    if lacking:
        hit.append(_names(lacking))
    hits_all = new_users_lack or len(lacking) == len(users or [])
    return _failed(
        name,
        f"Encvoy ID does not release {what} for {' and for '.join(hit)}: {consequence}."
        + ("" if users is not None else f" Not seen: {_unseen(released)}."),
        f"Release {what} with the module encvoy.sentry.encvoy_public_claims, or in Encvoy ID in"
        " the profile's privacy settings; it is each person's own data.",
        "error" if hits_all and name != "silent_linking" else "warning",
    )


def _unseen(released: Mapping[str, Any]) -> str:
    return f"existing users could not be looked at ({released.get('users_reason') or 'no rights'})"


def _names(users: list[Mapping[str, Any]]) -> str:
    names = [str(user.get("login") or user["id"]) for user in users]
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return (
        ("the user " if len(names) == 1 else "the users ") + ", ".join(names[:_MOST_NAMES]) + more
    )
