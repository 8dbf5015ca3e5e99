# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: findings about the files of the site that a run writes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .finding import Finding

_SHELLS = re.compile(r"#!\s*(?:\S*/)?(?:env\s+(?:-\S+\s+)*)?(?:\S*/)?(?:ba|da|k|z)?sh\b")
# Why a file cannot be written, as the end of a sentence, and what to do.
_BECOME = "Set ansible_become: true for the Sentry hosts, so that the role works there as root."
_OBSTACLES = {
    "permission": ("the user {user}, as whom Ansible works there, may not write", _BECOME),
    "owner": (
        "the user {user}, as whom Ansible works there, could not give a new file to the owner of",
        _BECOME,
    ),
    "immutable": (
        "nobody may write",
        "See with lsattr whether they are immutable, and take that away with chattr -i.",
    ),
    "read_only": (
        "the file system is mounted read-only of",
        "Mount it writable for the run.",
    ),
}


def about_write_access(look: Mapping[str, Any]) -> Iterator[Finding]:
    files, owner = look["files"], look["sentry"]["web_user"]["uid"]
    found = files["unwritable"]
    for reason, (what, action) in _OBSTACLES.items():
        names = [name for name in found if found[name] == reason]
        if names:
            told = f"{what.format(user=files['user'])} {', '.join(names)}."
            yield Finding("error", f"sentry_sso_sentry_dir: {told}", action)
    if not found and files["user"] not in (0, owner):
        yield Finding(
            "error",
            f"sentry_sso_sentry_dir: the user {files['user']}, as whom Ansible works there, may not"
            f" give the file of the client secret to Sentry's own user ({owner}).",
            _BECOME,
        )


def about_enhance_image(look: Mapping[str, Any]) -> Iterator[Finding]:
    script = look["files"]["enhance_image"]
    if not script["exists"]:
        return
    if script["eol"] == "crlf":
        yield Finding(
            "error",
            "sentry/enhance-image.sh has CRLF line ends, so that the build cannot run it.",
            "Convert it to LF line ends, for example with dos2unix.",
        )
    if script["eol"] == "mixed":
        yield Finding(
            "warning",
            "sentry/enhance-image.sh has CRLF line ends in some lines; the shell takes the CR for a"
            " part of the last word.",
            "Convert it to LF line ends, for example with dos2unix, if the build fails.",
        )
    if script["has_bom"]:
        yield Finding(
            "error",
            "sentry/enhance-image.sh begins with a byte order mark, so that the build cannot run"
            " it.",
            "Save it as UTF-8 without byte order mark, for example with dos2unix.",
        )
    if script["leads_out"]:
        yield Finding(
            "error",
            "sentry/enhance-image.sh is a symbolic link that the build cannot follow: it gets the"
            " folder sentry/ alone, and under another name.",
            "Put the file itself there, or link to one in sentry/ by a relative path.",
        )
    shebang = script["shebang"]
    if shebang is not None and not _SHELLS.match(shebang):
        yield Finding(
            "error",
            f"sentry/enhance-image.sh begins with {shebang!r}; a shell script is expected.",
            "Let it begin with #!/bin/bash, and call your own program from it.",
        )


def about_requirements(look: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[Finding]:
    """What upstream's Dockerfile installs after enhance-image.sh, and over what that installed."""
    for name, version in look["files"]["requirements"]["owning_oidc"].items():
        is_same = name == "sentry-auth-oidc" and version in ("", f"=={wanted['plugin_version']}")
        yield Finding(
            "warning" if is_same else "error",
            f"sentry/requirements.txt has {name}{version}, which is installed after the managed"
            f" block's sentry-auth-oidc {wanted['plugin_version']}"
            + (", and over it." if not is_same else ": it changes nothing."),
            f"Remove {name} from sentry/requirements.txt"
            + (", or set sentry_sso_plugin_version." if name == "sentry-auth-oidc" else "."),
        )
