# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Images built, loaded and tagged: what docker is asked, and what is made of its answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_docker import FakeDocker
from tests.support.module_runner import Outcome, run_module
from tests.support.sentry_host import IMAGE, IMAGE_ID, config, installed_docker, make_checkout

OTHER_ID = "sha256:" + "b" * 64
PACKAGES = {"sentry": "23.7.1", "sentry-auth-oidc": "6.0.0"}
LOADED = {"providers": ["github", "oidc"], "packages": PACKAGES}
BUILD = "#7 [web 3/3] RUN x enhance-image.sh\n#7 0.1 no\n#7 ERROR: exit code: 1"
SETTINGS = "IS_THERE = True\nPASSWORD = 'planted-password'\n"


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeDocker:
    client = installed_docker(tmp_path / "bin")
    client.answer("compose build web")
    client.answer("image tag")
    client.reply("run --network none", LOADED)
    monkeypatch.setenv("PATH", client.path)
    return client


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return make_checkout(tmp_path / "sentry")


@pytest.fixture
def settings(docker: FakeDocker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A settings file that every container really loads."""
    path = tmp_path / "sentry.conf.py"
    path.write_text(SETTINGS)
    monkeypatch.setenv("TEST_SETTINGS", str(path))
    docker.answer("run --network none", runs_stdin=True)
    docker.answer("compose run", runs_stdin=True)
    return path


def run(checkout: Path, state: str, **options: Any) -> Outcome:
    return run_module("sentry_image", sentry_dir=str(checkout), state=state, **options)


def calls(docker: FakeDocker, *words: str) -> list[list[str]]:
    """The calls of docker that have all of these words."""
    found = [call["arguments"] for call in docker.calls]
    return [arguments for arguments in found if all(word in arguments for word in words)]


def test_built(docker: FakeDocker, checkout: Path) -> None:
    docker.answer("image inspect --format {{.Id}} " + IMAGE, OTHER_ID + "\n")
    docker.answer("image inspect --format {{.Id}} " + IMAGE, IMAGE_ID + "\n", calls=1)
    outcome = run(checkout, "built")
    assert outcome["changed"] is True
    assert (outcome["image"], outcome["image_id"]) == (IMAGE, OTHER_ID)
    assert outcome["packages"] == PACKAGES
    assert len(calls(docker, "compose", "build")) == 1


def test_built_again_is_no_change(docker: FakeDocker, checkout: Path) -> None:
    assert run(checkout, "built")["changed"] is False


def test_built_in_check_mode(docker: FakeDocker, checkout: Path) -> None:
    outcome = run(checkout, "built", check=True)
    assert (outcome["changed"], outcome["image_id"]) == (True, IMAGE_ID)
    assert calls(docker, "build") == calls(docker, "run") == calls(docker, "tag") == []


def test_a_build_that_fails(docker: FakeDocker, checkout: Path) -> None:
    docker.answer("compose build web", stderr=BUILD, code=17)
    outcome = run(checkout, "built")
    assert outcome.msg.startswith("sentry/enhance-image.sh: The site's own part of it failed")
    assert calls(docker, "run") == calls(docker, "tag") == []


def test_loadable(docker: FakeDocker, checkout: Path) -> None:
    outcome = run(checkout, "loadable")
    assert (outcome["changed"], outcome["image_id"]) == (False, IMAGE_ID)
    assert outcome["packages"] == PACKAGES
    assert calls(docker, "build") == []


def test_the_container_is_as_the_web_service_is(docker: FakeDocker, checkout: Path) -> None:
    environment = {
        "SENTRY_CONF": "/etc/sentry",
        "MAIL": "planted$$secret",
        "UNSET": None,
        "PATH": "/.venv/bin:/bin",
        "DOCKER_HOST": "tcp://elsewhere",
    }
    mounts = [
        {"type": "volume", "source": "sentry-data", "target": "/data"},
        {"type": "bind", "source": "/opt/a,b", "target": "/etc/sentry"},
        {"type": "tmpfs", "target": "/tmp"},
    ]
    changed = config(environment=environment, volumes=mounts)
    changed["volumes"] = {"sentry-data": {"name": "sentry_sentry-data"}}
    docker.answer("compose config --format json", changed)
    run(checkout, "loadable")
    (call,) = calls(docker, "--network", "none")
    options, command = call[: call.index(IMAGE)], call[call.index(IMAGE) :]
    assert options == [
        *("run", "--rm", "--interactive", "--network", "none", "--entrypoint", "sh"),
        *("--env", "PATH=/.venv/bin:/bin"),
        *("--env", "SENTRY_CONF", "--env", "MAIL"),
        *("--mount", "type=volume,source=sentry_sentry-data,target=/data,readonly"),
        *("--mount", 'type=bind,"source=/opt/a,b",target=/etc/sentry,readonly'),
        *("--user", "sentry"),
    ]
    assert command[1] == "-c"
    assert not [word for each in docker.calls for word in each["arguments"] if "planted" in word]


def test_the_environment_reaches_the_container(
    docker: FakeDocker, checkout: Path, tmp_path: Path
) -> None:
    path = tmp_path / "with$1.py"
    path.write_text("my_own = (")
    # Compose's own way to write a dollar sign.
    environment = {"TEST_SETTINGS": str(path).replace("$", "$$")}
    docker.answer("compose config --format json", config(environment=environment))
    docker.answer("run --network none", runs_stdin=True)
    assert "SyntaxError in line 1" in run(checkout, "loadable").msg


@pytest.mark.parametrize(
    ("user", "expected"),
    [(None, "sentry"), ("root", "sentry"), ("0:0", "sentry"), ("1001:1001", "1001:1001")],
)
def test_it_is_sentrys_own_user(
    docker: FakeDocker, checkout: Path, user: str | None, expected: str
) -> None:
    docker.answer("compose config --format json", config(user=user))
    run(checkout, "loadable")
    (call,) = calls(docker, "--network", "none")
    assert call[call.index("--user") + 1] == expected


def test_an_image_that_calls_the_user_otherwise(docker: FakeDocker, checkout: Path) -> None:
    error = "docker: Error response from daemon: unable to find user sentry: no matching entries"
    docker.reply("run --user 999:999", LOADED)
    docker.answer("run --user sentry", stderr=error, code=125)
    assert run(checkout, "loadable")["packages"] == PACKAGES


def test_settings_that_load(settings: Path, checkout: Path) -> None:
    """Only the auth providers are missing in this Sentry: the settings were no obstacle."""
    outcome = run(checkout, "loadable")
    assert outcome.msg.startswith("sentry exec: The script failed inside Sentry: ModuleNotFound")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("TOKEN = 'planted", "SyntaxError in line 3. Correct this line."),
        ("my_own = (", "SyntaxError in line 3. Correct this line."),
        ("int('planted')", "ValueError in line 3. Correct this line."),
        ("import no_such_module", "(No module named 'no_such_module'). Correct this line."),
    ],
)
def test_settings_that_do_not_load(settings: Path, checkout: Path, line: str, said: str) -> None:
    settings.write_text(SETTINGS + line + "\n")
    outcome = run(checkout, "loadable")
    assert outcome.msg.startswith("sentry/sentry.conf.py: Sentry does not start with it: ")
    assert outcome.msg.endswith(said)
    assert "planted" not in outcome.text


def test_settings_that_need_what_compose_gives(
    settings: Path, docker: FakeDocker, checkout: Path
) -> None:
    """They fetch something, or read a secret of Compose: the second container has that."""
    settings.write_text(SETTINGS + "open('/run/secrets/of-the-site')\n")
    docker.reply("compose run", LOADED)
    assert run(checkout, "loadable")["packages"] == PACKAGES
    (call,) = calls(docker, "compose", "run")
    assert call[2:9] == ["--rm", "--no-deps", "--no-TTY", "--entrypoint", "sh", "web", "-c"]


def test_settings_that_no_second_try_can_help(
    settings: Path, docker: FakeDocker, checkout: Path
) -> None:
    settings.write_text("my_own = (")
    run(checkout, "loadable")
    assert calls(docker, "compose", "run") == []


def test_a_file_that_sentry_may_not_read(settings: Path, checkout: Path) -> None:
    settings.write_text("raise PermissionError(13, 'Permission denied', '/etc/sentry/secret')\n")
    outcome = run(checkout, "loadable")
    assert outcome.msg.startswith(
        "Sentry: It does not start, for it cannot read /etc/sentry/secret"
    )


def no_start(docker: FakeDocker, **found: Any) -> None:
    """Let Sentry not start in a container with the settings, for this reason."""
    reason = {"kind": "ValueError", "line": None, "path": None, "in_plugin": False, "text": ""}
    docker.reply("run --user sentry", {**reason, **found}, name="start")
    docker.reply("compose run", {**reason, **found}, name="start")


@pytest.mark.parametrize(
    ("found", "begins"),
    [
        (
            {"kind": "ImproperlyConfigured", "text": "You must configure ``cache.backend``."},
            "sentry/sentry.conf.py: Sentry passes over the whole file",
        ),
        (
            {"kind": "timeout", "text": "timed out", "in_plugin": True},
            "OIDC_DOMAIN: The auth provider fetches its address while it is loaded, and cannot"
            " (timeout: timed out).",
        ),
        (
            {"kind": "ModuleNotFoundError", "text": "No module named 'x'", "in_plugin": True},
            "sentry-auth-oidc 6.0.0: Sentry 23.7.1 cannot load it (ModuleNotFoundError: No module",
        ),
        (
            {"kind": "ModuleNotFoundError", "text": "No module named 'x'"},
            f"Sentry: It does not start in the image {IMAGE} (ModuleNotFoundError: No module",
        ),
        (
            {"kind": "ParserError", "text": "while parsing\n  in config.yml, line 3"},
            f"Sentry: It does not start in the image {IMAGE} (ParserError: while parsing in config",
        ),
    ],
)
def test_a_sentry_that_does_not_start(
    docker: FakeDocker, checkout: Path, found: dict[str, Any], begins: str
) -> None:
    packages = [{"name": "sentry-auth-oidc", "version": "6.0.0", "in_image": True}]
    process = {"uid": 0, "gid": 0, "uid_map": [], "gid_map": [], "users": {}}
    about = {"packages": {"sentry": "23.7.1", "oidc": packages}, "process": process}
    docker.reply("run --network none", about)
    no_start(docker, **found)
    outcome = run(checkout, "loadable")
    assert outcome.msg.startswith(begins)


def test_a_provider_that_is_not_there(docker: FakeDocker, checkout: Path) -> None:
    docker.reply("run --network none", {**LOADED, "providers": ["github"]})
    outcome = run(checkout, "loadable")
    assert outcome.msg.startswith(
        f"provider: Sentry in the image {IMAGE} has no auth provider 'oidc'; it has: github."
    )


def test_another_provider_can_be_asked_for(docker: FakeDocker, checkout: Path) -> None:
    assert run(checkout, "loadable", provider="github")["changed"] is False
    assert run(checkout, "loadable", provider="google").failed


@pytest.mark.parametrize("provider", ["oidc", "nothing"])
def test_an_image_that_does_not_load_loses_its_name(
    docker: FakeDocker, checkout: Path, provider: str
) -> None:
    """Who runs 'docker compose up -d' next gets the image that served before."""
    docker.answer("image inspect --format {{.Id}} " + IMAGE, OTHER_ID + "\n")
    docker.answer("image inspect --format {{.Id}} " + IMAGE, IMAGE_ID + "\n", calls=1)
    outcome = run(checkout, "built", provider=provider)
    tagged = calls(docker, "image", "tag")
    if provider == "oidc":
        assert tagged == []
    else:
        assert tagged == [["image", "tag", IMAGE_ID, IMAGE]]
        assert (outcome["changed"], outcome["image_id"]) == (False, IMAGE_ID)


def test_sentry_that_takes_too_long(docker: FakeDocker, checkout: Path) -> None:
    docker.answer("run --network none", code=142)
    outcome = run(checkout, "loadable", timeout=60)
    assert outcome.msg.startswith("timeout: Sentry did not start within 60 s in a container")
    assert calls(docker, "compose", "run") == []


def test_no_image(docker: FakeDocker, checkout: Path) -> None:
    docker.answer("image inspect --format {{.Id}}", stderr="Error: No such image: x", code=1)
    assert run(checkout, "loadable").msg.startswith(f"image: There is no local image {IMAGE}.")


def test_tagged(docker: FakeDocker, checkout: Path) -> None:
    docker.answer("image inspect --format {{.Id}} " + OTHER_ID, OTHER_ID + "\n")
    assert run(checkout, "tagged", image_id=OTHER_ID, check=True)["changed"] is True
    assert calls(docker, "image", "tag") == []
    outcome = run(checkout, "tagged", image_id=OTHER_ID)
    assert (outcome["changed"], outcome["image_id"]) == (True, OTHER_ID)
    assert calls(docker, "image", "tag") == [["image", "tag", OTHER_ID, IMAGE]]


def test_tagged_already(docker: FakeDocker, checkout: Path) -> None:
    docker.answer("image inspect --format {{.Id}} " + IMAGE_ID, IMAGE_ID + "\n")
    assert run(checkout, "tagged", image_id=IMAGE_ID)["changed"] is False
    assert calls(docker, "image", "tag") == []


def test_an_image_that_has_gone(docker: FakeDocker, checkout: Path) -> None:
    docker.answer("image inspect --format {{.Id}} " + OTHER_ID, stderr="No such image", code=1)
    outcome = run(checkout, "tagged", image_id=OTHER_ID)
    assert outcome.msg.startswith(f"image_id: There is no image {OTHER_ID} on this host any more.")


def test_tagged_needs_an_image(docker: FakeDocker, checkout: Path) -> None:
    assert "image_id" in run(checkout, "tagged").msg
