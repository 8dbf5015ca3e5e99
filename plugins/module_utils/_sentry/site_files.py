# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: what stands in the site's own files of a Sentry folder.

Nothing of the site's own lines is handed on but the names of settings.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from . import blocks
from .file_text import block_digest, is_mount, line_ends, split_at_block, without_bom
from .files import read_file
from .install_hazards import InstallHazards, find_hazards
from .observations import OIDC_DISTRIBUTIONS
from .settings_file import SettingsFile, look_at_settings
from .write_access import obstacles

ENHANCE_IMAGE = "sentry/enhance-image.sh"
DOCKERIGNORE = "sentry/.dockerignore"
SETTINGS = "sentry/sentry.conf.py"
SECRET_FILE = "sentry/encvoy-oidc-client-secret"  # noqa: S105  a path
CA_FILE = "certificates/encvoy-id.crt"
_MORE_OF_CA = re.compile(r"encvoy-id-(\d+)\.crt")
PLUGIN_WHEEL = "sentry/encvoy-sentry-plugin.whl"
REQUIREMENTS = "sentry/requirements.txt"
CONFIG_YML = "sentry/config.yml"
SAVED_STATE = ".encvoy-sentry"

# Sentry's processes read these when they start.
READ_AT_START = (SETTINGS, SECRET_FILE)

# A file is replaced by a new one in its folder; the folder itself gets the saved state.
_WRITTEN = (
    *(".", "sentry", "certificates"),
    *(ENHANCE_IMAGE, DOCKERIGNORE, PLUGIN_WHEEL, SETTINGS, CONFIG_YML),
)
# Of UTF-8, UTF-16 and UTF-32.
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
# In a line that is no comment.
_NAMES_PLUGIN = re.compile(rb"^[^#\n]*sentry[-_.]auth[-_.]oidc", re.M | re.I)
# Name and the rest, without what is behind a comment, options (--hash) and conditions.
_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)([^#;]*?)(?:\s--.*|\s*[#;].*)?$")
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
    :param site_plugin: whether lines outside of the managed block install the plugin
    :param leads_out: whether it is a link that the build, which gets sentry/ alone, cannot follow
    """

    exists: bool = False
    block: str | None = None
    eol: str | None = None
    ends_early: int | None = None
    shebang: str | None = None
    has_bom: bool = False
    is_mount: bool = False
    site_plugin: bool = False
    leads_out: bool = False


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
class OwnFile:
    """A file that is the collection's: the plugin's wheel."""

    exists: bool = False
    sha256: str | None = None


@dataclass(frozen=True)
class CAFiles:
    """The certificates of the identity provider's private authority, a file each.

    :param paths: of all of them
    :param sha256: of their contents, one behind the other
    """

    exists: bool = False
    sha256: str | None = None
    paths: tuple[str, ...] = ()


@dataclass(frozen=True)
class Requirements:
    """What upstream's Dockerfile installs after enhance-image.sh.

    :param owning_oidc: distributions in it that bring the Python package ``oidc``, with the rest of
        their lines, such as ``==6.0.0``
    """

    exists: bool = False
    owning_oidc: Mapping[str, str] = field(default_factory=dict)


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
    ca_file: CAFiles
    plugin_wheel: OwnFile
    requirements: Requirements
    install_hazards: InstallHazards
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
        ca_file=_ca_files(directory),
        plugin_wheel=_own_file(path(PLUGIN_WHEEL)),
        requirements=_requirements(path(REQUIREMENTS)),
        install_hazards=find_hazards(directory),
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
    for name in (*READ_AT_START, *_ca_paths(directory)):
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
        site_plugin=_NAMES_PLUGIN.search(blocks.without_block(text)) is not None,
        leads_out=_leads_out(path),
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


def _own_file(path: str) -> OwnFile:
    found = read_file(path)
    return OwnFile() if found is None else OwnFile(True, found.sha256)


def _ca_files(directory: str) -> CAFiles:
    paths = _ca_paths(directory)
    states = [read_file(os.path.join(directory, path)) for path in paths]
    content = b"".join(state.content for state in states if state)
    return CAFiles(True, hashlib.sha256(content).hexdigest(), paths) if paths else CAFiles()


def _ca_paths(directory: str) -> tuple[str, ...]:
    """Return the paths of the CA's files, in the order in which they are written."""
    folder = os.path.dirname(CA_FILE)
    try:
        names = os.listdir(os.path.join(directory, folder))
    except OSError:  # not there, or not for this user, which _may_write tells
        return ()
    numbers = [int(match.group(1)) for match in map(_MORE_OF_CA.fullmatch, names) if match]
    more = tuple(f"{folder}/encvoy-id-{number}.crt" for number in sorted(numbers))
    return (CA_FILE, *more) if os.path.basename(CA_FILE) in names else more


def _requirements(path: str) -> Requirements:
    found = read_file(path)
    if found is None:
        return Requirements()
    lines = found.content.decode("utf-8", "replace").splitlines()
    pairs = [match.groups() for match in map(_REQUIREMENT.match, lines) if match]
    named = {name.lower().replace("_", "-").replace(".", "-"): rest for name, rest in pairs}
    return Requirements(
        True, {name: rest.strip() for name, rest in named.items() if name in OIDC_DISTRIBUTIONS}
    )


def _leads_out(path: str) -> bool:
    """Return whether a file is a link out of its folder, or one that names the folder itself."""
    while os.path.islink(path):
        folder, target = os.path.dirname(path), os.readlink(path)
        if os.path.isabs(target) or os.path.normpath(target).startswith(os.pardir):
            return True
        path = os.path.join(folder, target)
    return False
