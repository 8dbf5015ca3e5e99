# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The script that runs inside Sentry, with stand-ins for the modules of Sentry that it imports.

tests/system runs it inside the real one.
"""

from __future__ import annotations

import hashlib
import json
import socket
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.observations import Inside
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.scripts import probe

SECRET = "planted secret ü"
TOKEN = "https://127.0.0.1/oidc/token"


class SSLError(OSError):
    """As requests has it."""


class Timeout(OSError):
    """As requests has it."""


class SuspiciousOperation(Exception):
    """As Django has it."""


@dataclass
class Response:
    """An answer of the token endpoint."""

    status_code: int = 400
    content: bytes = b'{"error": "invalid_grant"}'


@dataclass
class FakeSentry:
    """What the script finds; a test changes it."""

    settings: types.SimpleNamespace = field(default_factory=types.SimpleNamespace)
    constants: types.SimpleNamespace | None = None
    options: dict[str, str] = field(default_factory=dict)
    answer: Response | Exception = field(default_factory=Response)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @contextmanager
    def session(self) -> Iterator[FakeSentry]:
        yield self

    def post(
        self, url: str, data: dict[str, str], timeout: float, allow_redirects: bool
    ) -> Response:
        assert timeout == 5
        assert not allow_redirects
        self.asked.append((url, data))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def modules(self) -> dict[str, Any]:
        namespace = types.SimpleNamespace
        exceptions = namespace(SSLError=SSLError, Timeout=Timeout)
        return {
            "django": namespace(),
            "django.conf": namespace(settings=self.settings),
            "django.core": namespace(),
            "django.core.exceptions": namespace(SuspiciousOperation=SuspiciousOperation),
            "requests": namespace(exceptions=exceptions),
            "sentry": namespace(options=namespace(get=self.options.get)),
            "sentry.net.http": namespace(SafeSession=self.session),
            "oidc": namespace(constants=self.constants) if self.constants else None,
        }


@pytest.fixture
def sentry(monkeypatch: pytest.MonkeyPatch) -> FakeSentry:
    fake = FakeSentry()
    fake.settings.OIDC_CLIENT_ID = "client"
    fake.settings.OIDC_CLIENT_SECRET = SECRET
    fake.settings.OIDC_TOKEN_ENDPOINT = TOKEN
    fake.options["system.url-prefix"] = "https://sentry.example.com/"
    install(fake, monkeypatch)
    return fake


def install(fake: FakeSentry, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, module in fake.modules().items():
        monkeypatch.setitem(sys.modules, name, module)


def ask(expected: str | None = None) -> dict[str, Any]:
    """What the token endpoint answered."""
    settings, secret = probe.loaded_settings()
    found: dict[str, Any] = {}
    probe.probe_token_endpoint(expected, settings, secret, 5, found)
    return found


def test_the_secret_is_compared_by_a_salted_digest() -> None:
    digest = hashlib.sha256(("salt" + SECRET).encode()).hexdigest()
    assert probe.matches(SECRET, "salt", digest) is True
    assert probe.matches(SECRET + "x", "salt", digest) is False
    assert probe.matches(SECRET, "pepper", digest) is False
    assert probe.matches("", "salt", digest) is False
    assert probe.matches(SECRET, None, None) is None


def test_settings_are_those_of_the_file_without_the_plugin(sentry: FakeSentry) -> None:
    sentry.settings.SENTRY_DISALLOWED_IPS = ("10.0.0.0/8",)
    sentry.settings.SENTRY_ALLOWED_IPS = ["10.0.0.5/32"]
    settings, secret = probe.loaded_settings()
    assert settings == {
        "client_id": "client",
        "authorization_endpoint": None,
        "token_endpoint": TOKEN,
        "userinfo_endpoint": None,
        "issuer": None,
        "scope": None,
        "name_claim": None,
        "domain": None,
        "url_prefix": "https://sentry.example.com/",
        "disallowed_ips": ["10.0.0.0/8"],
        "allowed_ips": ["10.0.0.5/32"],
    }
    assert secret == SECRET


def test_settings_are_those_of_the_plugin_where_it_is(
    sentry: FakeSentry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With OIDC_DOMAIN the plugin takes other endpoints than the settings file has."""
    sentry.settings.OIDC_DOMAIN = "https://old.example.com"
    sentry.constants = types.SimpleNamespace(
        TOKEN_ENDPOINT="https://old.example.com/token", USERINFO_NAME_CLAIM="nickname"
    )
    install(sentry, monkeypatch)
    settings, _secret = probe.loaded_settings()
    assert settings["token_endpoint"] == "https://old.example.com/token"
    assert settings["client_id"] == "client"
    assert settings["domain"] == "https://old.example.com"
    assert settings["name_claim"] == "nickname"


@pytest.mark.parametrize("value", [7, ["x"], b"bytes", True])
def test_settings_of_any_type_are_texts(sentry: FakeSentry, value: object) -> None:
    sentry.settings.OIDC_CLIENT_ID = sentry.settings.OIDC_CLIENT_SECRET = value
    settings, secret = probe.loaded_settings()
    assert settings["client_id"] == secret == str(value)


def test_the_token_endpoint_is_asked_as_the_plugin_does(sentry: FakeSentry) -> None:
    assert ask() == {
        "url": TOKEN,
        "is_loaded": True,
        "addresses": ["127.0.0.1"],
        "status": 400,
        "error": "invalid_grant",
        "description": None,
    }
    ((url, form),) = sentry.asked
    assert url == TOKEN
    assert form == {
        "grant_type": "authorization_code",
        "code": "encvoy-sentry-probe",
        "redirect_uri": "https://sentry.example.com/auth/sso/",
        "client_id": "client",
        "client_secret": SECRET,
    }


def test_id_and_secret_never_go_to_an_endpoint_that_is_not_loaded(sentry: FakeSentry) -> None:
    other = "https://127.0.0.2/oidc/token"
    found = ask(expected=other)
    assert (found["url"], found["is_loaded"]) == (other, False)
    ((url, form),) = sentry.asked
    assert url == other
    assert (form["client_id"], form["client_secret"]) == ("", "")


def test_no_token_endpoint_at_all(sentry: FakeSentry) -> None:
    sentry.settings.OIDC_TOKEN_ENDPOINT = None
    assert ask()["problem"] == "no_endpoint"
    assert not sentry.asked


@pytest.mark.parametrize(
    ("content", "error", "description"),
    [
        (b'{"error": "invalid_client"}', "invalid_client", None),
        (
            json.dumps({"error": "x", "error_description": f"no, {SECRET} is wrong"}).encode(),
            "x",
            "no, *** is wrong",
        ),
        (b'{"error": "x", "error_description": 7}', "x", "7"),
        (b'{"error": null}', None, None),
        (b"<html>", None, None),
        (b"[]", None, None),
        (b"\xff", None, None),
        (b"", None, None),
    ],
)
def test_answer_of_the_token_endpoint(
    sentry: FakeSentry, content: bytes, error: str | None, description: str | None
) -> None:
    sentry.answer = Response(200, content)
    found = ask()
    assert (found["error"], found["description"]) == (error, description)
    assert SECRET not in str(found)


def wrapped(cause: Exception, outer: Exception) -> Exception:
    """An exception as urllib3 and requests chain them."""
    try:
        try:
            raise cause
        except Exception as inner:
            raise outer from inner
    except Exception as error:
        return error


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (SuspiciousOperation("10.0.0.1 matches the URL blocklist"), "disallowed_address"),
        (wrapped(SuspiciousOperation("blocked"), OSError("outer")), "disallowed_address"),
        (SSLError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate has expired"), "certificate"),
        (SSLError("[SSL: WRONG_VERSION_NUMBER] wrong version number"), "tls"),
        (Timeout("timed out"), "timeout"),
        (wrapped(socket.gaierror(-2, "Name or service not known"), OSError("outer")), "name"),
        (wrapped(ConnectionRefusedError("refused"), OSError("outer")), "connection"),
        (ValueError("Invalid IPv6 URL"), "address"),
        (wrapped(UnicodeError("label too long"), OSError("outer")), "address"),
    ],
)
def test_why_the_token_endpoint_was_not_reached(
    sentry: FakeSentry, error: Exception, problem: str
) -> None:
    sentry.answer = error
    found = ask()
    assert found["problem"] == problem
    assert found["detail"]


def test_the_cause_is_the_innermost_and_short() -> None:
    cause = ConnectionRefusedError("refused " + "x" * 1000)
    detail = probe.cause_of(wrapped(cause, OSError("https://id.example.com/token?secret")))
    assert detail.startswith("ConnectionRefusedError: refused")
    assert len(detail) == 300


def test_a_ring_of_causes_ends() -> None:
    first, second = OSError("first"), OSError("second")
    first.__cause__, second.__cause__ = second, first
    assert list(probe.causes(first)) == [first, second]


@pytest.mark.parametrize("url", ["https://[x/token", "https://", "https://a..b/", "https://x:y/"])
def test_an_endpoint_that_is_no_address(sentry: FakeSentry, url: str) -> None:
    sentry.settings.OIDC_TOKEN_ENDPOINT = url
    found = ask()
    assert found.get("problem") in ("address", "name", "connection", None)


def test_a_member_is_known_by_every_address() -> None:
    account = {"id": 1, "email": "Mia@Example.com", "username": "mia@old.example", "is_active": 1}
    found = probe.member(None, account, ["mia@work.example", "Mia@Example.com"], "7")
    assert found == {
        "email": "Mia@Example.com",
        "emails": ["mia@example.com", "mia@old.example", "mia@work.example"],
        "identity": "7",
        "linked": True,
        "active": True,
    }


def test_an_invited_member_has_no_account() -> None:
    assert probe.member("New@example.com", None, [], None) == {
        "email": "New@example.com",
        "emails": ["new@example.com"],
        "identity": None,
        "linked": False,
        "active": True,
    }


def test_a_disabled_account_is_not_active() -> None:
    account = {"email": "", "username": "bot", "is_active": False}
    found = probe.member(None, account, [], None)
    assert (found["active"], found["emails"]) == (False, [])


@dataclass
class FakeDistribution:
    """What importlib.metadata knows of a package."""

    name: str
    version: str
    top_level: str | None = None
    files: list[str] | None = None
    folder: str = "/usr/lib/python3/site-packages"

    @property
    def metadata(self) -> dict[str, str]:
        return {"Name": self.name}

    def read_text(self, _name: str) -> str | None:
        return self.top_level

    def locate_file(self, _path: str) -> str:
        return self.folder


def test_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        FakeDistribution("sentry", "23.7.1", "sentry\n"),
        FakeDistribution("sentry_auth_oidc", "6.0.0", "oidc\n"),
        FakeDistribution("doda-sentry-auth-oidc", "1.0", None, ["oidc/provider.py"]),
        FakeDistribution("oidc-auth-sentry", "2", "oidc", folder="/data/custom-packages/lib"),
        FakeDistribution("mozilla-django-oidc", "4", None, ["mozilla_django_oidc/auth.py"]),
        FakeDistribution("other", "1", None, None),
    ]
    monkeypatch.setattr("importlib.metadata.distributions", lambda: found)
    monkeypatch.setenv("PYTHONUSERBASE", "/data/custom-packages")
    assert probe.packages() == {
        "sentry": "23.7.1",
        "oidc": [
            {"name": "doda-sentry-auth-oidc", "version": "1.0", "in_image": True},
            {"name": "oidc-auth-sentry", "version": "2", "in_image": False},
            {"name": "sentry-auth-oidc", "version": "6.0.0", "in_image": True},
        ],
    }


def test_a_package_that_is_found_twice_by_way_of_a_link_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a virtual environment, whose lib64 is a link to lib."""
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib64").symlink_to("lib")
    found = [
        FakeDistribution("sentry-auth-oidc", "6.0.0", "oidc", folder=str(tmp_path / name))
        for name in ("lib", "lib64")
    ]
    monkeypatch.setattr("importlib.metadata.distributions", lambda: found)

    assert len(probe.packages()["oidc"]) == 1


def test_the_whole_answer_fits_its_types(
    sentry: FakeSentry, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = {
        "organization_found": True,
        "organizations": ["sentry"],
        "provider": "oidc",
        "require_sso": False,
        "default_role": "member",
        "require_2fa": False,
        "members": [probe.member("new@example.com", None, [], None)],
    }
    monkeypatch.setattr(probe, "organization_state", lambda _slug: state)
    monkeypatch.setattr(probe, "registered_providers", lambda: ["oidc"])
    monkeypatch.setattr(probe, "known_roles", lambda: ["member", "owner"])
    payload = {
        "organization": "sentry",
        "token_endpoint": None,
        "secret_salt": None,
        "secret_digest": None,
        "timeout": 5,
    }
    inside = Inside.from_answer(json.loads(json.dumps(probe.run(payload))))
    assert inside.settings.client_id == "client"
    assert inside.token_endpoint.error == "invalid_grant"
    assert inside.members[0].emails == ("new@example.com",)
    assert inside.process.uid >= 0
    assert SECRET not in str(inside.as_result())
