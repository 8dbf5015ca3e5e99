# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each fault at each step: the operation is named, nothing is doubled, nothing is a traceback."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.library import LIBRARY
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.session import Session
from tests.support.encvoy_server import SENTRY, EncvoyServer, impatient
from tests.support.module_runner import Outcome, run_module

# Whichever of the supported libraries is installed.
httpx = LIBRARY.api
CLIENTS = "/api/v1/clients"
GATEWAY = "<html><head><title>504 Gateway Time-out</title></head></html>"
CHANGE: dict[str, Any] = {"access_token_ttl": 600}


@dataclass(frozen=True)
class Step:
    """One request that a module sends, and how the module says what it was for."""

    method: str
    path: str
    says: str
    module: str = "encvoy_client"
    options: dict[str, Any] = field(default_factory=dict)
    exists: bool = True


LOGIN: dict[str, Any] = {"module": "encvoy_login"}
STEPS = {
    "system client": Step("GET", "/config.js", "find the system client's id", **LOGIN),
    "login 1": Step("GET", "/oidc/auth", "begin the login", **LOGIN),
    "login 2": Step("POST", "/api/interaction/.*", "log in as 'root'", **LOGIN),
    "login 3": Step("GET", "/oidc/auth/.*", "complete the login", **LOGIN),
    "login 4": Step("POST", "/oidc/token", "fetch the access token", **LOGIN),
    "find": Step("GET", CLIENTS, "look for the client 'Sentry'"),
    "read": Step("GET", CLIENTS + "/.+", "read the client "),
    "create": Step("POST", CLIENTS, "create the client 'Sentry'", exists=False),
    "update": Step("PUT", CLIENTS + "/.+", "change the client 'Sentry'", options=CHANGE),
    "delete": Step("DELETE", CLIENTS + "/.+", "delete the client ", options={"state": "absent"}),
}
FAULTS: dict[str, dict[str, Any]] = {
    "500": {"kind": "status", "status": 500, "body": '{"statusCode": 500, "details": "down"}'},
    "502": {"kind": "status", "status": 502, "body": "<html>Bad Gateway</html>"},
    "503": {"kind": "status", "status": 503},
    "503 later": {"kind": "status", "status": 503, "headers": {"retry-after": "0"}},
    "504": {"kind": "status", "status": 504, "body": GATEWAY},
    "429": {"kind": "status", "status": 429, "headers": {"retry-after": "0"}},
    "429 much later": {"kind": "status", "status": 429, "headers": {"retry-after": "3600"}},
    "wrong shape": {"kind": "wrong_shape"},
    "html": {"kind": "html"},
    "empty": {"kind": "empty"},
    "reset": {"kind": "reset"},
    "reset in the body": {"kind": "reset_body"},
    "hang": {"kind": "hang"},
}
# What only says "later", and what a module gets over by itself when it happens once.
PASSING = ("500", "502", "503", "503 later", "504", "429", "reset", "reset in the body")
# Done although the answer broke, which the look or the reading afterwards finds out.
DONE = {(step, "reset in the body") for step in ("create", "update", "delete")}


def attempt(encvoy: EncvoyServer, step: Step) -> Outcome:
    if step.exists:
        encvoy.client()
    if step.module == "encvoy_login":
        return run_module(step.module, **encvoy.login_options())
    return encvoy.run(step.module, **SENTRY, **step.options)


def hits(encvoy: EncvoyServer, step: Step) -> int:
    """How often the step's request was sent."""
    pattern = f"{step.method} {step.path}"
    return sum(1 for call in encvoy.calls() if re.fullmatch(pattern, call))


def assert_clean(encvoy: EncvoyServer, step: Step, outcome: Outcome) -> None:
    """No traceback, no duplicate, no secret, and an error that names the operation."""
    assert "Traceback" not in outcome.text
    assert "Unexpected" not in outcome.msg
    assert len(encvoy.sentries()) <= 1
    assert encvoy.tokens["root"] not in outcome.text
    assert encvoy.login_options()["password"] not in outcome.text
    if outcome.failed:
        assert outcome.msg.startswith(f"Could not {step.says}"), outcome.msg


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("step", STEPS)
def test_a_fault_that_stays(
    encvoy: EncvoyServer, monkeypatch: pytest.MonkeyPatch, step: str, fault: str
) -> None:
    impatient(monkeypatch, STEPS[step].says)
    encvoy.server.faults.add(STEPS[step].method, STEPS[step].path, times=0, **FAULTS[fault])
    outcome = attempt(encvoy, STEPS[step])
    assert_clean(encvoy, STEPS[step], outcome)
    assert outcome.failed != ((step, fault) in DONE), outcome.text
    if fault == "hang":
        assert hits(encvoy, STEPS[step]) == 1
    if fault == "429 much later":
        assert "asks to wait 3600 seconds" in outcome.msg


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("step", STEPS)
def test_a_fault_that_passes_is_got_over(encvoy: EncvoyServer, step: str, fault: str) -> None:
    encvoy.server.faults.add(STEPS[step].method, STEPS[step].path, **FAULTS[fault])
    outcome = attempt(encvoy, STEPS[step])
    assert_clean(encvoy, STEPS[step], outcome)
    assert not outcome.failed, outcome.msg
    assert len(encvoy.sentries()) == (0 if step == "delete" else 1)


# --- The connection itself ------------------------------------------------------------------------


def broken_tls() -> Exception:
    error: Exception = httpx.ConnectError("handshake")
    error.__cause__ = ssl.SSLError(1, "[SSL: TLSV1_ALERT_INTERNAL_ERROR] internal error")
    return error


CONNECTION_FAULTS: dict[str, tuple[Callable[[], Exception], str]] = {
    "refused": (lambda: httpx.ConnectError("[Errno 111] Connection refused"), "cannot be reached"),
    "connect timeout": (lambda: httpx.ConnectTimeout("timed out"), "cannot be reached"),
    "tls": (broken_tls, "does not speak TLS as expected"),
}


@pytest.mark.parametrize("fault", CONNECTION_FAULTS)
@pytest.mark.parametrize("step", STEPS)
def test_no_connection_from_a_step_on(
    encvoy: EncvoyServer, monkeypatch: pytest.MonkeyPatch, step: str, fault: str
) -> None:
    """The server goes away in the middle: everything before the step still worked."""
    error, says = CONNECTION_FAULTS[fault]
    once = Session._once

    def cut(self: Session, what: str, request: Any) -> Any:
        if what.startswith(STEPS[step].says):
            raise error()
        return once(self, what, request)

    monkeypatch.setattr(Session, "_once", cut)
    outcome = attempt(encvoy, STEPS[step])
    assert_clean(encvoy, STEPS[step], outcome)
    assert says in outcome.msg
    assert not [call for call in encvoy.writes() if STEPS[step].method in call]


def test_a_port_that_nobody_listens_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    outcome = run_module("encvoy_discovery_info", url=f"https://127.0.0.1:{port}")
    assert outcome.msg.startswith("Could not read the discovery document: https://127.0.0.1:")
    assert "cannot be reached" in outcome.msg


@contextmanager
def full_queue() -> Iterator[int]:
    """A port that takes no more connections, and never says so."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        waiting = []
        for _place in range(4):
            caller = socket.socket()
            caller.setblocking(False)
            caller.connect_ex(listener.getsockname())
            waiting.append(caller)
        yield listener.getsockname()[1]
        for caller in waiting:
            caller.close()


def test_a_server_that_does_not_take_the_connection() -> None:
    with full_queue() as port:
        outcome = run_module("encvoy_discovery_info", url=f"http://127.0.0.1:{port}", timeout=0.3)
    assert "cannot be reached" in outcome.msg


def test_https_to_a_server_that_speaks_plain_http(encvoy: EncvoyServer) -> None:
    outcome = run_module("encvoy_discovery_info", url=encvoy.url.replace("http:", "https:"))
    assert "does not speak TLS as expected" in outcome.msg
    assert "Check scheme and port in url." in outcome.msg
