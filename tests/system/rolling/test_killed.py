# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run that is killed while it exchanges the web container, and the next one, which finishes.

What is killed is the module on the Sentry host, right after a command of docker has ended, and
then ansible-playbook, before it can put anything back.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from tests.system.everybody import everybody_is_served, image_to_run, web_containers
from tests.system.sandbox import Member, Sandbox

CLIENT = "/usr/local/bin/docker"
# The client of docker, which ends who has called it after a command with these words.
KILLS = """#!/bin/sh
/usr/bin/docker "$@"; code=$?
case " $* " in *"{words}"*) kill -9 $PPID;; esac
exit $code
"""
NAMES = itertools.count()


@pytest.fixture(scope="module", autouse=True)
def as_declared_afterwards(sandbox: Sandbox) -> Iterator[None]:
    yield
    done = sandbox.play("site")
    assert done.returncode == 0, done.output


def killed_run(sandbox: Sandbox, words: str, wish: str) -> None:
    sandbox.on_host("tee", CLIENT, stdin=KILLS.format(words=words))
    sandbox.on_host("chmod", "0755", CLIENT)
    try:
        run = sandbox.play("site", wish, kill_at="TASK [encvoy.sentry.sentry_sso : Remember what")
    finally:
        sandbox.on_host("rm", CLIENT)
    assert run.returncode < 0, run.output
    assert "Put back the files" not in run.output


@pytest.mark.parametrize(
    ("words", "beside"),
    [
        pytest.param("--scale web=2", 2, id="after the new one was made"),
        pytest.param("--user 0", 2, id="after nginx was led to it"),
        pytest.param(" stop -t", 2, id="after the old one was stopped"),
    ],
)
def test_the_next_run_finishes(
    sandbox: Sandbox, members: dict[str, Member], words: str, beside: int
) -> None:
    wish = f"--extra-vars=sentry_sso_provider_name=Name-{next(NAMES)}"
    with everybody_is_served(sandbox, members["alice"]):
        killed_run(sandbox, words, wish)
        assert len(web_containers(sandbox)) == beside

        seen = sandbox.play("verify")
        assert seen.changed == 0, seen.output
        assert "the web service was started before they were" in seen.words

        done = sandbox.play("site", wish)
        assert done.returncode == 0, done.output
        again = sandbox.play("site", wish)
        assert (again.returncode, again.changed) == (0, 0), again.output

    assert list(web_containers(sandbox).values()) == [image_to_run(sandbox)]
