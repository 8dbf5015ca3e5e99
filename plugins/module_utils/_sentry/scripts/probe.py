# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: runs inside Sentry: looks at single sign-on, and changes nothing.

Sent by exec.py, so it must stand alone. It imports models by modules that both Sentry 22 and the
releases since 24.8 have.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import pwd
import socket
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

_MOST_MEMBERS = 2000
_TEXT = 300


def run(payload: dict[str, Any]) -> dict[str, Any]:
    """Return what Sentry has and what it reaches.

    :param payload: organization (slug), token_endpoint (that Sentry is to use, or None),
        secret_salt and secret_digest (of the client secret that Sentry should have, or None),
        timeout (seconds, for one request)
    :returns: what ``Inside.from_answer`` in observations.py reads
    """
    settings, secret = loaded_settings()
    endpoint: dict[str, Any] = {}
    asked = (payload["token_endpoint"], settings, secret, payload["timeout"], endpoint)
    request = threading.Thread(target=probe_token_endpoint, args=asked, daemon=True)
    request.start()
    found = {
        "providers": registered_providers(),
        "roles": known_roles(),
        **organization_state(payload["organization"]),
        "settings": settings,
        "secret_matches": matches(secret, payload["secret_salt"], payload["secret_digest"]),
        "packages": packages(),
        "process": process(),
    }
    request.join()
    return {**found, "token_endpoint": endpoint}


def registered_providers() -> list[str]:
    """Return the keys of the auth providers that Sentry has."""
    from sentry.auth import manager

    return sorted(key for key, _class in manager)


def known_roles() -> list[str]:
    """Return the roles that a member of an organization can have."""
    from sentry import roles

    return [str(key) for key, _label in roles.get_choices()]


def organization_state(slug: str) -> dict[str, Any]:
    """Return the organization's settings, and the slugs that there are."""
    from sentry.models.authprovider import AuthProvider
    from sentry.models.organization import Organization

    organization = Organization.objects.filter(slug=slug).first()
    row = organization and AuthProvider.objects.filter(organization_id=organization.id).first()
    flags = getattr(organization, "flags", None)
    known = Organization.objects.order_by("slug").values_list("slug", flat=True)
    return {
        "organization_found": organization is not None,
        "organizations": list(known[:10]),
        "provider": row.provider if row else None,
        "require_sso": not row.flags.allow_unlinked if row else None,
        "default_role": organization.default_role if organization else None,
        "require_2fa": bool(getattr(flags, "require_2fa", False)),
        "members": members(organization.id, row.id if row else None) if organization else [],
    }


def members(organization_id: int, provider_id: int | None) -> list[dict[str, Any]]:
    """Return the organization's members: e-mail addresses, linked identity, whether active.

    Sentry finds an account for a new identity by its user name and by all of its addresses.
    """
    from django.apps import apps
    from django.contrib.auth import get_user_model
    from sentry.models.authidentity import AuthIdentity
    from sentry.models.organizationmember import OrganizationMember

    # Its module moved to sentry.users in 24.8.
    UserEmail = apps.get_model("sentry", "UserEmail")
    rows = OrganizationMember.objects.filter(organization_id=organization_id).order_by("id")
    pairs = list(rows.values_list("user_id", "email")[:_MOST_MEMBERS])
    ids = [user_id for user_id, _email in pairs if user_id is not None]
    users = get_user_model().objects.filter(id__in=ids)
    accounts = {each["id"]: each for each in users.values("id", "username", "email", "is_active")}
    addresses: dict[int, list[str]] = {}
    for user_id, email in UserEmail.objects.filter(user_id__in=ids).values_list("user_id", "email"):
        addresses.setdefault(user_id, []).append(email)
    linked = AuthIdentity.objects.filter(auth_provider_id=provider_id, user_id__in=ids)
    identities = dict(linked.values_list("user_id", "ident"))
    return [
        member(email, accounts.get(user_id), addresses.get(user_id, []), identities.get(user_id))
        for user_id, email in pairs
    ]


def member(
    invited: str | None, account: dict[str, Any] | None, addresses: list[str], identity: str | None
) -> dict[str, Any]:
    """Return one member; ``invited`` is the address of an invitation that is not accepted yet."""
    account = account or {}
    email = account.get("email") or invited
    names = [email, invited, account.get("username"), *addresses]
    return {
        "email": email,
        "emails": sorted({name.lower() for name in names if name and "@" in name}),
        "identity": identity,
        "linked": identity is not None,
        "active": bool(account.get("is_active", True)),
    }


def loaded_settings() -> tuple[dict[str, Any], str]:
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
    found: dict[str, Any] = {}
    names = ("CLIENT_ID", "AUTHORIZATION_ENDPOINT", "TOKEN_ENDPOINT", "USERINFO_ENDPOINT")
    for name in (*names, "ISSUER", "SCOPE"):
        value = getattr(django_settings, "OIDC_" + name, None)
        found[name.lower()] = text(getattr(constants, name, value))
    # Only releases after 9.1.1 let the site choose the claim.
    found["name_claim"] = text(getattr(constants, "USERINFO_NAME_CLAIM", None))
    found["domain"] = text(getattr(django_settings, "OIDC_DOMAIN", None))
    found["url_prefix"] = text(options.get("system.url-prefix"))
    disallowed = getattr(django_settings, "SENTRY_DISALLOWED_IPS", None) or ()
    found["disallowed_ips"] = [str(network) for network in disallowed]
    # Exceptions, which only newer releases know.
    allowed = getattr(django_settings, "SENTRY_ALLOWED_IPS", None)
    found["allowed_ips"] = None if allowed is None else [str(network) for network in allowed]
    secret = getattr(django_settings, "OIDC_CLIENT_SECRET", None)
    return found, text(secret) or ""


def text(value: Any) -> str | None:
    """Return a setting as text; a site can have written anything."""
    return None if value is None else str(value)


def matches(secret: str, salt: str | None, digest: str | None) -> bool | None:
    """Return whether the secret is the one of the salted digest, None without one."""
    if salt is None or digest is None:
        return None
    own = hashlib.sha256((salt + secret).encode("utf-8")).hexdigest()
    return hmac.compare_digest(own, digest)


def probe_token_endpoint(
    expected: str | None,
    settings: dict[str, Any],
    secret: str,
    timeout: float,
    found: dict[str, Any],
) -> None:
    """Ask the token endpoint as the plugin does, with a code that cannot exist.

    Id and secret go to the endpoint of Sentry's own settings alone. One that it is yet to use is
    asked without them, to see whether it can be reached.

    :param found: filled with url, is_loaded, addresses, and either status, error and description
        (of OAuth 2.0) or problem and detail
    """
    from sentry.net.http import SafeSession

    endpoint = expected or settings["token_endpoint"]
    is_loaded = endpoint == settings["token_endpoint"]
    found.update(url=endpoint, is_loaded=is_loaded, addresses=[])
    if not endpoint:
        found.update(problem="no_endpoint", detail="no token endpoint is set")
        return
    form = {
        "grant_type": "authorization_code",
        "code": "encvoy-sentry-probe",
        "redirect_uri": (settings["url_prefix"] or "").rstrip("/") + "/auth/sso/",
        "client_id": (settings["client_id"] if is_loaded else None) or "",
        "client_secret": secret if is_loaded else "",
    }
    try:
        found["addresses"] = addresses_of(endpoint)
        with SafeSession() as session:
            response = session.post(endpoint, data=form, timeout=timeout, allow_redirects=False)
        found.update(status=response.status_code, **oauth_error(response.content, secret))
    except Exception as error:
        found.update(problem=problem_of(error), detail=cause_of(error))


def addresses_of(url: str) -> list[str]:
    """Return the addresses of a URL's host, as they are seen inside the container."""
    parts = urlsplit(url)
    found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    return sorted({str(each[4][0]) for each in found})


def oauth_error(content: bytes, secret: str) -> dict[str, Any]:
    """Return error and error_description of a token endpoint's answer, the secret masked."""
    try:
        answer = json.loads(content)
        error = answer["error"]
    except (ValueError, LookupError, TypeError):
        error = None
    if not isinstance(error, str):
        return {"error": None, "description": None}
    description = str(answer.get("error_description") or "")
    if secret:
        description = description.replace(secret, "***")
    return {"error": error[:100], "description": description[:_TEXT] or None}


def problem_of(error: BaseException) -> str:
    """Return a word for why the token endpoint was not reached."""
    import requests
    from django.core.exceptions import SuspiciousOperation

    chain = list(causes(error))
    # Sentry's own refusal of addresses in SENTRY_DISALLOWED_IPS is a SuspiciousOperation.
    if any(isinstance(each, SuspiciousOperation) for each in chain):
        return "disallowed_address"
    if any(isinstance(each, socket.gaierror) for each in chain) or "Name or service" in str(error):
        return "name"
    if any(isinstance(each, requests.exceptions.SSLError) for each in chain):
        return "certificate" if "CERTIFICATE_VERIFY_FAILED" in str(error) else "tls"
    if any(isinstance(each, requests.exceptions.Timeout) for each in chain):
        return "timeout"
    if any(isinstance(each, (ValueError, UnicodeError)) for each in chain):
        return "address"
    return "connection"


def cause_of(error: BaseException) -> str:
    """Return the innermost reason; the outer texts of requests repeat the whole URL."""
    root = list(causes(error))[-1]
    return f"{type(root).__name__}: {root}"[:_TEXT]


def causes(error: BaseException) -> Iterator[BaseException]:
    """Return an exception and all that it came from, the first cause last."""
    seen: list[BaseException] = []
    current: Any = error
    while isinstance(current, BaseException) and not any(current is each for each in seen):
        seen.append(current)
        yield current
        current = getattr(current, "reason", None) or current.__cause__ or current.__context__


def of_image(_payload: dict[str, Any]) -> dict[str, Any]:
    """Return what an image tells without a Sentry that is started."""
    return {"packages": packages(), "process": process()}


def packages() -> dict[str, Any]:
    """Return the version of Sentry, and which distributions bring the Python package ``oidc``.

    What stands in PYTHONUSERBASE is on a volume, and not in the image.

    :returns: sentry (version or None), oidc (list of name, version and in_image)
    """
    from importlib.metadata import distributions

    sentry: str | None = None
    owners: dict[tuple[str, str], dict[str, Any]] = {}
    base = os.environ.get("PYTHONUSERBASE")
    for found in distributions():
        name = (found.metadata["Name"] or "").lower().replace("_", "-")
        if name == "sentry":
            sentry = sentry or found.version
        if brings_oidc(name, found):
            where = str(found.locate_file(""))
            in_image = not (base and where.startswith(base))
            # A folder can be on Python's path twice, by way of a link (lib64).
            owner = {"name": name, "version": found.version, "in_image": in_image}
            owners[name, os.path.realpath(where)] = owner
    return {"sentry": sentry, "oidc": [owners[key] for key in sorted(owners)]}


def brings_oidc(name: str, found: Any) -> bool:
    """Return whether a distribution has a top-level Python package ``oidc``."""
    if "oidc" in (found.read_text("top_level.txt") or "").split():
        return True
    return "oidc" in name and any(str(path).startswith("oidc/") for path in found.files or [])


def process() -> dict[str, Any]:
    """Return which user this process is, how the container numbers users, and the users' names.

    :returns: uid, gid, uid_map and gid_map (lines of numbers), users (name: uid and gid)
    """
    return {
        "uid": os.getuid(),
        "gid": os.getgid(),
        "uid_map": id_map("uid"),
        "gid_map": id_map("gid"),
        "users": {each.pw_name: [each.pw_uid, each.pw_gid] for each in pwd.getpwall()},
    }


def id_map(kind: str) -> list[list[int]]:
    """Return how ids inside the container are ids of the host: first, first of the host, count."""
    try:
        with open(f"/proc/self/{kind}_map", encoding="ascii") as file:
            return [[int(number) for number in line.split()] for line in file]
    except (OSError, ValueError):
        return []
