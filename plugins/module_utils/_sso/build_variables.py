# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: what is wrong with the variables about the build of the image.

They go into sentry/enhance-image.sh, which anybody can read who has the image: no address may hold
a password.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .._address import Address, AddressError, parse, shown
from .findings import Finding

# Of a wheel: distribution, version, and the tags, which pip reads from the name.
_WHEEL = re.compile(r"sentry_auth_oidc-(\d[A-Za-z0-9.]*)-[^-]+-[^-]+-[^-]+\.whl")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MARKER = re.compile(r"# (?:BEGIN|END) ANSIBLE MANAGED BLOCK: encvoy\.sentry\s*")
_FILE = "Give the path of a file on the controller, as for sentry_sso_encvoy_ca."
_ELSEWHERE = (
    "Use an index without one, or keep the package beside the playbook and name it in"
    " sentry_sso_plugin_wheel."
)
_DOCKERS_OWN = (
    "Leave sentry_sso_build_proxy out, and give Docker the proxy with its password in"
    " ~/.docker/config.json (proxies) of the user who builds."
)


def wheel_version(path: str | None) -> str | None:
    """Version in the name of a wheel of sentry-auth-oidc; None when it is no such name."""
    found = _WHEEL.fullmatch((path or "").rpartition("/")[2])
    return found.group(1) if found else None


def check_build(values: Mapping[str, Any]) -> list[Finding]:
    """All that is wrong with them, errors all.

    :param values: ``plugin_version``, ``wheel`` (path, or None), ``wheel_sha256`` (of the file,
        None where there is none), ``sha256``, ``index``, ``proxy``, ``lines``
    """
    found = [
        *_about_hashes(values["sha256"]),
        *_about_index(values["index"], values["sha256"]),
        *_about_proxy(values["proxy"]),
        *_about_lines(values["lines"]),
    ]
    return [*found, *_about_wheel(values)] if values["wheel"] else found


def _about_wheel(values: Mapping[str, Any]) -> Iterator[Finding]:
    path, version = values["wheel"], wheel_version(values["wheel"])
    if not values["wheel_sha256"]:
        yield _error(f"sentry_sso_plugin_wheel: there is no file {path!r}.", _FILE)
    elif values["sha256"] and values["wheel_sha256"] not in values["sha256"]:
        yield _error(
            f"sentry_sso_plugin_sha256: it is {', '.join(values['sha256'])}, but the wheel {path}"
            f" has {values['wheel_sha256']}.",
            "See where the file is from. Correct the variable if it is the right one.",
        )
    if version is None:
        yield _error(
            f"sentry_sso_plugin_wheel: {path!r} has no name of a wheel of sentry-auth-oidc.",
            "Give it the name that it was published with, such as"
            " sentry_auth_oidc-9.1.1-py3-none-any.whl: pip reads the version there.",
        )
    elif values["plugin_version"] and values["plugin_version"] != version:
        yield _error(
            f"sentry_sso_plugin_version: it is {values['plugin_version']}, and"
            f" sentry_sso_plugin_wheel is of {version}.",
            "Remove the version: the wheel has one.",
        )


def _about_hashes(hashes: Sequence[str]) -> Iterator[Finding]:
    for each in hashes:
        if not _SHA256.fullmatch(str(each)):
            yield _error(
                f"sentry_sso_plugin_sha256: {str(each)[:80]!r} is no SHA-256.",
                "Give 64 hexadecimal digits in small letters, as 'pip hash <file>' prints them"
                " behind sha256:.",
            )


def _about_index(index: str | None, hashes: Sequence[str]) -> Iterator[Finding]:
    if not index:
        return
    name = "sentry_sso_package_index"
    try:
        address = parse(index)
    except AddressError as error:
        yield _error(f"{name}: {shown(index)} {error}.", "Give the address of a package index.")
        return
    if address.scheme not in ("http", "https"):
        yield _error(f"{name}: {shown(index)} is neither http nor https.", "Give one that is.")
    elif _has_password(address) or address.query or address.fragment:
        # Not even its user or its length is told: some indexes take a token as user.
        yield _error(
            f"{name}: it has a login, password or token, which anybody would read in the image.",
            _ELSEWHERE,
        )
    elif address.scheme == "http" and not hashes:
        yield _error(
            f"{name}: {shown(index)} is not encrypted, so the package could be exchanged on its"
            " way.",
            "Use https, or name the package's hash in sentry_sso_plugin_sha256.",
        )


def _about_proxy(proxy: str | None) -> Iterator[Finding]:
    if not proxy:
        return
    name = "sentry_sso_build_proxy"
    try:
        address = parse(proxy)
    except AddressError as error:
        yield _error(f"{name}: {shown(proxy)} {error}.", "Give one such as http://proxy:3128.")
        return
    if _has_password(address):
        yield _error(f"{name}: it has a login or password.", _DOCKERS_OWN)


def _has_password(address: Address) -> bool:
    return address.username is not None or address.password is not None


def _about_lines(lines: Sequence[Any]) -> Iterator[Finding]:
    for line in lines:
        if any(_MARKER.fullmatch(each) for each in str(line).splitlines()):
            yield _error(
                "sentry_sso_image_lines: a line marks the managed block itself.",
                "Remove that line.",
            )


def _error(detail: str, action: str) -> Finding:
    return Finding("error", detail, action)
