# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measures the seconds without a login page: ``python -m tests.bench.downtime``.

Each row is a run of ``encvoy.sentry.site`` on a sandbox in the layout of a newer self-hosted, with
all consumers well and with one that is sick. No poll may fail in one that starts the new web
container beside the old one. The floor of the others, in the same sandbox, is a bare ``docker
compose up -d --force-recreate web`` with nginx reloaded as soon as web is healthy. Prints lines of
the form ``bench downtime_<what> <consumers> <failed polls> <longest gap> <ratio>``, and exits with
1 where a row is over its limit.
"""

from __future__ import annotations

import argparse
import json
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.conftest import ROOT
from tests.support.commands import Play
from tests.support.poll import Poll
from tests.system.enhance_image import BREAK_START, own_line_in_enhance_image
from tests.system.sandbox import Sandbox, inventory_variables

LIMIT = 1.2
SICK = "stand-in/sick/uptime-results"
# Another release that this Sentry can load, so that the image is built.
BUILD = "--extra-vars=sentry_sso_plugin_version=7.0.0"
NAME = "--extra-vars=sentry_sso_provider_name=Encvoy"
RECREATE = "--extra-vars=sentry_sso_apply_strategy=recreate"
BY_HAND = """
docker compose {env} up --detach --force-recreate web
web=$(docker compose {env} ps --quiet web)
until [ "$(docker inspect --format '{{{{.State.Health.Status}}}}' "$web")" = healthy ]
do sleep 0.1; done
docker compose {env} exec -T nginx nginx -s reload
"""
THEIR_TASKS = ("Build the Sentry image", "Bring the services up anew")
FAILS_TO_BUILD = "echo 'this build fails' >&2; exit 3"


@dataclass(frozen=True)
class Row:
    """One measurement.

    :param is_rolling: whether nobody may notice
    """

    name: str
    poll: Poll
    is_rolling: bool

    def is_over(self, floor: float) -> bool:
        return (
            self.poll.failed > 0 if self.is_rolling else self.poll.seconds_without / floor > LIMIT
        )

    def told(self, consumers: str, floor: float) -> str:
        limit = "0 failed polls" if self.is_rolling else f"{LIMIT} of the floor"
        return (
            f"bench downtime_{self.name:<17} consumers {consumers:<8} {self.poll.failed:4d} of"
            f" {self.poll.polls:4d} polls failed, {self.poll.seconds_without:6.1f} s, longest gap"
            f" {self.poll.longest_gap:6.1f} s, {self.poll.seconds_without / floor:5.2f} of the"
            f" floor (limit {limit}){self._reasons}"
        )

    @property
    def _reasons(self) -> str:
        """Why polls failed that may not: an answer that is late is another thing than a refusal."""
        found = sorted(set(self.poll.failures)) if self.is_rolling else []
        return f": {', '.join(found)}" if found else ""


@dataclass(frozen=True)
class Bench:
    sandbox: Sandbox

    def polled(self, work: Callable[[], None]) -> Poll:
        with Poll(f"{self.sandbox.sentry_url}/auth/login/sentry/") as poll:
            work()
        return poll

    def site(self, *arguments: str, fails: bool = False) -> Poll:
        """Polls during a run of the playbook."""

        def work() -> None:
            start = time.monotonic()
            run = self.sandbox.play("site", *arguments)
            if (run.returncode != 0) != fails:
                raise SystemExit(f"not what is to be measured:\n{run.output}")
            took = time.monotonic() - start
            own = took - of_docker_and_sentry(run)
            print(f"bench site_seconds {took:.1f} s, of it {own:.1f} s our own", flush=True)

        return self.polled(work)

    def by_hand(self) -> Poll:
        script = BY_HAND.format(env=" ".join(self.sandbox.env_file_options))
        return self.polled(lambda: print(end=self.sandbox.on_host("bash", "-c", script)))

    def new_secret(self) -> None:
        with self.sandbox.encvoy() as api:
            path = f"/clients/{self.sandbox.client()['client_id']}"
            api.put("set a secret", path, {"client_secret": secrets.token_urlsafe(24)})

    def rows(self) -> Iterator[Row]:
        yield Row("force_recreate_web", self.by_hand(), False)
        yield Row("first_run", self.site(), True)
        yield Row("no_change", self.site(), True)
        yield Row("changed_settings", self.site(NAME), True)
        self.new_secret()
        yield Row("secret_change", self.site(NAME), True)
        yield Row("new_image", self.site(BUILD), True)
        with own_line_in_enhance_image(self.sandbox, FAILS_TO_BUILD):
            yield Row("failed_build", self.site(fails=True), True)
        with own_line_in_enhance_image(self.sandbox, BREAK_START):
            yield Row("failed_start", self.site(fails=True), True)
        yield Row("replaced", self.site(NAME, BUILD, RECREATE), False)


def of_docker_and_sentry(run: Play) -> float:
    """Seconds of the tasks in which Docker builds and Sentry starts, by the profile of the run."""
    pattern = rf"(?:{'|'.join(THEIR_TASKS)})[^\n]*?-+ ([\d.]+)s$"
    return sum(float(seconds) for seconds in re.findall(pattern, run.output, re.M))


def playbook(path: str, variables: dict[str, object]) -> None:
    subprocess.run(
        ["ansible-playbook", path, "--extra-vars", json.dumps(variables)],
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.downtime")
    parser.add_argument("--sandbox", default="demo", help="it is made anew, and removed")
    parser.add_argument("--network", help="of a sandbox that has none yet, such as 172.29.80")
    parser.add_argument("--layout", default="26.8.0")
    return parser.parse_args()


def main() -> int:
    given = arguments()
    variables: dict[str, object] = {"sandbox_name": given.sandbox, "sandbox_layout": given.layout}
    if given.network:
        variables["sandbox_networks"] = {given.sandbox: given.network}
    bad = False
    for consumers in ("well", "one_sick") if given.layout == "26.8.0" else ("well",):
        playbook("sandbox/down.yml", variables)
        playbook("sandbox/up.yml", variables)
        sandbox = Sandbox(given.sandbox, inventory_variables(given.sandbox))
        if consumers == "one_sick":
            sandbox.on_host("mkdir", "--parents", SICK.rpartition("/")[0])
            sandbox.on_host("touch", SICK)
        floor = 0.0
        for row in Bench(sandbox).rows():
            floor = floor or row.poll.seconds_without
            bad = bad or row.is_over(floor)
            print(row.told(consumers, floor), flush=True)
    playbook("sandbox/down.yml", variables)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
