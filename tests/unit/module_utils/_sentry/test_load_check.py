# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings and auth provider, loaded in a container of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.docker import (
    SentryError,
    SentryHost,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.load_check import (
    Trouble,
    check_load,
    find_trouble,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.wait import Deadline
from tests.support.fake_docker import FakeDocker
from tests.support.fake_services import FakeClock
from tests.support.sentry_host import IMAGE, PYTHON, config

PACKAGES = {"sentry": "23.7.1", "sentry-auth-oidc": "6.0.0"}
# What an image says of itself.
ABOUT = {
    "packages": {
        "sentry": "23.7.1",
        "oidc": [{"name": "sentry-auth-oidc", "version": "6.0.0", "in_image": True}],
        "python": PYTHON,
    },
    "process": {"uid": 0, "gid": 0, "uid_map": [], "gid_map": [], "users": {}},
}
LOADED = {"providers": ["github", "oidc"], "incomplete": {}, "packages": PACKAGES}
SETTINGS = "IS_THERE = True\nPASSWORD = 'planted-password'\n"


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeDocker:
    client = FakeDocker(tmp_path / "bin")
    client.reply("run --network none", LOADED)
    monkeypatch.setenv("PATH", client.path)
    return client


@pytest.fixture
def settings(docker: FakeDocker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A settings file that every container really loads."""
    path = tmp_path / "sentry.conf.py"
    path.write_text(SETTINGS)
    monkeypatch.setenv("TEST_SETTINGS", str(path))
    docker.answer("run --network none", runs_stdin=True)
    docker.answer("compose run", runs_stdin=True)
    return path


def load(folder: Path, provider: str = "oidc", **web: Any) -> dict[str, str | None]:
    """Return the packages of an image that loads, for these settings of the service web."""
    deadline = Deadline.after(60, FakeClock())
    return dict(check_load(SentryHost(str(folder)), config(**web), provider, deadline).packages)


def refusal(folder: Path, provider: str = "oidc", **web: Any) -> str:
    """Return why the image does not load."""
    with pytest.raises(SentryError) as caught:
        load(folder, provider, **web)
    return str(caught.value)


def calls(docker: FakeDocker, *words: str) -> list[list[str]]:
    """The calls of docker that have all of these words."""
    found = [call["arguments"] for call in docker.calls]
    return [arguments for arguments in found if all(word in arguments for word in words)]


def test_an_image_that_loads(docker: FakeDocker, tmp_path: Path) -> None:
    assert load(tmp_path) == PACKAGES
    assert len(docker.calls) == 1


def test_an_image_without_provider_loads_where_none_is_asked_for(
    docker: FakeDocker, tmp_path: Path
) -> None:
    packages = {"sentry": "23.7.1", "sentry-auth-oidc": None}
    answer = {"providers": ["github"], "incomplete": {}, "packages": packages}
    docker.reply("run --network none", answer)
    assert load(tmp_path, provider="") == packages
    assert "has no auth provider 'oidc'" in refusal(tmp_path)


def test_the_container_is_as_the_web_service_is(docker: FakeDocker, tmp_path: Path) -> None:
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
    project = config(environment=environment, volumes=mounts)
    project["volumes"] = {"sentry-data": {"name": "sentry_sentry-data"}}
    check_load(SentryHost(str(tmp_path)), project, "oidc", Deadline.after(60, FakeClock()))
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


def test_the_environment_reaches_the_container(docker: FakeDocker, tmp_path: Path) -> None:
    path = tmp_path / "with$1.py"
    path.write_text("my_own = (")
    # Compose's own way to write a dollar sign.
    environment = {"TEST_SETTINGS": str(path).replace("$", "$$")}
    docker.answer("run --network none", runs_stdin=True)
    assert "SyntaxError in line 1" in refusal(tmp_path, environment=environment)


@pytest.mark.parametrize(
    ("user", "expected"),
    [(None, "sentry"), ("root", "sentry"), ("0:0", "sentry"), ("1001:1001", "1001:1001")],
)
def test_it_is_sentrys_own_user(
    docker: FakeDocker, tmp_path: Path, user: str | None, expected: str
) -> None:
    load(tmp_path, user=user)
    (call,) = calls(docker, "--network", "none")
    assert call[call.index("--user") + 1] == expected


def test_an_image_that_calls_the_user_otherwise(docker: FakeDocker, tmp_path: Path) -> None:
    error = "docker: Error response from daemon: unable to find user sentry: no matching entries"
    docker.reply("run --user 999:999", LOADED)
    docker.answer("run --user sentry", stderr=error, code=125)
    assert load(tmp_path) == PACKAGES


def test_settings_that_load(settings: Path, tmp_path: Path) -> None:
    """Only the auth providers are missing in this Sentry: the settings were no obstacle."""
    assert refusal(tmp_path).startswith(
        "sentry exec: The script failed inside Sentry: ModuleNotFound"
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("TOKEN = 'planted", "SyntaxError in line 3. Correct this line."),
        ("my_own = (", "SyntaxError in line 3. Correct this line."),
        ("int('planted')", "ValueError in line 3. Correct this line."),
        ("import no_such_module", "(No module named 'no_such_module'). Correct this line."),
    ],
)
def test_settings_that_do_not_load(settings: Path, tmp_path: Path, line: str, said: str) -> None:
    settings.write_text(SETTINGS + line + "\n")
    refused = refusal(tmp_path)
    assert refused.startswith("sentry/sentry.conf.py: Sentry does not start with it: ")
    assert refused.endswith(said)
    assert "planted" not in refused


def test_settings_that_need_what_compose_gives(
    settings: Path, docker: FakeDocker, tmp_path: Path
) -> None:
    """They fetch something, or read a secret of Compose: the second container has that."""
    settings.write_text(SETTINGS + "open('/run/secrets/of-the-site')\n")
    docker.reply("compose run", LOADED)
    assert load(tmp_path) == PACKAGES
    (call,) = calls(docker, "compose", "run")
    assert call[2:9] == ["--rm", "--no-deps", "--no-TTY", "--entrypoint", "sh", "web", "-c"]


def test_settings_that_no_second_try_can_help(
    settings: Path, docker: FakeDocker, tmp_path: Path
) -> None:
    settings.write_text("my_own = (")
    refusal(tmp_path)
    assert calls(docker, "compose", "run") == []


def test_a_file_that_sentry_may_not_read(settings: Path, tmp_path: Path) -> None:
    settings.write_text("raise PermissionError(13, 'Permission denied', '/etc/sentry/secret')\n")
    assert refusal(tmp_path).startswith(
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
    docker: FakeDocker, tmp_path: Path, found: dict[str, Any], begins: str
) -> None:
    docker.reply("run --network none", ABOUT)
    no_start(docker, **found)
    assert refusal(tmp_path).startswith(begins)


def test_a_provider_that_is_not_there(docker: FakeDocker, tmp_path: Path) -> None:
    docker.reply("run --network none", {**LOADED, "providers": ["github"]})
    assert refusal(tmp_path).startswith(
        f"provider: Sentry in the image {IMAGE} has no auth provider 'oidc'; it has: github."
    )


def test_a_provider_that_loads_and_logs_nobody_in(docker: FakeDocker, tmp_path: Path) -> None:
    lacking = {**LOADED, "incomplete": {"oidc": ["get_client_id", "get_client_secret"]}}
    docker.reply("run --network none", lacking | ABOUT)
    assert refusal(tmp_path).startswith(
        "sentry-auth-oidc 6.0.0: Sentry 23.7.1 can load it, but every login would be an error: it"
        " lacks get_client_id, get_client_secret."
    )


def test_another_provider_can_be_asked_for(docker: FakeDocker, tmp_path: Path) -> None:
    assert load(tmp_path, "github") == PACKAGES
    assert refusal(tmp_path, "google").startswith("provider: ")


def test_sentry_that_takes_too_long(docker: FakeDocker, tmp_path: Path) -> None:
    docker.answer("run --network none", code=142)
    assert refusal(tmp_path).startswith("timeout: Sentry did not start within 60 s in a container")
    assert calls(docker, "compose", "run") == []


def trouble(folder: Path, block: tuple[int, int] | None = None) -> Trouble | None:
    deadline = Deadline.after(60, FakeClock())
    return find_trouble(SentryHost(str(folder)), config(), block, deadline)


def test_settings_of_the_site_that_do_not_load(settings: Path, tmp_path: Path) -> None:
    assert trouble(tmp_path) is None
    settings.write_text(SETTINGS + "mine = (\n")
    found = trouble(tmp_path)
    assert found is not None
    assert "SyntaxError in line 3" in found.detail
    assert "planted" not in found.detail
    assert found.is_certain


def test_settings_that_may_load_beside_other_services(settings: Path, tmp_path: Path) -> None:
    settings.write_text(SETTINGS + "import not_there_at_all\n")
    found = trouble(tmp_path)
    assert found is not None
    assert not found.is_certain


@pytest.mark.parametrize(("block", "is_trouble"), [((3, 5), False), ((5, 7), True), (None, True)])
def test_a_block_that_the_run_writes_anew_is_no_trouble(
    settings: Path, tmp_path: Path, block: tuple[int, int] | None, is_trouble: bool
) -> None:
    settings.write_text(SETTINGS + "#\nnot_there_at_all\n#\n")
    assert (trouble(tmp_path, block) is not None) is is_trouble


def test_a_client_secret_that_the_run_writes_anew_is_no_trouble(
    settings: Path, tmp_path: Path
) -> None:
    settings.write_text(SETTINGS + "open('/etc/sentry/encvoy-oidc-client-secret')\n")
    assert trouble(tmp_path) is None
    settings.write_text(SETTINGS + "open('/etc/sentry/another-secret')\n")
    assert trouble(tmp_path) is not None


def test_an_image_that_does_not_run_is_told_and_not_certain(
    docker: FakeDocker, tmp_path: Path
) -> None:
    docker.answer("run --network none", stderr="no such image", code=125)
    found = trouble(tmp_path)
    assert found is not None
    assert not found.is_certain
