# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of fault does what its name says, and nothing fails unasked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.contract.conftest import Simulator

SETTINGS = "/api/v1/settings"
NEW_CLIENT = {"name": "new", "domain": "https://n.example", "redirect_uris": []}


@pytest.mark.parametrize(
    ("kind", "options", "status", "beginning"),
    [
        ("status", {"status": 503, "headers": {"retry-after": "2"}, "body": "later"}, 503, "later"),
        ("status", {"status": 429}, 429, ""),
        ("html", {}, 200, "<!DOCTYPE html>"),
        ("wrong_shape", {}, 200, '["unexpected"]'),
        ("wrong_shape", {"body": "{}"}, 200, "{}"),
        ("empty", {}, 200, ""),
        ("hang", {"seconds": 0.05}, 504, "<html>"),
        ("delay", {"seconds": 0.05}, 200, '{"two_factor'),
        ("lost_504", {}, 504, "<html>"),
    ],
)
def test_a_fault_changes_the_answer_once(
    simulator: Simulator, kind: Any, options: dict[str, Any], status: int, beginning: str
) -> None:
    with simulator.api("root") as api:
        simulator.server.faults.add("GET", SETTINGS, kind, **options)
        answer = api.get(SETTINGS)
        assert (answer.status_code, answer.text[: len(beginning)]) == (status, beginning)
        assert answer.headers.get("retry-after") == options.get("headers", {}).get("retry-after")
        assert api.get(SETTINGS).json()["registration_policy"] == "allowed"


@pytest.mark.parametrize("kind", ["reset", "reset_body", "lost_reset"])
def test_a_connection_breaks(simulator: Simulator, kind: Any) -> None:
    simulator.server.faults.add("GET", SETTINGS, kind)
    with pytest.raises(httpx.ReadError):
        simulator.http.get(SETTINGS)
    assert simulator.http.get(SETTINGS).status_code == 200


@pytest.mark.parametrize(
    ("kind", "clients"), [("lost_504", 1), ("lost_reset", 1), ("lost_hang", 1), ("reset", 0)]
)
def test_the_work_of_a_lost_answer_is_done(simulator: Simulator, kind: Any, clients: int) -> None:
    with simulator.api("root") as api:
        simulator.server.faults.add("POST", "/api/v1/clients", kind, seconds=0.05)
        try:
            assert api.post("/api/v1/clients", json=NEW_CLIENT).status_code == 504
        except httpx.ReadError:
            assert kind in ("reset", "lost_reset")
        found = api.get("/api/v1/clients", params={"filter": '{"name": "new"}'}).json()
    assert len(found) == clients


def test_only_the_nth_request_and_the_named_method_fail(simulator: Simulator) -> None:
    simulator.server.faults.add("GET", "/api/v1/.*", "status", nth=2, times=2, status=500)
    simulator.http.post(SETTINGS)
    assert [simulator.http.get(SETTINGS).status_code for _ in range(4)] == [200, 500, 500, 200]


def test_an_unknown_kind_is_refused(simulator: Simulator) -> None:
    with pytest.raises(ValueError, match="earthquake"):
        simulator.server.faults.add("GET", SETTINGS, "earthquake")  # type: ignore[arg-type]


def test_requests_are_logged_with_their_outcome(simulator: Simulator) -> None:
    simulator.server.requests.clear()
    simulator.server.faults.add("GET", "/config.js", "reset")
    with pytest.raises(httpx.ReadError):
        simulator.http.get("/config.js")
    simulator.http.get(f"{SETTINGS}?a=b", headers={"user-agent": "me"})
    broken, answered = simulator.server.requests.entries()
    assert (broken.path, broken.status) == ("/config.js", None)
    assert (answered.method, answered.path, answered.query) == ("GET", SETTINGS, "a=b")
    assert (answered.status, answered.headers["user-agent"]) == (200, "me")


def test_faults_are_controlled_over_http_where_that_is_allowed(
    start: Callable[..., Simulator],
) -> None:
    simulator = start(control=True)
    fault = {"method": "GET", "path": SETTINGS, "kind": "status", "status": 502}
    assert simulator.http.post("/__faults__", json=fault).json()[0]["status"] == 502
    assert simulator.http.get(SETTINGS).status_code == 502
    assert simulator.http.get("/__requests__").json()[0]["status"] == 502
    assert simulator.http.post("/__faults__", json={"kind": "?"}).status_code == 400
    assert simulator.http.delete("/__faults__").json() == []


def test_faults_are_not_controlled_over_http_by_default(simulator: Simulator) -> None:
    assert simulator.http.get("/__faults__").status_code == 404
    assert simulator.http.get("/__requests__").status_code == 404
