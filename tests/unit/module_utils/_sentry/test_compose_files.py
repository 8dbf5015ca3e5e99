# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which files of Compose a new container would lose."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.compose_files import lost_files

OVERRIDE = "docker-compose.override.yml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("docker-compose.yml", "docker-compose.override.yml", "tls.yml"):
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("env", "custom", "environment", "lost"),
    [
        ("", "", {}, ["tls.yml"]),
        ("COMPOSE_FILE=docker-compose.yml:tls.yml\n", "", {}, [OVERRIDE]),
        (
            " export COMPOSE_FILE = 'docker-compose.yml:tls.yml' \n",
            "",
            {},
            [OVERRIDE],
        ),
        (
            "COMPOSE_FILE=docker-compose.yml\n",
            "COMPOSE_FILE=docker-compose.yml:./tls.yml:docker-compose.override.yml\n",
            {},
            [],
        ),
        ("# COMPOSE_FILE=tls.yml\n", "", {}, ["tls.yml"]),
        (
            "",
            "",
            {"COMPOSE_FILE": "docker-compose.yml"},
            [OVERRIDE, "tls.yml"],
        ),
        (
            "COMPOSE_FILE=docker-compose.yml,docker-compose.override.yml,tls.yml\n",
            "",
            {"COMPOSE_PATH_SEPARATOR": ","},
            [],
        ),
        # What stands there depends on other variables.
        ("COMPOSE_FILE=${FILES}\n", "", {}, []),
    ],
)
def test_what_compose_would_not_read(
    folder: Path, env: str, custom: str, environment: dict[str, str], lost: list[str]
) -> None:
    (folder / ".env").write_text(env)
    (folder / ".env.custom").write_text(custom)
    names = ("docker-compose.yml", "docker-compose.override.yml", "tls.yml", "gone.yml")
    started_from = [str(folder / name) for name in names]
    found = lost_files(str(folder), (".env", ".env.custom"), started_from, environment)
    assert [Path(name).name for name in found] == lost


def test_the_env_file_of_compose_itself(folder: Path) -> None:
    (folder / ".env").write_text("COMPOSE_FILE=docker-compose.yml:tls.yml\n")
    assert lost_files(str(folder), (), [str(folder / "tls.yml")], {}) == ()


def test_files_of_another_folder(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """They have a name that Compose knows, and stand where it does not look."""
    other = tmp_path_factory.mktemp("other") / "docker-compose.yml"
    other.touch()
    assert lost_files(str(folder), (), [str(other)], {}) == (str(other),)


def test_a_sentry_without_that_label(folder: Path) -> None:
    assert lost_files(str(folder), (), [], {}) == ()
