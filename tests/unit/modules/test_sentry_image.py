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
from tests.support.sentry_host import IMAGE, IMAGE_ID, installed_docker, make_checkout

OTHER_ID = "sha256:" + "b" * 64
PACKAGES = {"sentry": "23.7.1", "sentry-auth-oidc": "6.0.0"}
LOADED = {"providers": ["github", "oidc"], "incomplete": {}, "packages": PACKAGES}
BUILD = "#7 [web 3/3] RUN x enhance-image.sh\n#7 0.1 no\n#7 ERROR: exit code: 1"


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


def test_built_without_a_provider(docker: FakeDocker, checkout: Path) -> None:
    packages = {"sentry": "23.7.1", "sentry-auth-oidc": None}
    answer = {"providers": ["github"], "incomplete": {}, "packages": packages}
    docker.reply("run --network none", answer)
    outcome = run(checkout, "built", provider="")
    assert not outcome.failed
    assert outcome["packages"] == packages


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


def test_another_provider_can_be_asked_for(docker: FakeDocker, checkout: Path) -> None:
    assert run(checkout, "loadable", provider="github")["changed"] is False
    assert run(checkout, "loadable", provider="google").msg.startswith("provider: Sentry in the")


def test_settings_that_take_too_long(docker: FakeDocker, checkout: Path) -> None:
    docker.answer("run --network none", code=142)
    outcome = run(checkout, "loadable", timeout=60)
    assert outcome.msg.startswith("timeout: Sentry did not start within 60 s in a container")


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
