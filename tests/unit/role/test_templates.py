"""What the role writes into the site's files means what it is to mean, whatever the values hold."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

TEMPLATES = Path(__file__).resolve().parents[3] / "roles" / "sentry_sso" / "templates"
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
    environment.filters.update(to_json=json.dumps, basename=os.path.basename)
    return environment.get_template(name).render(**variables)


def settings(secret: str = "s", **variables: object) -> dict[str, object]:
    """The names that the settings block leaves behind when Python runs it."""
    block = render(
        "sentry.conf.py.j2",
        **{
            "sentry_sso_client": {"client_id": "abc"},
            "sentry_sso_provider_name": "Encvoy ID",
            "sentry_sso_scope": "openid email profile",
            "sentry_sso_discovery": ENDPOINTS,
            "__sentry_sso_secret_file": "/opt/sentry/sentry/secret",
            **variables,
        },
    )
    opened = []

    class SecretFile:
        def __enter__(self):
            return self

        def __exit__(self, *exception):
            return None

        def read(self):
            return secret

    def fake_open(path, encoding):
        opened.append((path, encoding))
        return SecretFile()

    names: dict[str, object] = {"open": fake_open}
    exec(compile(block, "sentry.conf.py", "exec"), names)
    assert opened == [("/etc/sentry/secret", "utf-8")]
    return names


@given(TEXT)
def test_settings_hold_any_provider_name(name):
    assert settings(sentry_sso_provider_name=name)["OIDC_ISSUER"] == name


def test_settings_are_what_the_provider_reads():
    names = settings(secret="top secret")

    assert {key: value for key, value in names.items() if key.startswith("OIDC_")} == {
        "OIDC_CLIENT_ID": "abc",
        "OIDC_CLIENT_SECRET": "top secret",
        "OIDC_ISSUER": "Encvoy ID",
        "OIDC_SCOPE": "openid email profile",
        "OIDC_AUTHORIZATION_ENDPOINT": ENDPOINTS["authorization_endpoint"],
        "OIDC_TOKEN_ENDPOINT": ENDPOINTS["token_endpoint"],
        "OIDC_USERINFO_ENDPOINT": ENDPOINTS["userinfo_endpoint"],
    }


def program(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("interpreter_has_pip", [True, False])
def test_image_hook_installs_for_the_interpreter_of_sentry(tmp_path, interpreter_has_pip):
    answer = "exit 0" if interpreter_has_pip else "exit 1"
    python = program(
        tmp_path,
        "python-of-sentry",
        f'#!/bin/sh\n[ "$3" = --version ] && {answer}\necho "own pip: $*"\n',
    )
    program(tmp_path, "sentry", f"#!{python}\n")
    program(tmp_path, "pip", '#!/bin/sh\necho "other pip: $*"\n')
    hook = program(
        tmp_path,
        "enhance-image.sh",
        "#!/bin/bash\nset -euo pipefail\n"
        + render("enhance-image.sh.j2", __sentry_sso_plugin_version="6.0.0"),
    )

    printed = subprocess.run(
        [hook],
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()

    expected = "own pip: -m pip install" if interpreter_has_pip else f"other pip: --python {python}"
    assert printed.startswith(expected)
    assert printed.endswith("--no-deps sentry-auth-oidc==6.0.0")
