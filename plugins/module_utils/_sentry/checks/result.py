# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: one check of a login, and what it is judged against.

A check says in words what was found and, when that is not right, what to do about it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

# sentry-auth-oidc registers under this key, and it asks for the e-mail (scope email) in the
# id_token and for the name (scope profile) in userinfo.
PROVIDER = "oidc"
SCOPES = ("openid", "email", "profile")

ERROR = "error"
WARNING = "warning"


@dataclass(frozen=True)
class Check:
    """What was looked at, and what was found.

    :param severity: ``error`` when people cannot log in, ``warning`` when some cannot or find it
        odd
    :param action: what to do, empty when it is right
    :param problem: a word for the kind of problem, where other code decides by it
    """

    name: str
    ok: bool
    severity: str
    detail: str
    action: str = ""
    problem: str | None = None


@dataclass(frozen=True)
class Expected:
    """How single sign-on is meant to be; None: not to be compared.

    :param client_id: None when the client does not exist yet
    :param redirect_uris: as they are registered, to be named when one is refused
    :param domain: OIDC_DOMAIN where the site has chosen it, None: it is to be unset
    """

    sentry_url: str
    organization: str
    client_id: str | None = None
    redirect_uris: tuple[str, ...] = ()
    issuer: str | None = None
    authorization_endpoint: str | None = None
    token_endpoint: str | None = None
    userinfo_endpoint: str | None = None
    domain: str | None = None

    @property
    def redirect_uri(self) -> str:
        """The URI that Sentry makes of system.url-prefix; it ends in a slash."""
        return self.sentry_url.rstrip("/") + "/auth/sso/"


def passed(name: str, detail: str, severity: str = ERROR) -> Check:
    """Return a check that found what it should."""
    return Check(name, True, severity, detail)


def failed(
    name: str, detail: str, action: str, severity: str = ERROR, problem: str | None = None
) -> Check:
    """Return a check that found something else."""
    return Check(name, False, severity, detail, action, problem)


def unchecked(name: str, after: str, severity: str = ERROR) -> Check:
    """Return a check that could not be made, because an earlier one failed."""
    return failed(name, f"Not checked, because of {after}.", f"See the check {after}.", severity)


def is_ok(checks: Iterable[Check]) -> bool:
    """Return whether no check of severity error failed."""
    return all(check.ok or check.severity != ERROR for check in checks)
