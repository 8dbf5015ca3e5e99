# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: checks of the start of a login, as it was seen from the Sentry host."""

from __future__ import annotations

from ..login_page import Authorization, LoginStart, Redirect
from .result import PROVIDER, SCOPES, WARNING, Check, Expected, failed, passed, unchecked

NAMES = ("login_page_offers_provider", "redirect_parameters", "redirect_uri_accepted")
_SERVER_ERROR = 500
# Somebody else asked this host for a login, or nobody answered at all: it says nothing of Sentry.
_NOTHING_SEEN = (None, 401, 403, 407)


def login_checks(
    expected: Expected, seen: LoginStart, public: LoginStart, seen_from: str
) -> list[Check]:
    """Return the checks of the way from the login page to the identity provider.

    :param seen: the way that came farthest: through Sentry's public address, or past it
    :param public: the way through the public address
    :param seen_from: name of the host that looked
    """
    address = _public_address_answers(public, seen is not public, seen_from)
    if seen is public and public.status in _NOTHING_SEEN:
        return [address, *(unchecked(name, address.name, WARNING) for name in NAMES)]
    return [
        address,
        _login_page_offers_provider(seen),
        _redirect_parameters(expected, seen),
        _redirect_uri_accepted(expected, seen),
    ]


def _public_address_answers(public: LoginStart, is_bypassed: bool, seen_from: str) -> Check:
    """Check Sentry's public address; it is a finding, and not what decides about Sentry's health.

    A proxy in front can let people in and refuse the host itself, and a host cannot always reach
    its own public address.
    """
    name = "public_address_answers"
    if public.status == 200:
        return passed(name, f"{public.page_url} answers HTTP 200, seen from {seen_from}.", WARNING)
    if public.status is None:
        found = f"{public.page_url} gives no answer: {public.problem}"
    else:
        target = f" to {public.location}" if public.location else ""
        found = f"{public.page_url} answers HTTP {public.status}{target}"
    inner = " Sentry's own web server answers." if is_bypassed else ""
    detail = f"{found}, seen from {seen_from}.{inner}"
    if (public.status or 0) >= _SERVER_ERROR:
        return failed(
            name,
            detail,
            "People see the same. Where a proxy has lost Sentry's web container, let it look again:"
            " 'docker compose exec nginx nginx -s reload' in the Sentry folder.",
        )
    return failed(
        name,
        detail,
        "See that people reach Sentry there. If they do, and only the host itself does not (a proxy"
        " that asks for a login, a firewall, NAT), nothing is wrong.",
        WARNING,
    )


def _login_page_offers_provider(seen: LoginStart) -> Check:
    name = "login_page_offers_provider"
    if seen.offered == PROVIDER:
        return passed(name, "The organization's login page offers the provider.")
    if seen.plugin_lost:
        action = (
            "Run the playbook encvoy.sentry.site: it builds sentry-auth-oidc into the image again,"
            " which an upgrade of Sentry can lose."
        )
        return failed(name, f"{seen.problem}.", action, problem="plugin_lost")
    return failed(
        name,
        f"{seen.problem}.",
        "See that Sentry answers at this address, that the plugin is registered and that the"
        " provider is turned on for the organization.",
    )


def _redirect_parameters(expected: Expected, seen: LoginStart) -> Check:
    name = "redirect_parameters"
    if seen.offered != PROVIDER:
        return unchecked(name, "login_page_offers_provider")
    if seen.redirect is None:
        return failed(
            name, f"{seen.problem}.", "See 'docker compose logs web' for an error at this moment."
        )
    wrong = _wrong_parameters(expected, seen.redirect)
    if wrong:
        return failed(
            name,
            "Sentry starts the login with wrong values: " + "; ".join(wrong) + ".",
            "Run the playbook encvoy.sentry.site; or correct system.url-prefix or the OIDC_*"
            " settings and recreate the services.",
        )
    uri = seen.redirect.parameters["redirect_uri"]
    return passed(name, f"Sentry sends to {seen.redirect.url} with redirect URI {uri}.")


def _wrong_parameters(expected: Expected, redirect: Redirect) -> list[str]:
    sent, wrong = redirect.parameters, []
    if sent.get("redirect_uri") != expected.redirect_uri:
        wrong.append(
            f"redirect_uri is {sent.get('redirect_uri')} instead of {expected.redirect_uri}"
            " (Sentry makes it of system.url-prefix in sentry/config.yml)"
        )
    if expected.client_id is not None and sent.get("client_id") != expected.client_id:
        wrong.append(f"client_id is {sent.get('client_id')} instead of {expected.client_id}")
    if sent.get("response_type") != "code":
        wrong.append(f"response_type is {sent.get('response_type')} instead of code")
    missing = [scope for scope in SCOPES if scope not in sent.get("scope", "").split()]
    if missing:
        wrong.append(f"scope lacks {' '.join(missing)} (OIDC_SCOPE)")
    endpoint = expected.authorization_endpoint
    if endpoint is not None and redirect.url != endpoint.partition("?")[0]:
        wrong.append(f"Sentry sends to {redirect.url} instead of {endpoint}")
    return wrong


def _redirect_uri_accepted(expected: Expected, seen: LoginStart) -> Check:
    name, answer = "redirect_uri_accepted", seen.authorization
    if seen.redirect is None:
        return unchecked(name, "redirect_parameters")
    if answer is None:
        return failed(
            name,
            f"{seen.problem}.",
            "See that the identity provider is up; for a certificate that this host does not"
            " trust, set ca_certificates.",
        )
    uri = seen.redirect.parameters.get("redirect_uri", expected.redirect_uri)
    if answer.status < 400 and not answer.error:
        return passed(name, f"The identity provider accepts {uri}.")
    return _refused(name, expected, answer, uri)


def _refused(name: str, expected: Expected, answer: Authorization, uri: str) -> Check:
    reason = answer.error or "no reason given"
    registered = ", ".join(expected.redirect_uris)
    if answer.error in ("invalid_redirect_uri", None) and answer.status == 400:
        return failed(
            name,
            f"The identity provider refuses the redirect URI {uri} ({reason})."
            + (f" Registered: {registered}." if registered else "")
            + " It compares every character, also the slash at the end.",
            f"Run the playbook encvoy.sentry.site; or add {uri} to the client's redirect URIs.",
        )
    return failed(
        name,
        f"The identity provider refuses the login: HTTP {answer.status} ({reason}).",
        "Compare client id and scope with the client, and see that the authorization endpoint"
        " is right and that the identity provider is up.",
    )
