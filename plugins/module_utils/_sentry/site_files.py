# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: what stands in the site's own files of a Sentry folder.

Nothing of the site's own lines is handed on but the names of settings.
"""

from __future__ import annotations

import hmac
import os
from dataclasses import dataclass

from . import blocks
from .file_text import block_digest, is_mount, line_ends, split_at_block, without_bom
from .files import read_file
from .settings_file import SettingsFile, look_at_settings
from .write_access import obstacles

ENHANCE_IMAGE = "sentry/enhance-image.sh"
DOCKERIGNORE = "sentry/.dockerignore"
SETTINGS = "sentry/sentry.conf.py"
SECRET_FILE = "sentry/encvoy-oidc-client-secret"  # noqa: S105  a path
CA_FILE = "certificates/encvoy-id.crt"
CONFIG_YML = "sentry/config.yml"
SAVED_STATE = ".encvoy-sentry"

# Sentry's processes read these when they start.
READ_AT_START = (SETTINGS, SECRET_FILE, CA_FILE)

# A file is replaced by a new one in its folder; the folder itself gets the saved state.
_WRITTEN = (".", "sentry", "certificates", ENHANCE_IMAGE, DOCKERIGNORE, SETTINGS, CONFIG_YML)
# Of UTF-8, UTF-16 and UTF-32.
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
# What boutetnico.sentry leaves behind, which templates the whole of the settings.
_OTHER_ROLES = {".ansible-installed-version": "boutetnico.sentry"}


@dataclass(frozen=True)
class EnhanceImage:
    """The script that the build of the site's image runs.

    :param block: SHA-256 of the managed block, None without one
    :param eol: ``crlf`` when any line ends so, else ``lf``; None when there is no line end
    :param ends_early: number of the line at which the script ends before the block, or before the
        end of the file when there is no block; None when it does not
    :param shebang: the first line when it begins with ``#!``
    :param has_bom: whether a byte order mark stands before it, which the kernel does not skip
    """

    exists: bool = False
    block: str | None = None
    eol: str | None = None
    ends_early: int | None = None
    shebang: str | None = None
    has_bom: bool = False
    is_mount: bool = False


@dataclass(frozen=True)
class Dockerignore:
    """The list of what does not enter the image."""

    exists: bool = False
    block: str | None = None


@dataclass(frozen=True)
class SecretFile:
    """The file with the client secret.

    :param matches: whether it holds the expected one, None when there is nothing to compare
    :param mode: for example ``0400``
    :param owner: number of the user
    """

    exists: bool = False
    matches: bool | None = None
    mode: str | None = None
    owner: int | None = None
    group: int | None = None


@dataclass(frozen=True)
class CAFile:
    """The certificate of the identity provider's private authority."""

    exists: bool = False
    sha256: str | None = None


@dataclass(frozen=True)
class SiteFiles:
    """The files that single sign-on has a part in.

    :param saved_state: whether a run that was interrupted left the state of before behind
    :param user: number of the user who looks, and who would write
    :param unwritable: files and folders that a run writes and this user cannot -> why
    :param other_role: of Ansible, that is known to template the whole of the settings
    """

    enhance_image: EnhanceImage
    dockerignore: Dockerignore
    settings: SettingsFile
    secret_file: SecretFile
    ca_file: CAFile
    saved_state: bool
    user: int
    unwritable: dict[str, str]
    other_role: str | None = None


def look_at_files(directory: str, client_secret: str | None = None) -> SiteFiles:
    """Return what stands in the files; raise SentryError when one cannot be read.

    :param client_secret: the one that should be there, None: not to be compared
    """

    def path(name: str) -> str:
        return os.path.join(directory, name)

    return SiteFiles(
        enhance_image=_enhance_image(path(ENHANCE_IMAGE)),
        dockerignore=_dockerignore(path(DOCKERIGNORE)),
        settings=look_at_settings(path(SETTINGS)),
        secret_file=_secret_file(path(SECRET_FILE), client_secret),
        ca_file=_ca_file(path(CA_FILE)),
        saved_state=os.path.isdir(path(SAVED_STATE)),
        user=os.geteuid(),
        unwritable=obstacles(directory, _WRITTEN),
        other_role=_other_role(directory),
    )


def _other_role(directory: str) -> str | None:
    found = (
        role for name, role in _OTHER_ROLES.items() if os.path.exists(os.path.join(directory, name))
    )
    return next(found, None)


def newest_change(directory: str, now: float) -> float:
    """Return the newest modification of what processes read at start (Unix time), 0 for none.

    :param now: Unix time; what claims to be newer counts by the time at which it was put there
    """
    found = []
    for name in READ_AT_START:
        try:
            status = os.stat(os.path.join(directory, name))
        except OSError:
            continue
        found.append(status.st_mtime if status.st_mtime <= now else min(status.st_ctime, now))
    return max(found, default=0.0)


def _enhance_image(path: str) -> EnhanceImage:
    found = read_file(path)
    if found is None:
        return EnhanceImage()
    text = without_bom(found.content)
    first = text.split(b"\n", 1)[0].rstrip(b"\r")
    before, _rest = split_at_block(text)
    return EnhanceImage(
        exists=True,
        block=block_digest(path, found),
        # One carriage return is enough for a shell to take it for a part of a word.
        eol="crlf" if b"\r\n" in text else line_ends(text),
        ends_early=blocks.first_end(before.split(b"\n")),
        shebang=first.decode("utf-8", "replace")[:200] if first.startswith(b"#!") else None,
        has_bom=found.content.startswith(_BOMS),
        is_mount=is_mount(path),
    )


def _dockerignore(path: str) -> Dockerignore:
    found = read_file(path)
    return Dockerignore() if found is None else Dockerignore(True, block_digest(path, found))


def _secret_file(path: str, expected: str | None) -> SecretFile:
    found = read_file(path)
    if found is None:
        return SecretFile(matches=None if expected is None else False)
    matches = None
    if expected is not None:
        matches = hmac.compare_digest(found.content, expected.encode("utf-8"))
    return SecretFile(True, matches, f"{found.mode:04o}", found.uid, found.gid)


def _ca_file(path: str) -> CAFile:
    found = read_file(path)
    return CAFile() if found is None else CAFile(True, found.sha256)
