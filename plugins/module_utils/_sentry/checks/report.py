# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: all checks of a login, from everything that was seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..login_page import LoginStart
from ..observations import Inside
from .claims import Claims, claims_checks
from .inside import inside_checks, no_inside_checks
from .login import login_checks
from .result import ERROR, WARNING, Check, Expected, failed, passed

# Without these nobody logs in.
_NEEDED = ("web", "nginx", "postgres", "pgbouncer", "redis")


@dataclass(frozen=True)
class Observed:
    """What was seen.

    :param inside: None when Sentry did not answer
    :param inside_problem: why it did not
    :param public: the start of a login through Sentry's public address
    :param direct: the same past whatever stands before Sentry's web server; None when not tried
    :param seen_from: name of the host that looked
    :param web_is_stale: whether the web service was started before its settings last changed
    :param unready: services on the image, what web depends on, and nginx, as far as they do not
        serve: service -> status
    :param dying: services that Docker restarts again and again
    :param claims: what Encvoy ID releases, None: not to be checked
    :param planned_claims: what is about to be released
    :param planned_name_claim: of which Sentry is about to take the name, None: of the same
    """

    inside: Inside | None
    inside_problem: str | None
    public: LoginStart
    seen_from: str
    direct: LoginStart | None = None
    web_is_stale: bool = False
    unready: Mapping[str, str] = field(default_factory=dict)
    dying: Sequence[str] = ()
    claims: Claims | None = None
    planned_claims: Sequence[str] = ()
    planned_name_claim: str | None = None

    @property
    def name_claim(self) -> str | None:
        """Of which Sentry takes the name; None where its plugin does not know the setting."""
        known = self.inside.settings.name_claim if self.inside else None
        return known and (self.planned_name_claim or known)

    @property
    def login(self) -> LoginStart:
        """The way that says more about Sentry itself."""
        return self.direct if self.direct is not None else self.public


def all_checks(expected: Expected, seen: Observed) -> list[Check]:
    """Return every check, in the order in which a login meets what it checks."""
    redirect = seen.login.redirect
    checks = [_client_registered(expected)]
    if seen.inside is None:
        checks += no_inside_checks(seen.inside_problem or "Sentry gave no answer")
    else:
        running_id = redirect.parameters.get("client_id") if redirect else None
        checks += inside_checks(expected, seen.inside, running_id, seen.web_is_stale)
    checks += login_checks(expected, seen.login, seen.public, seen.seen_from)
    checks.append(_services_settled(seen.unready, seen.dying))
    if seen.claims is not None:
        members = seen.inside.members if seen.inside else None
        checks += claims_checks(seen.claims, members, seen.planned_claims, seen.name_claim)
    return checks


def _client_registered(expected: Expected) -> Check:
    name = "client_registered"
    if expected.client_id is not None:
        return passed(name, f"Encvoy ID has the client application {expected.client_id}.")
    return failed(
        name,
        f"Encvoy ID has no client application for {expected.sentry_url}.",
        "Run the playbook encvoy.sentry.site; or set client_id to an existing one.",
    )


def _services_settled(unready: Mapping[str, str], dying: Sequence[str]) -> Check:
    """Check that every service on the image serves, and what stands behind and before web."""
    name = "services_settled"
    found = {service: unready.get(service, "restarted again and again") for service in dying}
    found = {**unready, **found}
    if not found:
        return passed(name, "All services on the Sentry image serve.", WARNING)
    listed = ", ".join(f"{service} is {status}" for service, status in sorted(found.items()))
    return failed(
        name,
        f"Not all services serve: {listed}.",
        "See 'docker compose logs <service>' in the Sentry folder, and the health check's own log"
        " with 'docker inspect'.",
        ERROR if found.keys() & set(_NEEDED) else WARNING,
    )
