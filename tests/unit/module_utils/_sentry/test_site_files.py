# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stands in the site's files: an observation, or an error that names the file."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry import (
    blocks,
    file_text,
    site_files,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.docker import SentryError
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.settings_file import (
    SettingsFile,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.site_files import (
    EnhanceImage,
    SiteFiles,
    look_at_files,
    newest_change,
)

BEGIN, END = blocks.BEGIN_MARKER.decode(), blocks.END_MARKER.decode()
BLOCK = f"{BEGIN}\nfirst\nsecond\n{END}\n"
DIGEST = hashlib.sha256(b"first\nsecond").hexdigest()
PLANTED = "planted-password"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sentry").mkdir()
    (tmp_path / "certificates").mkdir()
    return tmp_path


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def look(folder: Path, secret: str | None = None) -> SiteFiles:
    return look_at_files(str(folder), secret)


def script(folder: Path, text: str | bytes) -> EnhanceImage:
    write(folder, site_files.ENHANCE_IMAGE, text)
    return look(folder).enhance_image


def conf(folder: Path, text: str | bytes) -> SettingsFile:
    write(folder, site_files.SETTINGS, text)
    return look(folder).settings


def test_nothing_is_there(folder: Path) -> None:
    found = look(folder)
    assert not any(
        each.exists
        for each in (
            found.enhance_image,
            found.dockerignore,
            found.settings,
            found.secret_file,
            found.ca_file,
            found.plugin_wheel,
            found.requirements,
        )
    )
    assert found.secret_file.matches is None
    assert look(folder, "secret").secret_file.matches is False
    assert not found.saved_state


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pip install sentry-auth-oidc==6.0.0\n", True),
        ("pip install /x/sentry_auth_oidc-6.0.0-py3-none-any.whl\n", True),
        ("# pip install sentry-auth-oidc\n", False),
        (BLOCK.replace("first", "pip install sentry-auth-oidc"), False),
        ("pip install ldap3\n", False),
    ],
)
def test_whether_the_sites_own_lines_install_the_plugin(
    folder: Path, text: str, expected: bool
) -> None:
    assert script(folder, text).site_plugin is expected


@pytest.mark.parametrize("eol", ["\n", "\r\n"])
def test_a_block_is_the_same_whatever_the_line_ends(folder: Path, eol: str) -> None:
    text = f"site\n{BLOCK}more\n".replace("\n", eol)
    write(folder, site_files.DOCKERIGNORE, text)
    found = conf(folder, text)
    assert found.block == script(folder, text).block == look(folder).dockerignore.block == DIGEST
    assert found.blocks == 1
    assert found.eol == ("lf" if eol == "\n" else "crlf")


def test_two_blocks_are_counted(folder: Path) -> None:
    assert conf(folder, BLOCK + BLOCK).blocks == 2


def test_a_marker_without_its_partner_names_the_file(folder: Path) -> None:
    with pytest.raises(SentryError, match=r"sentry\.conf\.py: managed block: Line 2"):
        conf(folder, f"A = 1\n{BEGIN}\nB = 2\n")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("#!/bin/bash\nset -e\nexit 0\n", 3),
        ("#!/bin/bash\nexit 0\n" + BLOCK, 2),
        ("#!/bin/bash\n" + BLOCK + "exit 0\n", None),
        ("#!/bin/bash\nif x; then\n  exit 0\nfi\n", None),
        ("#!/bin/bash\r\nexit 0\r\n", 2),
        ("exec /own/script\n", 1),
        ("exec >log\n", None),
        ("exit_code=0\n", None),
        ("", None),
    ],
)
def test_a_script_that_ends_before_its_end(folder: Path, text: str, line: int | None) -> None:
    assert script(folder, text).ends_early == line


@pytest.mark.parametrize(
    ("text", "shebang", "eol", "has_bom"),
    [
        (b"#!/bin/sh\n", "#!/bin/sh", "lf", False),
        (b"#!/bin/bash\r\nx\r\n", "#!/bin/bash", "crlf", False),
        (b"#!/usr/bin/env python3\nx\r\n", "#!/usr/bin/env python3", "crlf", False),
        ("\ufeff#!/bin/bash\n".encode("utf-16-le"), None, "lf", True),
        (b"\xef\xbb\xbf#!/bin/bash\n", "#!/bin/bash", "lf", True),
        (b"pip install x", None, None, False),
        (b"#!/bin/b\xff\n", "#!/bin/b\ufffd", "lf", False),
    ],
)
def test_how_a_script_begins(
    folder: Path, text: bytes, shebang: str | None, eol: str | None, has_bom: bool
) -> None:
    found = script(folder, text)
    assert (found.shebang, found.eol, found.has_bom) == (shebang, eol, has_bom)


@pytest.mark.parametrize(
    ("text", "names", "behind"),
    [
        ("OIDC_DOMAIN = 'https://id'\n" + BLOCK, ("OIDC_DOMAIN",), ()),
        (BLOCK + "OIDC_DOMAIN = 'https://id'\n", ("OIDC_DOMAIN",), ("OIDC_DOMAIN",)),
        ("OIDC_DOMAIN = 'https://id'\n", ("OIDC_DOMAIN",), ()),
        ("if X:\n    OIDC_SCOPE: str = 'a'\n", ("OIDC_SCOPE",), ()),
        ("OIDC_A, (OIDC_B, c) = 1, (2, 3)\n", ("OIDC_A", "OIDC_B"), ()),
        ("from site import x as OIDC_C\n", ("OIDC_C",), ()),
        ("# OIDC_DOMAIN = 'https://id'\n", (), ()),
        ("X = '''\nOIDC_DOMAIN = 1\n'''\n", (), ()),
        ("X = OIDC_DOMAIN == 1\n", (), ()),
        # Not Python for this interpreter: line by line.
        (
            "broken (\nOIDC_DOMAIN = 1\nOIDC_X == 1\n  OIDC_Y: str = 2\n",
            ("OIDC_DOMAIN", "OIDC_Y"),
            (),
        ),
        (BLOCK.replace("first\nsecond", "OIDC_CLIENT_ID = 'ours'"), (), ()),
        ("\ufeffOIDC_DOMAIN = 1\r\n", ("OIDC_DOMAIN",), ()),
    ],
)
def test_settings_of_the_site_itself(
    folder: Path, text: str, names: tuple[str, ...], behind: tuple[str, ...]
) -> None:
    found = conf(folder, text)
    assert (found.site_oidc_settings, found.site_oidc_settings_after) == (names, behind)


@pytest.mark.parametrize(("secret", "matches"), [("a secret ü", True), ("another", False)])
def test_the_secret_file(folder: Path, secret: str, matches: bool) -> None:
    write(folder, site_files.SECRET_FILE, "a secret ü").chmod(0o400)
    found = look(folder, secret).secret_file
    assert (found.matches, found.mode) == (matches, "0400")
    assert (found.owner, found.group) == (os.getuid(), os.getgid())
    assert look(folder).secret_file.matches is None


def test_the_wheel(folder: Path) -> None:
    write(folder, site_files.PLUGIN_WHEEL, b"\x00\xff")
    assert look(folder).plugin_wheel.sha256 == hashlib.sha256(b"\x00\xff").hexdigest()


@pytest.mark.parametrize(
    ("text", "owning_oidc"),
    [
        ("sentry-auth-oidc==6.0.0\n", {"sentry-auth-oidc": "==6.0.0"}),
        ("sentry_auth.OIDC >= 6 # the login\n", {"sentry-auth-oidc": ">= 6"}),
        ("sentry-auth-oidc==6.0.0 --hash=sha256:1\n", {"sentry-auth-oidc": "==6.0.0"}),
        ('oidc-auth-sentry; python_version > "3"\r\n', {"oidc-auth-sentry": ""}),
        ("# sentry-auth-oidc\nsentry-auth-oidc-other\n-r more.txt\npython-ldap\n", {}),
        ("\xff\n\n", {}),
    ],
)
def test_the_requirements(folder: Path, text: str, owning_oidc: dict[str, str]) -> None:
    write(folder, site_files.REQUIREMENTS, text)
    found = look(folder).requirements
    assert (found.exists, found.owning_oidc) == (True, owning_oidc)


def test_the_ca_file(folder: Path) -> None:
    write(folder, site_files.CA_FILE, "PEM")
    assert look(folder).ca_file.sha256 == hashlib.sha256(b"PEM").hexdigest()
    assert look(folder).ca_file.paths == (site_files.CA_FILE,)


def test_the_ca_files_of_a_bundle(folder: Path) -> None:
    """In the order in which they are written, which is not that of their names."""
    names = ["encvoy-id.crt", *(f"encvoy-id-{number}.crt" for number in range(2, 11))]
    for number, name in enumerate(names):
        write(folder, f"certificates/{name}", str(number))
    write(folder, "certificates/encvoy-id-own.crt", "the site's")
    found = look(folder).ca_file
    assert found.paths == tuple(f"certificates/{name}" for name in names)
    assert found.sha256 == hashlib.sha256(b"0123456789").hexdigest()


def test_an_interrupted_run(folder: Path) -> None:
    (folder / site_files.SAVED_STATE).mkdir()
    assert look(folder).saved_state


def test_a_folder_in_place_of_a_file(folder: Path) -> None:
    (folder / site_files.SETTINGS).mkdir()
    with pytest.raises(SentryError, match=r"sentry\.conf\.py: It cannot be read"):
        look(folder)


def test_a_file_that_is_a_mount(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(folder, site_files.SETTINGS, "")
    assert not look(folder).settings.is_mount
    mounts = folder / "mountinfo"
    point = os.path.realpath(path).replace(" ", "\\040")
    mounts.write_text(f"36 35 98:0 / {point} rw - ext3 /dev/x rw\n")
    monkeypatch.setattr(file_text, "_MOUNTS", str(mounts))
    assert look(folder).settings.is_mount


def test_the_newest_change_of_what_processes_read(folder: Path) -> None:
    assert newest_change(str(folder), 5000) == 0
    for moment, name in ((1000, site_files.SETTINGS), (2000, site_files.CA_FILE)):
        os.utime(write(folder, name, ""), (moment, moment))
    os.utime(write(folder, "sentry/other", ""), (3000, 3000))
    assert newest_change(str(folder), 5000) == 2000


def test_a_file_from_the_future_counts_by_when_it_was_put_there(folder: Path) -> None:
    path = write(folder, site_files.SETTINGS, "")
    changed = path.stat().st_mtime
    os.utime(path, (changed + 10**6, changed + 10**6))
    assert abs(newest_change(str(folder), changed + 60) - changed) < 30


_LINE = st.sampled_from(
    [
        *(b"#!/bin/bash", b"#!/bin/sh", b"exit 0", b"exec x", b"pip install x", b"", b"\xff\xfe"),
        *(blocks.BEGIN_MARKER, blocks.END_MARKER, b"OIDC_DOMAIN = 'x'", b"x = (", b"'''", b"\x00"),
        PLANTED.encode(),
    ]
)
_EOL = st.sampled_from([b"\n", b"\r\n", b"\r", b""])
_FILE = st.one_of(
    st.binary(max_size=50),
    st.lists(st.tuples(_LINE, _EOL).map(b"".join), max_size=8).map(b"".join),
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None
)
@given(_FILE)
def test_any_file_is_an_observation_or_an_error_that_names_it(folder: Path, text: bytes) -> None:
    names = (site_files.ENHANCE_IMAGE, site_files.SETTINGS, site_files.DOCKERIGNORE)
    for name in names:
        write(folder, name, text)
    try:
        found = look(folder)
    except SentryError as error:
        told = str(error)
        named = [name for name in names if name in told]
    else:
        told = str(found).replace(repr(found.enhance_image.shebang), "")
        named = list(names)
        assert (found.settings.block is None) == (found.settings.blocks == 0)
    assert named
    assert PLANTED not in told


def test_what_this_user_cannot_write(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, site_files.SETTINGS, "")
    assert look(folder).unwritable == {}
    assert look(folder).user == os.geteuid()
    monkeypatch.setattr(os, "access", lambda path, _how: not str(path).endswith("/sentry"))
    assert set(look(folder).unwritable) == {"sentry", site_files.SETTINGS}


def test_a_role_that_templates_the_settings_leaves_its_mark(folder: Path) -> None:
    assert look(folder).other_role is None
    write(folder, ".ansible-installed-version", "26.5.2\n")
    assert look(folder).other_role == "boutetnico.sentry"
