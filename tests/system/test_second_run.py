"""What was done once is not done again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


def test_later_runs_and_check_runs_restarted_nothing(world, request):
    """The scenario ran the playbook again, and in check mode, since it wrote this file."""
    record = request.config.getoption("--first-run")
    if record is None:
        pytest.skip("no --first-run: only the molecule scenario knows what there was before")

    first = {
        name: tuple(container) for name, container in json.loads(Path(record).read_text()).items()
    }

    assert {f"/{world.prefix}-{service}-1" for service in ("cron", "web", "worker")} <= set(first)
    assert world.containers() == first


def test_an_interrupted_run_is_finished_by_the_next(world):
    """The settings were written and the services were not recreated: their files are newer."""
    before = world.containers()
    world.on_host("touch", "sentry/sentry.conf.py")

    again = world.play("site")

    assert again.returncode == 0, again.output
    after = world.containers()
    recreated = {name for name in before if after[name] != before[name]}
    assert recreated == {f"/{world.prefix}-{service}-1" for service in ("cron", "web", "worker")}
