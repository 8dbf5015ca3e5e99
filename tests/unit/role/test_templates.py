# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role writes into the site's files means what it is to mean, whatever the values hold."""

from __future__ import annotations

import io
import json
import os
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

import jinja2
import pytest
from hypothesis import given
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry import blocks
from tests.conftest import ROOT

TEMPLATES = ROOT / "roles" / "sentry_sso" / "templates"
ENDPOINTS = {
    "authorization_endpoint": "https://id.example.com/oidc/auth",
    "token_endpoint": "https://id.example.com/oidc/token",
    "userinfo_endpoint": "https://id.example.com/oidc/me",
}
# All that YAML can hold: no surrogates, and no control characters but line ends and tabs.
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t"))


def render(name: str, **variables: object) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    # Ansible's own filters come with its controller, which would swallow the warnings of modules
    # that other tests run in this process.
    environment.filters.update(to_json=json.dumps, basename=os.path.basename, quote=shlex.quote)
    return environment.get_template(name).render(**variables)


def settings(
    secret: str = "s", disallowed: tuple[str, ...] | None = None, **variables: object
) -> dict[str, object]:
    """The names that the settings block leaves behind when Python runs it."""
    block = render(
        "sentry.conf.py.j2",
        **{
            "sentry_sso_application": {"client_id": "abc"},
            "sentry_sso_provider_name": "Encvoy ID",
            "sentry_sso_scope": "openid email profile",
            "sentry_sso_endpoints": "pinned",
            "sentry_sso_name_claim": "nickname",
            "sentry_sso_identity_provider": {"discovery": ENDPOINTS},
            "__sentry_sso_client_secret_file": "sentry/secret",
            "__sentry_sso_allowed_addresses": [],
            **variables,
        },
    )
    opened: list[tuple[str, str]] = []

    def fake_open(path: str, encoding: str) -> io.StringIO:
        opened.append((path, encoding))
        return io.StringIO(secret)

    names: dict[str, object] = {"open": fake_open, "SENTRY_DISALLOWED_IPS": disallowed}
    exec(compile(block, "sentry.conf.py", "exec"), names)
    assert opened == [("/etc/sentry/secret", "utf-8")]
    return names


@given(TEXT)
def test_settings_hold_any_provider_name(name: str) -> None:
    assert settings(sentry_sso_provider_name=name)["OIDC_ISSUER"] == name


def test_settings_are_what_the_provider_reads() -> None:
    names = settings(secret="top secret")

    assert {key: value for key, value in names.items() if key.startswith("OIDC_")} == {
        "OIDC_DOMAIN": None,
        "OIDC_CLIENT_ID": "abc",
        "OIDC_CLIENT_SECRET": "top secret",
        "OIDC_ISSUER": "Encvoy ID",
        "OIDC_SCOPE": "openid email profile",
        "OIDC_AUTHORIZATION_ENDPOINT": ENDPOINTS["authorization_endpoint"],
        "OIDC_TOKEN_ENDPOINT": ENDPOINTS["token_endpoint"],
        "OIDC_USERINFO_ENDPOINT": ENDPOINTS["userinfo_endpoint"],
        "OIDC_USERINFO_NAME_CLAIM": "nickname",
    }


def test_endpoints_can_be_left_to_discovery() -> None:
    """Those that are known now stay as what newer plugins fall back to."""
    names = settings(
        sentry_sso_endpoints="discovered", __sentry_sso_oidc_domain="https://id.example.com/oidc"
    )

    assert names["OIDC_DOMAIN"] == "https://id.example.com/oidc"
    assert names["OIDC_TOKEN_ENDPOINT"] == ENDPOINTS["token_endpoint"]


@given(TEXT)
def test_settings_hold_any_scope(scope: str) -> None:
    assert settings(sentry_sso_scope=scope)["OIDC_SCOPE"] == scope


@pytest.mark.parametrize(
    ("disallowed", "allowed", "refused"),
    [
        (("10.0.0.0/30",), ["10.0.0.1"], ("10.0.0.2/31", "10.0.0.0/32")),
        (("10.0.0.5/32", "127.0.0.0/8"), ["10.0.0.5"], ("127.0.0.0/8",)),
        (("10.0.0.5/24",), ["192.168.0.1", "::1"], ("10.0.0.0/24",)),
        (("fd00::/126",), ["fd00::1"], ("fd00::2/127", "fd00::/128")),
        (("10.0.0.0/31",), ["10.0.0.0", "10.0.0.1"], ()),
        (None, ["10.0.0.5"], ()),
        ((), ["10.0.0.5"], ()),
    ],
)
def test_an_exception_is_no_wider_than_an_address(
    disallowed: tuple[str, ...] | None, allowed: list[str], refused: tuple[str, ...]
) -> None:
    names = settings(disallowed=disallowed, __sentry_sso_allowed_addresses=allowed)
    found = names["SENTRY_DISALLOWED_IPS"]

    assert isinstance(found, tuple)
    assert sorted(found) == sorted(refused)


def test_without_an_exception_sentrys_own_setting_stays() -> None:
    assert settings(disallowed=("10.0.0.0/8",))["SENTRY_DISALLOWED_IPS"] == ("10.0.0.0/8",)


def program(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("shell", ["bash -euo pipefail", "sh", "dash", "sh -eu"])
@pytest.mark.parametrize("interpreter_has_pip", [True, False])
def test_the_plugin_is_installed_for_the_interpreter_of_sentry(
    tmp_path: Path, shell: str, interpreter_has_pip: bool
) -> None:
    """Whatever shell the site's script is for, and whether it stops at errors or not."""
    done = build(tmp_path, shell, interpreter_has_pip, pip_exits=0)

    own = "own pip: -m pip install"
    other = f"other pip: --python {tmp_path}/python-of-sentry install"
    installed = own if interpreter_has_pip else other
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(installed)
    assert done.stdout.endswith("--no-deps sentry-auth-oidc==6.0.0\nthe site's own line\n")


@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_a_plugin_that_cannot_be_installed_fails_the_build(tmp_path: Path, shell: str) -> None:
    done = build(tmp_path, shell, interpreter_has_pip=True, pip_exits=3)

    assert done.returncode == 3
    assert "the site's own line" not in done.stdout


ONE_HASH = "--hash=sha256:" + "1" * 64


@pytest.mark.parametrize("shell", ["bash -euo pipefail", "dash"])
@pytest.mark.parametrize(
    ("variables", "options", "read"),
    [
        (
            {"sentry_sso_package_index": "https://pypi.example.com/it's/simple"},
            "--index-url https://pypi.example.com/it's/simple sentry-auth-oidc==6.0.0",
            "",
        ),
        (
            {"__sentry_sso_plugin_hashes": ONE_HASH},
            "--force-reinstall --require-hashes --requirement /dev/stdin",
            f"sentry-auth-oidc==6.0.0 {ONE_HASH}",
        ),
        (
            {
                "__sentry_sso_plugin_hashes": ONE_HASH,
                "sentry_sso_package_index": "http://pypi.example.com:8080/simple",
            },
            "--index-url http://pypi.example.com:8080/simple --trusted-host pypi.example.com:8080"
            " --force-reinstall --require-hashes --requirement /dev/stdin",
            f"sentry-auth-oidc==6.0.0 {ONE_HASH}",
        ),
        (
            {"sentry_sso_image_lines": ["export PIP_OWN=1", "echo own >&2 || exit"]},
            "sentry-auth-oidc==6.0.0",
            "",
        ),
    ],
)
def test_where_the_plugin_is_from(
    tmp_path: Path, shell: str, variables: dict[str, object], options: str, read: str
) -> None:
    done = build(tmp_path, shell, True, pip_exits=0, **variables)

    assert done.returncode == 0, done.stderr
    called, *rest = done.stdout.splitlines()
    assert called.endswith(f"--no-deps {options}")
    assert rest == [*([f"pip reads: {read}"] if read else []), "the site's own line"]
    assert build(tmp_path, shell, True, pip_exits=3, **variables).returncode == 3


@pytest.mark.parametrize("shell", ["bash -euo pipefail", "dash"])
def test_a_wheel_is_taken_under_its_own_name(tmp_path: Path, shell: str) -> None:
    name = "sentry_auth_oidc-6.0.0-py3-none-any.whl"
    variables: dict[str, object] = {
        "__sentry_sso_plugin_wheel_path": f"/on/the/controller/{name}",
        "__sentry_sso_plugin_hashes": ONE_HASH,
        "sentry_sso_package_index": "https://pypi.example.com/simple",
    }
    without = build(tmp_path, shell, True, pip_exits=0, **variables)
    (tmp_path / "encvoy-sentry-plugin.whl").write_bytes(b"wheel")
    done = build(tmp_path, shell, True, pip_exits=0, **variables)

    assert without.returncode != 0
    assert "pip" not in without.stdout
    assert done.returncode == 0, done.stderr
    called, reads, _own = done.stdout.splitlines()
    assert called.endswith(
        "--no-deps --no-index --force-reinstall --require-hashes --requirement /dev/stdin"
    )
    assert reads.endswith(f"/{name} {ONE_HASH}")
    wheel = Path(reads.removeprefix("pip reads: ").partition(" ")[0])
    assert wheel.read_bytes() == b"wheel"
    shutil.rmtree(wheel.parent)
    assert build(tmp_path, shell, True, pip_exits=3, **variables).returncode == 3


def build(
    folder: Path, shell: str, interpreter_has_pip: bool, pip_exits: int, **variables: object
) -> subprocess.CompletedProcess[str]:
    """Run enhance-image.sh as the build does, beside programs that say how they are called."""
    question = "exit 0" if interpreter_has_pip else "exit 1"
    python = program(
        folder,
        "python-of-sentry",
        f'#!/bin/sh\n[ "$3" = --version ] && {question}\necho "own pip: $*"\n'
        'case "$*" in *stdin*) echo "pip reads: $(cat)" ;; esac\n'
        f"exit {pip_exits}\n",
    )
    program(folder, "sentry", f"#!{python}\n")
    program(folder, "pip", '#!/bin/sh\necho "other pip: $*"\n')
    block = render(
        "enhance-image.sh.j2",
        **{
            "__sentry_sso_plugin_version": "6.0.0",
            "__sentry_sso_plugin_wheel_path": "",
            "__sentry_sso_plugin_wheel_file": "sentry/encvoy-sentry-plugin.whl",
            "__sentry_sso_plugin_hashes": "",
            "sentry_sso_package_index": "",
            "sentry_sso_image_lines": [],
            **variables,
        },
    )
    script = program(
        folder,
        "enhance-image.sh",
        f'#!/usr/bin/env -S {shell}\n{block}\necho "the site\'s own line"\n',
    )
    return subprocess.run(
        [script],
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"},
        check=False,
        capture_output=True,
        text=True,
    )


# Lines of scripts that sites have, each of them whole.
SCRIPT_LINES = st.sampled_from(
    [
        *(
            "exit 0",
            "exit",
            "exec true",
            "exec sh -c true",
            "exec >>log",
            "exec 3>&1",
            "exit_code=1",
        ),
        *("set -e", "set -eu", "echo own", "# exit 0", "  true", "", "own=$(exit 3) || true"),
        *("if true; then\n  echo own\nfi", "if false; then\nexit 4\nfi", "stop() {\n  exit 5\n}"),
        *("case own in\n  other) exit 6 ;;\nesac", "cat <<END\nexit 0\nEND", "( exit 0 )"),
        *("for each in a b; do\n  echo $each\ndone", "true &&\n  true", "export OWN='exit 0'"),
    ]
)


@settings_of_hypothesis(max_examples=150, deadline=None)
@given(
    st.sampled_from(["", "#!/bin/sh\n", "#!/bin/bash\n", "#!/usr/bin/env bash\n"]),
    st.lists(SCRIPT_LINES, max_size=6),
    st.sampled_from(["\n", ""]),
)
def test_the_block_is_reached_in_any_script(shebang: str, lines: list[str], end: str) -> None:
    """Where the role puts it, by what sentry_sso_info says of the script."""
    text = (shebang + "\n".join(lines) + end).encode()
    position = "begin" if blocks.first_end(text.split(b"\n")) else "end"
    script = blocks.with_block(text, b"echo the block\n", position)
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["sh"], input=script, cwd=folder, check=False, capture_output=True, timeout=20
        )
        log = Path(folder, "log")
        printed = done.stdout + (log.read_bytes() if log.exists() else b"")

    assert b"the block\n" in printed, script
