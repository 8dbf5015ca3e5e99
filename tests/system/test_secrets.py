"""Secrets reach Sentry, and nobody else."""

from __future__ import annotations


def test_no_secret_is_in_what_a_verbose_run_prints(world, tmp_path):
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
    (client,) = [one for one in world.clients() if one["name"] == "Sentry"]
    for secret in (client["client_secret"], world.encvoy_owner.password):
        assert secret not in run.output
        assert not any(secret in text for text in written)
