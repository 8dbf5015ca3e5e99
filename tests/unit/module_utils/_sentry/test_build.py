# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a build failed, from what Docker's builders really print."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.build import (
    build_image,
    explain,
    proxy_arguments,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.docker import (
    SentryError,
    SentryHost,
)
from tests.support.fake_docker import FakeDocker

RUN_SCRIPT = "RUN test ! -s /usr/src/sentry/enhance-image.sh || /usr/src/sentry/enhance-image.sh"
RUN_UPSTREAM = "RUN pip install https://github.com/getsentry/sentry-nodestore-s3/archive/main.zip"
RUN_REQUIREMENTS = "RUN test ! -s requirements.txt || pip install -r requirements.txt"
WHEEL_FOR_OTHERS = (
    "ERROR: Package 'sentry-auth-oidc' requires a different Python: 3.9.2 not in '<4,>=3.11'"
)
NOT_SAME = "    sentry-auth-oidc==6.0.0 from https://example.com/sentry_auth_oidc-6.0.0.whl"
PIP_RETRIES = (
    "WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) after"
    " connection broken by 'NewConnectionError('<pip._vendor.urllib3.connection.HTTPConnection"
    " object at 0x7f1b4b34c4f0>: Failed to establish a new connection: [Errno 111] Connection"
    " refused')': /simple/sentry-auth-oidc/"
)
NO_NAME = PIP_RETRIES.replace("[Errno 111] Connection refused", "[Errno -2] Name does not resolve")
NO_VERSIONS = (
    "ERROR: Could not find a version that satisfies the requirement sentry-auth-oidc==6.0.0"
)
NO_MATCH = "ERROR: No matching distribution found for sentry-auth-oidc=="
OTHER_PYTHON = (
    "ERROR: Ignored the following versions that require a different python version: 8.0.0"
    " Requires-Python >=3.11,<4.0"
)
SCRIPT = "/usr/src/sentry/enhance-image.sh"


def buildkit(step: str, *output: str, code: int = 1) -> str:
    """What BuildKit prints of a step that failed, behind one that did not."""
    command = step.partition(" ")[2]
    return "\n".join(
        [
            "#5 [web 1/3] FROM docker.io/getsentry/sentry:23.7.1",
            "#5 CACHED",
            "#6 [web 2/3] COPY . /usr/src/sentry",
            "#6 0.100 sentry-auth-oidc is mentioned by another step",
            "#6 DONE 0.1s",
            f"#7 [web 3/3] {step}",
            *(f"#7 0.375 {line}" for line in output),
            f'#7 ERROR: process "/bin/sh -c {command}" did not complete successfully:'
            f" exit code: {code}",
            "------",
            f" > [web 3/3] {step}:",
            *(f"0.375 {line}" for line in output),
            "------",
            "failed to solve: executor failed running",
        ]
    )


def classic(step: str, *output: str, code: int = 1) -> str:
    """What the builder of old Docker Engines prints."""
    return "\n".join(
        [
            "Step 1/3 : FROM getsentry/sentry:23.7.1",
            " ---> 1111",
            f"Step 3/3 : {step}",
            " ---> Running in 2222",
            *output,
            f"The command '/bin/sh -c {step.partition(' ')[2]}' returned a non-zero code: {code}",
        ]
    )


@pytest.mark.parametrize("builder", [buildkit, classic])
@pytest.mark.parametrize(
    ("step", "output", "code", "begins", "tells"),
    [
        (
            RUN_SCRIPT,
            [PIP_RETRIES, NO_VERSIONS, NO_MATCH + "6.0.0"],
            1,
            "sentry-auth-oidc: The build cannot reach the package index ([Errno 111] Connection",
            "set build_proxy where it needs a proxy",
        ),
        (
            RUN_SCRIPT,
            [NO_NAME, NO_VERSIONS, NO_MATCH + "6.0.0"],
            1,
            "sentry-auth-oidc: The build cannot reach the package index ([Errno -2] Name does",
            "Let it through",
        ),
        (
            RUN_SCRIPT,
            [NO_VERSIONS, NO_MATCH + "66.0.0"],
            1,
            "sentry-auth-oidc: The package index has no version 66.0.0. ",
            "Choose another one.",
        ),
        (
            RUN_SCRIPT,
            [OTHER_PYTHON, NO_VERSIONS, NO_MATCH + "9.1.1"],
            1,
            "sentry-auth-oidc: The package index has no version 9.1.1 that this image's Python can",
            "Choose another one.",
        ),
        (
            RUN_SCRIPT,
            ["ERROR: sentry-auth-oidc has an invalid wheel"],
            2,
            "sentry-auth-oidc: pip could not install it (ERROR: sentry-auth-oidc has an invalid",
            "docker compose build web",
        ),
        (
            RUN_SCRIPT,
            ["ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", NOT_SAME],
            1,
            "sentry-auth-oidc: The package is not the one whose SHA-256 is declared. ",
            "correct the declared one",
        ),
        (
            RUN_SCRIPT,
            [WHEEL_FOR_OTHERS],
            1,
            "sentry-auth-oidc: This release needs Python <4,>=3.11, and the image has 3.9.2. ",
            "Choose another one.",
        ),
        (
            RUN_SCRIPT,
            ["cp: cannot stat '/usr/src/sentry/encvoy-sentry-plugin.whl': No such file"],
            1,
            "sentry-auth-oidc: The build has no file of the wheel (cp: cannot stat",
            "sentry/.dockerignore",
        ),
        (
            RUN_SCRIPT,
            ["Successfully installed sentry-auth-oidc-6.0.0", "E: Unable to locate package x"],
            100,
            "sentry/enhance-image.sh: The site's own part of it failed with exit code 100 (",
            "E: Unable to locate package x",
        ),
        (
            RUN_SCRIPT,
            [PIP_RETRIES.replace("sentry-auth-oidc", "python-ldap")],
            1,
            "sentry/enhance-image.sh: The site's own part of it failed with exit code 1 (",
            "the network cannot be reached: [Errno 111] Connection refused",
        ),
        (
            RUN_REQUIREMENTS,
            ["ERROR: No matching distribution found for sentry-auth-ldap==99"],
            1,
            "sentry/requirements.txt: The installation of the site's own failed with exit code 1 (",
            "No matching distribution found for sentry-auth-ldap==99",
        ),
        (
            RUN_SCRIPT,
            [f"/bin/sh: 1: {SCRIPT}: Permission denied"],
            126,
            "sentry/enhance-image.sh: It is not executable",
            "chmod +x sentry/enhance-image.sh.",
        ),
        (
            RUN_SCRIPT,
            [f"/bin/sh: 1: {SCRIPT}: not found"],
            127,
            "sentry/enhance-image.sh: Its first line names a program that the image has not",
            "LF line ends",
        ),
        (
            RUN_SCRIPT,
            ["E: Unable to locate package libldap3-dev"],
            100,
            "sentry/enhance-image.sh: The site's own part of it failed with exit code 100 (",
            "E: Unable to locate package libldap3-dev",
        ),
        (
            RUN_SCRIPT,
            ["touch: cannot touch '/opt/x': Permission denied"],
            1,
            "sentry/enhance-image.sh: The site's own part of it failed with exit code 1 (",
            "cannot touch",
        ),
        (
            RUN_UPSTREAM,
            ["ERROR: Could not install packages: HTTPSConnectionPool: Max retries exceeded"],
            1,
            "sentry/Dockerfile: A step of upstream's own failed, which has nothing to do with",
            RUN_UPSTREAM + " (the network cannot be reached: ",
        ),
        (
            RUN_UPSTREAM,
            ["ERROR: the archive is broken"],
            1,
            "sentry/Dockerfile: A step of upstream's own failed",
            "(ERROR: the archive is broken)",
        ),
        (
            RUN_SCRIPT,
            ["write /usr/lib/x: no space left on device"],
            1,
            "docker compose build: There is no space left",
            "docker builder prune",
        ),
    ],
)
def test_a_failed_step(
    builder: Callable[..., str], step: str, output: list[str], code: int, begins: str, tells: str
) -> None:
    said = explain(builder(step, *output, code=code))
    assert said.startswith(begins)
    assert tells in said
    assert said.endswith(".")


def test_a_base_image_that_is_out_of_reach() -> None:
    reason = 'failed to do request: Head "https://registry-1.docker.io": dial tcp: no such host'
    printed = (
        "#3 [web internal] load metadata for docker.io/getsentry/sentry:23.7.9\n"
        f"#3 ERROR: {reason}\n"
        f"failed to solve: rpc error: code = Unknown desc = {reason}\n"
    )
    said = explain(printed)
    assert said.startswith("SENTRY_IMAGE: The base image cannot be used (")
    assert "no such host" in said


@pytest.mark.parametrize(
    "line",
    [
        f"{SCRIPT}: line 4: `export TOKEN=planted | | x'",
        "+ export TOKEN=planted",
        "++ echo planted",
    ],
)
@pytest.mark.parametrize("builder", [buildkit, classic])
def test_no_line_of_the_script_is_quoted(builder: Callable[..., str], line: str) -> None:
    output = [line, f"{SCRIPT}: line 4: syntax error near unexpected token `|'", line]
    said = explain(builder(RUN_SCRIPT, *output))
    assert "planted" not in said
    assert "syntax error near unexpected token" in said


def test_what_does_not_look_like_a_build_is_not_explained() -> None:
    assert explain("permission denied while trying to connect to the Docker daemon") == ""


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeDocker:
    client = FakeDocker(tmp_path / "bin")
    monkeypatch.setenv("PATH", client.path)
    return client


def test_a_build(docker: FakeDocker, tmp_path: Path) -> None:
    docker.answer("compose build web")
    build_image(SentryHost(str(tmp_path)), 10)
    assert [call["arguments"] for call in docker.calls] == [["compose", "build", "web"]]


def test_a_build_through_a_proxy(docker: FakeDocker, tmp_path: Path) -> None:
    docker.answer("compose build web")
    build_image(SentryHost(str(tmp_path)), 10, proxy_arguments("http://proxy:3128", "a,b"))
    (call,) = docker.calls
    told = [word for word in call["arguments"] if "=" in word]
    assert sorted(told) == sorted(
        f"{name}={value}"
        for small, value in (
            ("http_proxy", "http://proxy:3128"),
            ("https_proxy", "http://proxy:3128"),
            ("no_proxy", "a,b"),
        )
        for name in (small, small.upper())
    )
    assert proxy_arguments(None, None) == ()


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_failure_is_found_wherever_it_is_printed(
    docker: FakeDocker, tmp_path: Path, stream: str
) -> None:
    printed = buildkit(RUN_SCRIPT, f"/bin/sh: 1: {SCRIPT}: Permission denied", code=126)
    docker.answer("compose build", **{stream: printed}, code=17)  # type: ignore[arg-type]
    with pytest.raises(SentryError, match="It is not executable"):
        build_image(SentryHost(str(tmp_path)), 10)


def test_any_other_failure_is_dockers_own(docker: FakeDocker, tmp_path: Path) -> None:
    docker.answer("compose build", stderr="Cannot connect to the Docker daemon", code=1)
    with pytest.raises(SentryError, match="The Docker daemon is not reachable"):
        build_image(SentryHost(str(tmp_path)), 10)


def test_a_build_has_a_time_limit(docker: FakeDocker, tmp_path: Path) -> None:
    docker.answer("compose build", seconds=30)
    with pytest.raises(SentryError, match=r"build_timeout: .* longer than 0.5 s and was stopped"):
        build_image(SentryHost(str(tmp_path)), 0.5)
