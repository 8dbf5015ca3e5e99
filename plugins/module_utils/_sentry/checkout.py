# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE. Opens a Sentry folder and asks the image about itself."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass

from .docker import (
    SentryError,
    SentryHost,
    compose_version,
)
from .stack import (
    env_file_names,
    image_version,
    oldest_compose,
    parse_env,
    version_key,
)

# An image can hold several Pythons (/usr/bin, /usr/local, /.venv): ask the one that its own
# "sentry" command starts with.
_ASK_IMAGE = """
first=$(head -n 1 "$(command -v sentry)")
case "$first" in '#!'*python*) python=${first#??} ;; *) python=python3 ;; esac
exec $python -c '
import json
try:
    from importlib.metadata import PackageNotFoundError as Absent, version
except ImportError:  # Python < 3.8, Sentry < 21
    from pkg_resources import DistributionNotFound as Absent, get_distribution
    version = lambda name: get_distribution(name).version
def find(name):
    try:
        return version(name)
    except Absent:
        return None
print(json.dumps({name: find(name) for name in ("sentry", "sentry-auth-oidc")}))
'
"""


@dataclass(frozen=True)
class Checkout:
    """A Sentry folder that was found to be usable.

    :param version: Sentry release that the folder is set to, None for tags such as nightly
    """

    host: SentryHost
    version: str | None
    compose_version: str


def load_checkout(sentry_dir: str) -> Checkout:
    """Check the folder, docker and compose, and return how to use them; raise SentryError."""
    directory = os.path.abspath(sentry_dir)
    if not os.path.isdir(directory):
        raise SentryError(f"{directory} is not a folder on this host: set sentry_dir")
    for expected in ("docker-compose.yml", "sentry"):
        if not os.path.exists(os.path.join(directory, expected)):
            raise SentryError(
                f"{directory} is not a checkout of self-hosted Sentry: it has no {expected}."
                " Set sentry_dir to the folder with install.sh"
            )
    env = parse_env(read_text(directory, ".env"))
    env_files = env_file_names(
        image_version(env.get("SENTRY_IMAGE")),
        os.path.exists(os.path.join(directory, ".env.custom")),
    )
    if env_files:
        custom = parse_env(read_text(directory, ".env.custom"))
        env = {**env, **custom} if ".env" in env_files else custom
    version = image_version(env.get("SENTRY_IMAGE"))
    return Checkout(SentryHost(directory, env_files), version, _check_compose(directory, version))


def read_text(directory: str, *names: str) -> str:
    """Return the text of a file in the folder, an empty one when there is no such file."""
    path = os.path.join(directory, *names)
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise SentryError(f"{path} cannot be read ({error.strerror}): use become?") from error


def newest_change(directory: str, paths: list[str]) -> float:
    """Return the newest modification time of the files (Unix time), 0 when there is none.

    A relative path is one in the directory.
    """
    found = [os.path.join(directory, path) for path in paths]
    return max((os.stat(path).st_mtime for path in found if os.path.exists(path)), default=0)


def image_packages(host: SentryHost, image: str) -> dict[str, str | None]:
    """Return the versions of ``sentry`` and ``sentry-auth-oidc`` inside an image, None if absent.

    Starts a container of the image without network for about a second.
    """
    printed = host.docker(
        "run", "--rm", "--interactive", "--network", "none", "--entrypoint", "sh", image,
        stdin=_ASK_IMAGE,
    )  # fmt: skip
    try:
        found = json.loads(printed.strip().splitlines()[-1])
        return {name: found[name] for name in ("sentry", "sentry-auth-oidc")}
    except (ValueError, LookupError, TypeError) as error:
        raise SentryError(f"the image {image} did not tell its packages: {printed!r}") from error


def _check_compose(directory: str, version: str | None) -> str:
    found = compose_version(directory)
    needed = oldest_compose(version)
    if version_key(found) < version_key(needed):
        raise SentryError(
            f"docker compose {found} is too old for Sentry {version or '(unknown release)'}:"
            f" it needs {needed} or newer"
        )
    return found
