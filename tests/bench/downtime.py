# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measures the seconds without a login page: ``python -m tests.bench.downtime``.

Each row is a run of ``encvoy.sentry.site`` on a sandbox in the layout of a newer self-hosted, with
all consumers well and with one that is sick. The floor, in the same sandbox, is a bare ``docker
compose up -d --force-recreate web`` with nginx reloaded as soon as web is healthy. Prints a table,
and exits with 1 where a row is over its limit.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator

from tests.conftest import ROOT
from tests.support.commands import Play
from tests.support.poll import Poll
from tests.system.enhance_image import BREAK_START, own_line_in_enhance_image
from tests.system.sandbox import Sandbox, inventory_variables

NAME = "demo"
LAYOUT = "26.8.0"
LIMIT = 1.2
SICK = "stand-in/sick/uptime-results"
# Another release that this Sentry can load, so that the image is built.
BUILD = "--extra-vars=sentry_sso_plugin_version=7.0.0"
FLOOR = """
docker compose up --detach --force-recreate web
web=$(docker compose ps --quiet web)
until [ "$(docker inspect --format '{{.State.Health.Status}}' "$web")" = healthy ]
do sleep 0.1; done
docker compose exec -T nginx nginx -s reload
"""
THEIR_TASKS = ("Build the Sentry image", "Bring the services up anew")
FAILS_TO_BUILD = "echo 'this build fails' >&2; exit 3"


def playbook(path: str) -> None:
    subprocess.run(
        ["ansible-playbook", path, "-e", f"sandbox_name={NAME}", "-e", f"sandbox_layout={LAYOUT}"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def seconds_without_page(sandbox: Sandbox, *arguments: str, fails: bool = False) -> float:
    start = time.monotonic()
    with Poll(f"{sandbox.sentry_url}/auth/login/sentry/") as poll:
        run = sandbox.play("site", *arguments)
    if (run.returncode != 0) != fails:
        raise SystemExit(f"not what is to be measured:\n{run.output}")
    took = time.monotonic() - start
    print(
        f"bench site_seconds {took:.1f} s, of it {took - of_docker_and_sentry(run):.1f} s our own"
    )
    return poll.seconds_without


def of_docker_and_sentry(run: Play) -> float:
    """Seconds of the tasks in which Docker builds and Sentry starts, by the profile of the run."""
    pattern = rf"(?:{'|'.join(THEIR_TASKS)})[^\n]*?-+ ([\d.]+)s$"
    return sum(float(seconds) for seconds in re.findall(pattern, run.output, re.M))


def floor(sandbox: Sandbox) -> float:
    with Poll(f"{sandbox.sentry_url}/auth/login/sentry/") as poll:
        sandbox.on_host("bash", "-c", FLOOR)
    return poll.seconds_without


def rows(sandbox: Sandbox) -> Iterator[tuple[str, float]]:
    yield "floor", floor(sandbox)
    yield "first run", seconds_without_page(sandbox)
    yield "nothing changed", seconds_without_page(sandbox)
    changed = "--extra-vars=sentry_sso_provider_name=Encvoy"
    yield "changed settings", seconds_without_page(sandbox, changed)
    with own_line_in_enhance_image(sandbox, FAILS_TO_BUILD):
        yield "failed build", seconds_without_page(sandbox, BUILD, fails=True)
    with own_line_in_enhance_image(sandbox, BREAK_START):
        yield "failed start", seconds_without_page(sandbox, BUILD, fails=True)


def main() -> int:
    bad = False
    for consumers in ("well", "one sick"):
        playbook("sandbox/down.yml")
        playbook("sandbox/up.yml")
        sandbox = Sandbox(NAME, inventory_variables(NAME))
        if consumers == "one sick":
            sandbox.on_host("mkdir", "--parents", SICK.rpartition("/")[0])
            sandbox.on_host("touch", SICK)
        reference = 0.0
        for name, seconds in rows(sandbox):
            reference = reference or seconds
            ratio = seconds / reference
            bad = bad or ratio > LIMIT
            print(
                f"bench downtime {name:<17} consumers {consumers:<9} {seconds:6.1f} s"
                f" {ratio:5.2f} of the floor (limit {LIMIT})",
                flush=True,
            )
    playbook("sandbox/down.yml")
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
