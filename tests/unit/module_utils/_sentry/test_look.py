# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One look: what is asked of Sentry, and what happens when a part of it does not answer.

The module's own tests look at everything together.
"""

from __future__ import annotations

import hashlib
import time
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry import look
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.checkout import Checkout
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.checks.result import Expected
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.containers import Container
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.docker import (
    SentryError,
    SentryHost,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.login_page import LoginStart
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.look import Question
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.project import Project
from tests.support.fake_docker import FakeDocker
from tests.support.sentry_host import (
    CONFIG,
    container,
    installed_docker,
    make_checkout,
    set_containers,
)

SECRET = "planted secret"
PUBLIC = "https://sentry.example.com"
ASKED = Question(
    "/opt/sentry", Expected(PUBLIC, "sentry", token_endpoint="https://id/token"), SECRET
)


def test_the_script_gets_a_digest_instead_of_the_secret() -> None:
    first, second = look.probe_payload(ASKED), look.probe_payload(ASKED)
    assert first["secret_digest"] != second["secret_digest"]
    for each in (first, second):
        salted = (each["secret_salt"] + SECRET).encode()
        assert each["secret_digest"] == hashlib.sha256(salted).hexdigest()
        assert SECRET not in str(each)
    assert first["token_endpoint"] == "https://id/token"


def test_without_a_secret_there_is_nothing_to_compare() -> None:
    payload = look.probe_payload(replace(ASKED, client_secret=None))
    assert (payload["secret_salt"], payload["secret_digest"]) == (None, None)


@pytest.mark.parametrize("ca", ["no certificate", "-----BEGIN CERTIFICATE-----\nx\n"])
def test_certificates_that_are_none(ca: str) -> None:
    with pytest.raises(SentryError, match="^ca_certificates: "):
        look.open_browser(ca, 5)


def past(status: int | None, *found: Container) -> LoginStart | None:
    """What is seen past the proxy, when the public address answers like this."""
    public: Future[LoginStart] = Future()
    public.set_result(LoginStart(PUBLIC + "/auth/login/sentry/", status))
    host = SentryHost("/opt/sentry")
    checkout = Checkout(host, Project.from_config(CONFIG, "/opt/sentry"), found, "2.26.1")
    return look._past_the_proxy(ASKED, public, checkout)


@pytest.fixture
def web(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> Container:
    """The web container, at whose address a login page answers."""
    httpserver.expect_request("/auth/login/sentry/").respond_with_data("a login page")
    monkeypatch.setattr(look, "_WEB_PORT", httpserver.port)
    return Container.from_inspect(container("web", address="127.0.0.1"))


@pytest.mark.parametrize("status", [None, 401, 502])
def test_sentry_is_asked_itself_where_its_address_fails(web: Container, status: int) -> None:
    seen = past(status, web)
    assert seen is not None
    assert seen.status == 200


def test_sentry_is_asked_itself_by_ipv6(monkeypatch: pytest.MonkeyPatch) -> None:
    with HTTPServer(host="::1") as server:
        server.expect_request("/auth/login/sentry/").respond_with_data("a login page")
        monkeypatch.setattr(look, "_WEB_PORT", server.port)
        seen = past(502, Container.from_inspect(container("web", address="::1")))
    assert seen is not None
    assert seen.status == 200


def test_sentry_is_not_asked_itself_where_its_address_answers(
    web: Container, httpserver: HTTPServer
) -> None:
    assert past(200, web) is None
    assert not httpserver.log


def test_sentry_that_cannot_be_asked_itself(
    web: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert past(401) is None
    monkeypatch.setattr(look, "_WEB_PORT", 1)
    assert past(401, web) is None


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeDocker:
    client = installed_docker(tmp_path / "bin")
    monkeypatch.setenv("PATH", client.path)
    return client


def test_a_sentry_that_does_not_answer_is_an_observation(
    docker: FakeDocker, tmp_path: Path
) -> None:
    folder = make_checkout(tmp_path / "sentry")
    expected = Expected("http://127.0.0.1:1", "sentry")
    set_containers(docker, [container("web", status="exited")])
    docker.answer("run", runs_stdin=True)
    seen = look.take_look(Question(str(folder), expected, timeout=1)).seen
    assert seen.inside is None
    assert "No container of the service web runs" in str(seen.inside_problem)
    assert seen.public.status is None
    assert seen.direct is None


def test_a_program_that_hangs_ends_with_its_time(docker: FakeDocker, tmp_path: Path) -> None:
    folder = make_checkout(tmp_path / "sentry")
    docker.answer("exec id-of-web", seconds=30)
    docker.answer("run", runs_stdin=True)
    expected = Expected("http://127.0.0.1:1", "sentry")
    began = time.monotonic()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(look, "_DIRECT_TIMEOUT", 0.5)
        asked = Question(str(folder), expected, timeout=1, exec_timeout=1.5)
        seen = look.take_look(asked).seen
    assert "gave no answer within" in str(seen.inside_problem)
    assert time.monotonic() - began < 25
