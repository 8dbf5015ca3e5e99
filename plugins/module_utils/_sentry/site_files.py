# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: what stands in the site's own files of a Sentry folder.

Nothing of the site's own lines is handed on but the names of settings.
"""

from __future__ import annotations

import ast
import hashlib
import hmac
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from . import blocks
from .docker import SentryError
from .files import FileState, read_file
from .install_hazards import InstallHazards, find_hazards
from .observations import OIDC_DISTRIBUTIONS

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
_MOUNTS = "/proc/self/mountinfo"
_BOM = b"\xef\xbb\xbf"
# Of UTF-8, UTF-16 and UTF-32.
_BOMS = (_BOM, b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
# In a line that is no comment.
_NAMES_PLUGIN = re.compile(rb"^[^#\n]*sentry[-_.]auth[-_.]oidc", re.M | re.I)
# Name and the rest, without what is behind a comment, options (--hash) and conditions.
_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)([^#;]*?)(?:\s--.*|\s*[#;].*)?$")
_OIDC_SETTING = re.compile(r"[ \t]*(OIDC_\w+)[ \t]*(?::[^=\n]+)?=(?!=)")


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
class SettingsFile:
    """Sentry's settings.

    :param blocks: how many managed blocks there are
    :param site_oidc_settings: names of OIDC_* that are set outside of the managed block
    :param site_oidc_settings_after: those of them that are set behind it, and therefore count
    """

    exists: bool = False
    block: str | None = None
    blocks: int = 0
    eol: str | None = None
    site_oidc_settings: tuple[str, ...] = ()
    site_oidc_settings_after: tuple[str, ...] = ()
    is_mount: bool = False


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
    :param unwritable: files and folders that a run writes and this user may not
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
    unwritable: tuple[str, ...]


def look_at_files(directory: str, client_secret: str | None = None) -> SiteFiles:
    """Return what stands in the files; raise SentryError when one cannot be read.

    :param client_secret: the one that should be there, None: not to be compared
    """

    def path(name: str) -> str:
        return os.path.join(directory, name)

    return SiteFiles(
        enhance_image=_enhance_image(path(ENHANCE_IMAGE)),
        dockerignore=_dockerignore(path(DOCKERIGNORE)),
        settings=_settings(path(SETTINGS)),
        secret_file=_secret_file(path(SECRET_FILE), client_secret),
        ca_file=_ca_files(directory),
        plugin_wheel=_own_file(path(PLUGIN_WHEEL)),
        requirements=_requirements(path(REQUIREMENTS)),
        install_hazards=find_hazards(directory),
        saved_state=os.path.isdir(path(SAVED_STATE)),
        user=os.geteuid(),
        unwritable=tuple(each for each in _WRITTEN if not _may_write(path(each))),
    )


def _may_write(path: str) -> bool:
    """Return whether this user may write it; of what is not there the folder decides."""
    return not os.path.exists(path) or os.access(path, os.W_OK)


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
    text = _without_bom(found.content)
    first = text.split(b"\n", 1)[0].rstrip(b"\r")
    before, _rest = _split_at_block(text)
    return EnhanceImage(
        exists=True,
        block=_digest(path, found),
        # One carriage return is enough for a shell to take it for a part of a word.
        eol="crlf" if b"\r\n" in text else _line_ends(text),
        ends_early=blocks.first_end(before.split(b"\n")),
        shebang=first.decode("utf-8", "replace")[:200] if first.startswith(b"#!") else None,
        has_bom=found.content.startswith(_BOMS),
        is_mount=_is_mount(path),
        site_plugin=_NAMES_PLUGIN.search(blocks.without_block(text)) is not None,
        leads_out=_leads_out(path),
    )


def _dockerignore(path: str) -> Dockerignore:
    found = read_file(path)
    return Dockerignore() if found is None else Dockerignore(True, _digest(path, found))


def _settings(path: str) -> SettingsFile:
    found = read_file(path)
    if found is None:
        return SettingsFile()
    block = _digest(path, found)
    before, rest = _split_at_block(_without_bom(found.content))
    names, behind = _oidc_names(before), _oidc_names(blocks.without_block(rest))
    return SettingsFile(
        exists=True,
        block=block,
        blocks=blocks.block_count(found.content),
        eol=_line_ends(found.content),
        site_oidc_settings=tuple(sorted({*names, *behind})),
        site_oidc_settings_after=tuple(sorted(set(behind))),
        is_mount=_is_mount(path),
    )


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


def _digest(path: str, found: FileState) -> str | None:
    """Return the SHA-256 of the managed block's text, with LF line ends and no final ones."""
    try:
        block = blocks.block_of(found.content)
    except SentryError as error:
        raise SentryError(f"{path}: {error}") from None
    return None if block is None else blocks.digest(block)


def _without_bom(text: bytes) -> bytes:
    return text[len(_BOM) :] if text.startswith(_BOM) else text


def _line_ends(text: bytes) -> str | None:
    crlf = text.count(b"\r\n")
    lf = text.count(b"\n") - crlf
    if crlf and lf:
        return "mixed"
    if crlf:
        return "crlf"
    return "lf" if lf else None


def _split_at_block(text: bytes) -> tuple[bytes, bytes]:
    """Return what stands before the first managed block, and the block with all behind it.

    Without a block all of it stands before, for a new block is put at the end.
    """
    lines = text.split(b"\n")
    marked = (n for n, line in enumerate(lines) if line.rstrip() == blocks.BEGIN_MARKER)
    place = next(marked, len(lines))
    return b"\n".join(lines[:place]), b"\n".join(lines[place:])


def _oidc_names(text: bytes) -> list[str]:
    """Return the names of the OIDC_* settings that a piece of Python sets.

    A piece that this Python cannot read (it may be newer inside the container, or a statement may
    go on behind the block) is looked through line by line.
    """
    source = text.decode("utf-8", "replace")
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return [match.group(1) for match in map(_OIDC_SETTING.match, source.splitlines()) if match]
    return [name for name in _assigned(tree) if name.startswith("OIDC_")]


def _assigned(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.alias):
            yield node.asname or node.name


def _leads_out(path: str) -> bool:
    """Return whether a file is a link out of its folder, or one that names the folder itself."""
    while os.path.islink(path):
        folder, target = os.path.dirname(path), os.readlink(path)
        if os.path.isabs(target) or os.path.normpath(target).startswith(os.pardir):
            return True
        path = os.path.join(folder, target)
    return False


def _is_mount(path: str) -> bool:
    """Return whether the file itself is a mount, which nothing can be renamed over."""
    try:
        with open(_MOUNTS, encoding="utf-8", errors="replace") as file:
            points = [line.split()[4] for line in file]
    except (OSError, IndexError):
        return False
    # Spaces are written as \040 there.
    return os.path.realpath(path).replace(" ", "\\040") in points
