# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measures the Encvoy ID modules when nothing changes: ``python -m tests.bench``.

Prints lines of the form ``bench <name> <number> <unit>``; exits with 1 when one is over its limit.
"""

from __future__ import annotations

import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

import tests.conftest  # noqa: F401 -- makes the collection importable
from sandbox.encvoy_id import SYSTEM_CLIENT_ID, Settings, seed
from sandbox.encvoy_id.storage import Store
from tests.support.module_runner import run_module

MODULES = "ansible_collections.encvoy.sentry.plugins.modules"
ROOT = Path(__file__).resolve().parents[2]
CLIENT = {
    "name": "Sentry",
    "domain": "https://sentry.example.com",
    "redirect_uris": ["https://sentry.example.com/auth/sso/"],
}
FEW, MANY = 10, 10_000
ROUNDS = 60
PROCESS_ROUNDS = 7
# Time may grow by this factor from few clients to many.
GROWTH_LIMIT = 1.1
# Noise of a busy machine is no growth: a round over the limit is repeated.
ATTEMPTS = 3
# A module may take this many times as long as Ansible's smallest one.
PROCESS_LIMIT = 1.8
MEMORY_LIMIT_MIB = 60
REQUESTS_LIMIT = 2


@dataclass(frozen=True)
class Server:
    """A simulator in a process of its own, with a number of clients in it."""

    url: str
    client_id: str
    access_token: str

    @property
    def options(self) -> dict[str, Any]:
        return {"url": self.url, "access_token": self.access_token, **CLIENT}


def report(name: str, number: float, unit: str) -> None:
    print(f"bench {name} {number:.3f}".rstrip("0").rstrip(".") + f" {unit}", flush=True)


def plant(folder: Path, url: str, clients: int) -> str:
    """Fill a database before its server starts; returns the id of the client that is looked for."""
    store = Store(folder, SYSTEM_CLIENT_ID)
    seed.fill(store, Settings(domain=url, data=folder))
    with store.database.transaction():
        for number in range(clients - 1):
            other = {"name": f"app {number}", "domain": f"https://app{number}.example.com"}
            store.clients.add({**CLIENT, **other, "parent_id": SYSTEM_CLIENT_ID})
        wanted = store.clients.add({**CLIENT, "parent_id": SYSTEM_CLIENT_ID})
    store.database.close()
    return str(wanted["client_id"])


@contextmanager
def serving(folder: Path, clients: int) -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    client_id = plant(folder, url, clients)
    command = [sys.executable, "-m", "sandbox.encvoy_id", "--domain", url, "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--data", str(folder), "--control"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(url)
        login = run_module("encvoy_login", url=url, login="root", password="sandbox-Owner-1")
        yield Server(url, client_id, login["access_token"])
    finally:
        process.terminate()
        process.wait()


def wait_for(url: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            httpx.get(url + "/config.js")
            return
        except httpx.TransportError:
            time.sleep(0.05)
    raise SystemExit(f"the simulator at {url} did not start")


def module(server: Server) -> None:
    """What is measured: the module's main, in this process."""
    outcome = run_module("encvoy_client", **server.options)
    if outcome.failed or outcome["changed"]:
        raise SystemExit(f"not what is to be measured: {outcome.text}")


def bare(server: Server) -> None:
    """The floor: the same two requests, by httpx alone."""
    wanted = {"name": CLIENT["name"], "domain": CLIENT["domain"]}
    headers = {"Authorization": f"Bearer {server.access_token}"}
    with httpx.Client(base_url=server.url, headers=headers, verify=False) as client:
        client.get("/api/v1/clients", params={"filter": json.dumps(wanted)}).json()
        client.get(f"/api/v1/clients/{server.client_id}").json()


def requests_of(server: Server) -> int:
    httpx.delete(server.url + "/__requests__")
    module(server)
    log = httpx.get(server.url + "/__requests__").json()
    return sum(1 for entry in log if entry["path"].startswith("/api/v1/clients"))


def medians(*works: Callable[[], None]) -> list[float]:
    """Milliseconds of each, taken in turn so that all meet the same noise."""
    times: list[list[float]] = [[] for _work in works]
    for _round in range(ROUNDS):
        for work, measured in zip(works, times):
            start = time.perf_counter()
            work()
            measured.append((time.perf_counter() - start) * 1000)
    return [statistics.median(measured) for measured in times]


def in_process(few: Server, many: Server) -> bool:
    for _attempt in range(ATTEMPTS):
        with_few, with_many, floor = medians(
            lambda: module(few), lambda: module(many), lambda: bare(few)
        )
        if with_many / with_few <= GROWTH_LIMIT:
            break
    report(f"encvoy_client_unchanged_{FEW}_clients", with_few, "ms")
    report(f"encvoy_client_unchanged_{MANY}_clients", with_many, "ms")
    report("encvoy_client_growth", with_many / with_few, "ratio")
    report("bare_httpx_same_requests", floor, "ms")
    report("encvoy_client_to_bare_httpx", with_few / floor, "ratio")
    return with_many / with_few <= GROWTH_LIMIT


def process(module: str, options: dict[str, Any]) -> tuple[float, float]:
    """Milliseconds, and MiB at most, of a module run as Ansible runs it: as a process.

    The memory is the child's own account of itself: what its parent sees includes the parent.
    """
    script = (
        "import runpy, sys; from ansible.module_utils import basic;"
        "basic._ANSIBLE_ARGS = sys.stdin.buffer.read(); basic._ANSIBLE_PROFILE = 'legacy';"
        "import atexit;"
        "atexit.register(lambda: sys.stderr.write(open('/proc/self/status').read()));"
        f"runpy.run_module({module!r}, run_name='__main__')"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / ".ansible" / "collections")}
    start = time.perf_counter()
    child = subprocess.run(
        [sys.executable, "-c", script],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": options}),
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    milliseconds = (time.perf_counter() - start) * 1000
    peak = re.search(r"VmHWM:\s+(\d+) kB", child.stderr)
    if peak is None:
        raise SystemExit("the memory of a process cannot be read on this system")
    return milliseconds, int(peak.group(1)) / 1024


def as_processes(server: Server) -> bool:
    """The modules beside Ansible's smallest one, in turn so that all meet the same noise."""
    options = {
        "encvoy_client": server.options,
        # Users are read one by one, which is not what is measured here.
        "encvoy_sso_info": {**server.options, "limit": 0},
    }
    for _attempt in range(ATTEMPTS):
        runs: dict[str, list[tuple[float, float]]] = {name: [] for name in ("ping", *options)}
        for _round in range(PROCESS_ROUNDS):
            runs["ping"].append(process("ansible.modules.ping", {}))
            for name, given in options.items():
                runs[name].append(process(f"{MODULES}.{name}", given))
        times = {name: statistics.median(time for time, _memory in runs[name]) for name in runs}
        ratios = {name: times[name] / times["ping"] for name in options}
        if max(ratios.values()) <= PROCESS_LIMIT:
            break
    for name in runs:
        report(f"{name}_process", times[name], "ms")
        report(f"{name}_process_memory", max(memory for _time, memory in runs[name]), "MiB")
    for name, ratio in ratios.items():
        report(f"{name}_to_ping_process", ratio, "ratio")
    memory = max(memory for name in options for _time, memory in runs[name])
    return memory < MEMORY_LIMIT_MIB and max(ratios.values()) <= PROCESS_LIMIT


def main() -> int:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        few, many = (
            stack.enter_context(serving(folder / str(count), count)) for count in (FEW, MANY)
        )
        good = True
        for server, count in ((few, FEW), (many, MANY)):
            requests = requests_of(server)
            report(f"encvoy_client_unchanged_requests_{count}_clients", requests, "requests")
            good = good and requests == REQUESTS_LIMIT
        good = in_process(few, many) and good
        good = as_processes(few) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
