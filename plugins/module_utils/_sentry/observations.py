# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: what Sentry looks like from inside, as types.

scripts/probe.py runs in the container and answers in JSON; here, and nowhere else, its keys are
read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

PLUGIN = "sentry-auth-oidc"
# All of them bring the Python package ``oidc``, and pip lets one overwrite the other's files.
OIDC_DISTRIBUTIONS = (
    *(PLUGIN, "oidc-auth-sentry", "doda-sentry-auth-oidc"),
    *("sentry-auth-oidc-shib", "sentry-auth-oidc-cxg"),
)


@dataclass(frozen=True)
class Settings:
    """What the plugin works with, None where it is not set.

    :param domain: OIDC_DOMAIN, which the plugin prefers to explicit endpoints
    :param name_claim: claim of which the plugin takes a person's name, None where it knows no such
        setting and takes ``name``
    :param disallowed_ips: networks to which Sentry refuses to send requests
    :param allowed_ips: exceptions from them, None where Sentry knows no such setting
    """

    client_id: str | None = None
    authorization_endpoint: str | None = None
    token_endpoint: str | None = None
    userinfo_endpoint: str | None = None
    issuer: str | None = None
    scope: str | None = None
    domain: str | None = None
    name_claim: str | None = None
    url_prefix: str | None = None
    disallowed_ips: tuple[str, ...] = ()
    allowed_ips: tuple[str, ...] | None = None


@dataclass(frozen=True)
class TokenEndpoint:
    """What the token endpoint answered to Sentry, or why it did not.

    :param is_loaded: whether it is the one of Sentry's own settings, asked with their id and secret
    :param addresses: of its host, as the container sees them
    :param error: of OAuth 2.0, None when it is no token endpoint's answer
    :param problem: ``no_endpoint``, ``disallowed_address``, ``certificate``, ``tls``, ``timeout``,
        ``name``, ``address``, ``connection``; None when it answered
    """

    url: str | None
    is_loaded: bool = True
    addresses: tuple[str, ...] = ()
    status: int | None = None
    error: str | None = None
    description: str | None = None
    problem: str | None = None
    detail: str | None = None


@dataclass(frozen=True)
class Member:
    """A member of the organization, or somebody invited.

    :param emails: all addresses by which Sentry finds the account, in lower case
    :param identity: id of the person at the identity provider, None when not linked
    """

    email: str | None
    emails: tuple[str, ...]
    identity: str | None
    linked: bool
    active: bool


@dataclass(frozen=True)
class Distribution:
    """A Python distribution; ``in_image`` is False for one on a volume."""

    name: str
    version: str | None
    in_image: bool = True


@dataclass(frozen=True)
class Packages:
    """Python packages beside Sentry.

    :param sentry: version of Sentry
    :param owning_oidc: distributions that bring the Python package ``oidc``, the plugin's
    """

    sentry: str | None
    owning_oidc: tuple[Distribution, ...] = ()

    @classmethod
    def from_answer(cls, answer: Mapping[str, Any]) -> Packages:
        """Return what scripts/probe.py says of packages."""
        return cls(answer["sentry"], tuple(Distribution(**each) for each in answer["oidc"]))

    @property
    def of_image(self) -> tuple[Distribution, ...]:
        """The distributions that stand in the image."""
        return tuple(each for each in self.owning_oidc if each.in_image)

    @property
    def plugin_version(self) -> str | None:
        """Version of sentry-auth-oidc in the image."""
        versions = [each.version for each in self.of_image if each.name == PLUGIN]
        return versions[0] if versions else None


@dataclass(frozen=True)
class Process:
    """The user of Sentry's processes, and how its container numbers users.

    :param uid_map: lines of first id, first id on the host, and how many
    :param users: name -> uid and gid, inside
    """

    uid: int
    gid: int
    uid_map: tuple[tuple[int, int, int], ...] = ()
    gid_map: tuple[tuple[int, int, int], ...] = ()
    users: Mapping[str, tuple[int, int]] | None = None

    @classmethod
    def from_answer(cls, answer: Mapping[str, Any]) -> Process:
        """Return what scripts/probe.py says of its process."""
        return cls(
            uid=answer["uid"],
            gid=answer["gid"],
            uid_map=_map(answer["uid_map"]),
            gid_map=_map(answer["gid_map"]),
            users={name: (ids[0], ids[1]) for name, ids in answer["users"].items()},
        )


@dataclass(frozen=True)
class Inside:
    """What was seen from inside Sentry.

    :param providers: keys of the auth providers that Sentry has
    :param organizations: slugs, the first ten
    :param provider: key of the organization's provider, None when none is on
    :param require_sso: whether members must log in through it, None when none is on
    :param secret_matches: whether the secret is the expected one, None when not compared
    :param roles: that a member can have
    """

    providers: tuple[str, ...]
    organization_found: bool
    organizations: tuple[str, ...]
    provider: str | None
    require_sso: bool | None
    default_role: str | None
    require_2fa: bool
    members: tuple[Member, ...]
    settings: Settings
    secret_matches: bool | None
    token_endpoint: TokenEndpoint
    packages: Packages
    process: Process
    roles: tuple[str, ...] = ()

    @classmethod
    def from_answer(cls, answer: Mapping[str, Any]) -> Inside:
        """Return what the whole of scripts/probe.py says."""
        settings = {**answer["settings"]}
        settings["disallowed_ips"] = tuple(settings["disallowed_ips"])
        allowed = settings["allowed_ips"]
        settings["allowed_ips"] = None if allowed is None else tuple(allowed)
        endpoint = {**answer["token_endpoint"]}
        endpoint["addresses"] = tuple(endpoint["addresses"])
        return cls(
            providers=tuple(answer["providers"]),
            organization_found=answer["organization_found"],
            organizations=tuple(answer["organizations"]),
            provider=answer["provider"],
            require_sso=answer["require_sso"],
            default_role=answer["default_role"],
            require_2fa=answer["require_2fa"],
            members=tuple(
                Member(**{**each, "emails": tuple(each["emails"])}) for each in answer["members"]
            ),
            settings=Settings(**settings),
            secret_matches=answer["secret_matches"],
            token_endpoint=TokenEndpoint(**endpoint),
            packages=Packages.from_answer(answer["packages"]),
            process=Process.from_answer(answer["process"]),
            roles=tuple(answer["roles"]),
        )

    def as_result(self) -> dict[str, Any]:
        """Return what a module says of it: all but packages and process."""
        found = asdict(self)
        del found["packages"], found["process"]
        return {**found, "url_prefix": self.settings.url_prefix}


def host_id(own: int, id_map: Sequence[tuple[int, int, int]]) -> int:
    """Return the host's number of a container's user or group.

    They differ where Docker maps users (userns-remap, rootless).
    """
    for first, on_host, count in id_map:
        if first <= own < first + count:
            return on_host + own - first
    return own


def _map(lines: Sequence[Sequence[int]]) -> tuple[tuple[int, int, int], ...]:
    return tuple((line[0], line[1], line[2]) for line in lines)
