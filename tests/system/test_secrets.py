"""Secrets reach Sentry whole, and nobody else."""

from __future__ import annotations

import pytest

from tests.system.test_literal_guide import client_with

# Encvoy ID accepts it, and Python, YAML, Jinja, shell and compose each could read it another way.
AWKWARD = """q'uo"te\\ back\\n $HOME ${X} $$ {{ 7*7 }} {% raw %} #no-comment `id` %s <&> ~"""


@pytest.fixture
def secrets_of(world):
    """Every secret of the sandbox that a run handles."""

    def collect() -> set[str]:
        (client,) = [one for one in world.clients() if one["name"] == "Sentry"]
        return {client["client_secret"], world.encvoy_owner.password}

    return collect


def test_an_awkward_secret_arrives_unharmed(world, people):
    with client_with(world, client_secret=AWKWARD):
        applied = world.play("site", "--diff")
        assert applied.returncode == 0, applied.output
        assert world.on_host("cat", "sentry/encvoy-oidc-client-secret") == AWKWARD
        assert AWKWARD not in applied.output

        with world.person() as person:
            person.log_in_with_encvoy_id(people["alice"].encvoy_id)
            assert person.who_am_i().json()["email"] == people["alice"].email

    restored = world.play("site")
    assert restored.returncode == 0, restored.output
    assert restored.changed > 0


def test_no_secret_is_in_what_a_verbose_run_prints(world, secrets_of, tmp_path):
    run = world.play(
        "site", "-vvvv", "--diff",
        environment={
            "ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile",
            "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(tmp_path / "facts"),
            "ANSIBLE_LOG_PATH": str(tmp_path / "ansible.log"),
        },
    )  # fmt: skip
    written = [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]

    assert run.returncode == 0, run.output
    assert "encvoy_client" in run.output
    for secret in secrets_of():
        assert secret not in run.output
        assert not any(secret in text for text in written)


def test_no_secret_is_in_what_a_failed_run_prints(world, secrets_of):
    run = world.play("site", "-vvvv", "--diff", "--extra-vars=sentry_sso_organization=nobody")

    assert run.returncode != 0
    assert "nobody" in run.output
    for secret in secrets_of():
        assert secret not in run.output
