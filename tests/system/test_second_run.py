"""What was done once is not done again."""

from __future__ import annotations


def test_second_run_changes_nothing_and_restarts_nothing(world):
    before = world.containers()

    second = world.play("site", "--diff")

    assert second.returncode == 0, second.output
    assert second.changed == 0, second.output
    assert world.containers() == before


def test_check_mode_after_a_run_foresees_nothing(world):
    before = world.containers()

    check = world.play("site", "--check", "--diff")

    assert check.returncode == 0, check.output
    assert check.changed == 0, check.output
    assert world.containers() == before


def test_an_interrupted_run_is_finished_by_the_next(world):
    """The settings were written and the services were not recreated: their files are newer."""
    before = world.containers()
    world.on_host("touch", "sentry/sentry.conf.py")

    check = world.play("site", "--check")
    assert check.returncode == 0, check.output
    assert check.changed > 0, check.output
    assert world.containers() == before

    again = world.play("site")
    assert again.returncode == 0, again.output
    after = world.containers()
    recreated = {name for name in before if after[name] != before[name]}
    assert recreated == {f"/{world.prefix}-{service}-1" for service in ("cron", "web", "worker")}
