"""What a run left half done is done by the next."""

from __future__ import annotations


def test_an_interrupted_run_is_finished_by_the_next(world):
    """The settings were written and the services were not recreated: their files are newer."""
    before = world.containers()
    world.on_host("touch", "sentry/sentry.conf.py")

    again = world.play("site")

    assert again.returncode == 0, again.output
    after = world.containers()
    recreated = {name for name in before if after[name] != before[name]}
    assert recreated == {f"/{world.prefix}-{service}-1" for service in ("cron", "web", "worker")}
