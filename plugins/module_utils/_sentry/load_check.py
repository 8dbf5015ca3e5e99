# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: loads settings and auth provider in a container of its own.

What would keep Sentry from starting is found before a container that serves is touched. The
container has the mounts and the environment of the web service, Sentry's own user, and no network,
for nothing else has to run for it. Settings that fail there are tried once more with all that
Compose would give the web service: they can read a secret of Compose, or fetch something.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .docker import WEB_SERVICE, CommandFailed, CommandTimedOut, SentryError, SentryHost
from .exec import FIND_PYTHON, StartError, make_program, new_marker, read_answer
from .image import ask_image
from .observations import PLUGIN
from .scripts import load as load_script
from .site_files import SECRET_FILE
from .wait import Deadline

# As a container's first process a program would not hear its own alarm: a shell waits for it.
_CHILD = 'sh -c "$0"; exit $?'
# What upstream's entrypoint does before it steps down to Sentry's own user.
_STEP_DOWN = """
update-ca-certificates >/dev/null 2>&1
if [ "$(id -u)" = 0 ] && command -v gosu >/dev/null; then set -- gosu sentry; fi
"$@" sh -c "$0"
exit $?
"""
_ROOT = ("", "0", "root")
# Upstream's image starts as root and steps down to this user; another image may not have its name.
_SENTRY_USERS = ("sentry", "999:999")
# Python says these of a text alone, so nothing that is mounted or fetched can change them.
_FINAL = ("SyntaxError", "IndentationError", "TabError")
# Variables that would change what the docker client itself does. They hold no secret.
_OF_THE_CLIENT = ("PATH", "HOME", "LD_LIBRARY_PATH", "LD_PRELOAD")
_OWN_FILES = (os.path.basename(SECRET_FILE),)
# 128 + SIGALRM: the program ended itself.
_OUT_OF_TIME = "exit code 142"


@dataclass(frozen=True)
class Loaded:
    """An image that starts.

    :param packages: name of a Python distribution -> version, None when it is not there
    """

    packages: Mapping[str, str | None]


@dataclass(frozen=True)
class Trouble:
    """Why Sentry does not start.

    :param is_certain: whether nothing that is mounted or fetched could change that
    """

    detail: str
    is_certain: bool


def check_load(
    host: SentryHost, config: Mapping[str, Any], provider: str, deadline: Deadline
) -> Loaded:
    """Load the settings of the site and an auth provider; raise SentryError when that fails.

    :param config: ``docker compose config --format json``
    :param provider: key of the auth provider, empty: none has to be there
    """
    try:
        answer = _start(host, config, deadline)
    except (CommandTimedOut, CommandFailed) as error:
        if isinstance(error, CommandTimedOut) or _OUT_OF_TIME in str(error):
            raise SentryError(
                f"timeout: Sentry did not start within {deadline.seconds:g} s in a container of its"
                " own. See whether the host is very busy, or give it more time."
            ) from None
        raise
    web = config["services"][WEB_SERVICE]
    if provider and provider not in answer["providers"]:
        found = ", ".join(answer["providers"]) or "none"
        raise SentryError(
            f"provider: Sentry in the image {web['image']} has no auth provider '{provider}'; it"
            f" has: {found}. Install its plugin in sentry/enhance-image.sh and build the image."
        )
    lacking = answer["incomplete"].get(provider)
    if lacking:
        raise SentryError(
            f"{_plugin(host, web['image'])} can load it, but every login would be an error: it"
            f" lacks {', '.join(lacking)}. Install the version that fits this Sentry."
        )
    return Loaded(answer["packages"])


def find_trouble(
    host: SentryHost, config: Mapping[str, Any], block: tuple[int, int] | None, deadline: Deadline
) -> Trouble | None:
    """Return why Sentry does not start in a container of its own, without network.

    What the collection writes anew itself is no trouble: its block, the client secret, the plugin.

    :param config: ``docker compose config --format json``
    :param block: numbers of the first and the last line of the managed block in the settings
    """
    try:
        _without_network(host, config, deadline.remaining)
    except StartError as error:
        found = error.found
        in_block = block and found["line"] and block[0] <= found["line"] <= block[1]
        if in_block or found["in_plugin"] or os.path.basename(found["path"] or "") in _OWN_FILES:
            return None
        return Trouble(str(error), found["kind"] in _FINAL)
    except (CommandFailed, CommandTimedOut) as error:
        return Trouble(str(error), False)
    except SentryError:  # it started, and what was asked there failed
        return None
    return None


def _start(host: SentryHost, config: Mapping[str, Any], deadline: Deadline) -> dict[str, Any]:
    """Return what scripts/load.py found, without network or, where that fails, as Compose would."""
    web = config["services"][WEB_SERVICE]
    try:
        return _without_network(host, config, deadline.remaining)
    except StartError as error:
        if error.found["kind"] in _FINAL:
            raise _explained(host, web, error) from None
    except CommandFailed as error:
        if _OUT_OF_TIME in str(error):
            raise
    try:
        return _as_compose_would(host, deadline.remaining)
    except StartError as error:
        raise _explained(host, web, error) from None


def _without_network(host: SentryHost, config: Mapping[str, Any], timeout: float) -> dict[str, Any]:
    """Start Sentry with the mounts and the environment of the web service, and nothing else."""
    web = config["services"][WEB_SERVICE]
    environment = _environment(web)
    options = [
        *("--rm", "--interactive", "--network", "none", "--entrypoint", "sh"),
        *(word for name, value in _told(environment) for word in ("--env", f"{name}={value}")),
        # Without values: the client takes them from its own environment, which is nobody else's.
        *(word for name in _inherited(environment) for word in ("--env", name)),
        *(word for mount in _mounts(config) for word in ("--mount", mount)),
    ]

    program, marker = _program(timeout)

    def run(user: str) -> str:
        return host.docker(
            *("run", *options, "--user", user, web["image"], "-c", _CHILD, FIND_PYTHON),
            stdin=program,
            timeout=timeout + 5,
            environment=_inherited(environment),
        )

    user = str(web.get("user") or "")
    users = _SENTRY_USERS if user.partition(":")[0] in _ROOT else (user,)
    try:
        return read_answer(run(users[0]), marker)
    except CommandFailed as error:
        if users[-1] == users[0] or "unable to find user" not in error.printed:
            raise
    return read_answer(run(users[-1]), marker)


def _as_compose_would(host: SentryHost, timeout: float) -> dict[str, Any]:
    """Start Sentry with all that Compose and upstream's entrypoint give the web service."""
    program, marker = _program(timeout)
    command = ("--rm", "--no-deps", "--no-TTY", "--entrypoint", "sh", WEB_SERVICE, "-c", _STEP_DOWN)
    printed = host.compose("run", *command, FIND_PYTHON, stdin=program, timeout=timeout + 5)
    return read_answer(printed, marker)


def _program(timeout: float) -> tuple[str, str]:
    """Return the program that starts Sentry, and what its answer stands between."""
    payload = {"distributions": ["sentry", PLUGIN]}
    marker = new_marker()
    return make_program(load_script, payload, marker, timeout=timeout), marker


def _environment(web: Mapping[str, Any]) -> dict[str, str]:
    """Return the environment of the web service; Compose writes a dollar sign twice."""
    found = web.get("environment") or {}
    return {
        name: str(value).replace("$$", "$") for name, value in found.items() if value is not None
    }


def _told(environment: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in environment.items() if name in _OF_THE_CLIENT]


def _inherited(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in environment.items()
        if name not in _OF_THE_CLIENT and not name.startswith("DOCKER_")
    }


def _mounts(config: Mapping[str, Any]) -> list[str]:
    """Return the mounts of the web service as ``docker run --mount`` takes them, read-only."""
    volumes = config.get("volumes") or {}
    mounts = []
    for mount in config["services"][WEB_SERVICE].get("volumes") or []:
        source = str(mount.get("source") or "")
        if mount["type"] == "volume" and source:
            source = str((volumes.get(source) or {}).get("name") or source)
        if mount["type"] in ("bind", "volume") and source:
            fields = (f"type={mount['type']}", f"source={source}", f"target={mount['target']}")
            mounts.append(_csv_line((*fields, "readonly")))
    return mounts


def _csv_line(fields: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(fields)
    return line.getvalue()


def _explained(host: SentryHost, web: Mapping[str, Any], error: StartError) -> SentryError:
    """Return an error that says what is at fault: the settings, the plugin, or the image."""
    found, image = error.found, web["image"]
    text = " ".join(str(found["text"] or "").split())
    reason = f"{found['kind']}: {text}" if text else found["kind"]
    if found["line"] is not None or found["path"]:
        return error
    if "cache.backend" in text:  # the first thing that is missed without the file
        return SentryError(
            "sentry/sentry.conf.py: Sentry passes over the whole file, as it does when the file, or"
            " one that it opens, is not there. See that these files are there."
        )
    if found["in_plugin"] and not _is_missing_module(found):
        return SentryError(
            f"OIDC_DOMAIN: The auth provider fetches its address while it is loaded, and cannot"
            f" ({reason}). Remove OIDC_DOMAIN from sentry/sentry.conf.py and set the endpoints one"
            " by one."
        )
    if found["in_plugin"]:
        return SentryError(
            f"{_plugin(host, image)} cannot load it ({reason}). Install the version that fits this"
            " Sentry."
        )
    return SentryError(
        f"Sentry: It does not start in the image {image} ({reason}). Correct that in"
        " sentry/sentry.conf.py, sentry/config.yml or sentry/enhance-image.sh."
    )


def _is_missing_module(found: Mapping[str, Any]) -> bool:
    return found["kind"] in ("ImportError", "ModuleNotFoundError", "AttributeError")


def _plugin(host: SentryHost, image: str) -> str:
    """Return which plugin and which Sentry do not fit, as the beginning of a sentence."""
    packages, _process = ask_image(host, image)
    plugins = ", ".join(f"{each.name} {each.version}" for each in packages.owning_oidc)
    return f"{plugins or PLUGIN}: Sentry {packages.sentry}"
