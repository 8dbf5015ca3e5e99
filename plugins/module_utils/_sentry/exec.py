# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: runs one of our scripts inside Sentry, data in, data out.

What ``sentry exec`` does, started in our own way (scripts/start.py says why): a shell in the
container looks for Sentry's own Python, which reads script and data from standard input, because
process arguments can be read by everybody on the host. A call takes about 2 s, nearly all of it
Sentry's own start, so a module makes one.
"""

from __future__ import annotations

import inspect
import json
import secrets
from types import ModuleType
from typing import Any

from .checkout import folder_containers, running_web
from .containers import Container
from .docker import WEB_SERVICE, SentryError, SentryHost
from .scripts import start as start_script

# An image can hold several Pythons (/usr/bin, /usr/local, /.venv): the one that its own command
# "sentry" begins with is Sentry's.
FIND_PYTHON = """
first=$(head -n 1 "$(command -v sentry)")
case "$first" in '#!'*python*) python=${first#??} ;; *) python=python3 ;; esac
exec $python -
"""
# Command line in the container, which reads a program from standard input.
COMMAND = ("sh", "-c", FIND_PYTHON)


class StartError(SentryError):
    """Sentry does not start with its settings.

    :param found: kind, line, path, in_plugin and text, as scripts/start.py explains it
    """

    def __init__(self, found: dict[str, Any]) -> None:
        super().__init__(_no_start(found))
        self.found = found


def run_in_sentry(
    host: SentryHost,
    script: ModuleType,
    payload: dict[str, Any],
    *,
    container: Container | None = None,
    timeout: float | None = None,
) -> dict[str, Any]:
    """Run ``script.run(payload)`` inside the web container and return its result.

    :param script: module whose source is sent; it may use what Sentry's own Python has
    :param payload: JSON data
    :param container: the web container, when it is known already
    :param timeout: seconds that it may take, None for the host's
    :raises SentryError: the container does not run, Sentry does not start, or the script failed
    """
    return run_in_container(host, container or find_web(host), script, payload, timeout=timeout)


def run_in_container(
    host: SentryHost,
    container: Container,
    script: ModuleType,
    payload: dict[str, Any],
    *,
    function: str = "run",
    starts_sentry: bool = True,
    timeout: float | None = None,
) -> dict[str, Any]:
    """Run a function of a script in a running container and return its result.

    :param starts_sentry: whether the script needs Sentry's settings and models
    :param timeout: seconds that it may take, None for the host's
    """
    timeout = timeout or host.timeout
    marker = new_marker()
    program = make_program(
        script, payload, marker, timeout=timeout, function=function, starts_sentry=starts_sentry
    )
    return read_answer(_exec(host, container, program, timeout), marker)


def find_web(host: SentryHost) -> Container:
    """Return the running web container of the folder; raise SentryError when there is none."""
    containers = folder_containers(host)
    if host.project is not None:
        containers = [each for each in containers if each.project == host.project]
    running = running_web(containers)
    if running:
        return running[0]
    raise SentryError(no_web(host))


def no_web(host: SentryHost) -> str:
    """Return what to say when there is no running web container."""
    return (
        f"docker: No container of the service {WEB_SERVICE} runs from {host.directory}. See 'docker"
        " compose ps' and 'docker compose logs web' there for the reason, then start it with"
        " 'docker compose up -d'."
    )


def make_program(
    script: ModuleType,
    payload: dict[str, Any],
    marker: str,
    *,
    timeout: float,
    function: str = "run",
    starts_sentry: bool = True,
) -> str:
    """Return a program for COMMAND, which calls a function of a script.

    :param starts_sentry: whether the script needs Sentry's settings and models
    """
    order = {
        "name": script.__name__,
        "source": inspect.getsource(script),
        "function": function,
        "payload": payload,
        "marker": marker,
        "starts_sentry": starts_sentry,
        "timeout": timeout,
    }
    # Twice JSON: a text that is JSON is a Python literal too, but for the words true and null.
    literal = json.dumps(json.dumps(order))
    return f"{inspect.getsource(start_script)}\n\nmain(json.loads({literal}))\n"


def new_marker() -> str:
    """Return what the answer stands between."""
    return "encvoy.sentry-" + secrets.token_hex(16)


def read_answer(printed: str, marker: str) -> dict[str, Any]:
    """Return the script's result; raise SentryError when there is none.

    :param printed: standard output of the program, with whatever Sentry printed there
    """
    parts = printed.split(marker)
    if len(parts) != 3:
        raise SentryError(
            "sentry exec: It ended without an answer of the script it was given. See 'docker"
            " compose logs web' in the Sentry folder."
        )
    answer = json.loads(parts[1])
    if "start" in answer:
        raise StartError(answer["start"])
    if "error" in answer:
        error = answer["error"].rstrip(".")
        raise SentryError(
            f"sentry exec: The script failed inside Sentry: {error}. See whether its database runs"
            " ('docker compose ps' in the Sentry folder)."
        )
    result: dict[str, Any] = answer["result"]
    return result


def _exec(host: SentryHost, container: Container, program: str, timeout: float) -> str:
    """Run the program in the container as Sentry's own user; root's files would be in its way."""
    user = container.exec_user
    # The process ends itself after the time; the client is given a little more.
    patience = timeout + 5
    try:
        return _exec_as(host, container, user, program, patience)
    except SentryError as error:
        # An image that does not call it "sentry". Upstream's has this number.
        if user is None or "unable to find user" not in str(error):
            raise
    return _exec_as(host, container, "999:999", program, patience)


def _exec_as(
    host: SentryHost, container: Container, user: str | None, program: str, timeout: float
) -> str:
    options = ["--interactive", *(["--user", user] if user else [])]
    command = ["exec", *options, container.container_id, *COMMAND]
    return host.docker(*command, stdin=program, timeout=timeout)


def _no_start(found: dict[str, Any]) -> str:
    """Return why Sentry does not start, and what to do; never what a line of the settings holds."""
    kind, line, path = found["kind"], found["line"], found["path"]
    text = f" ({found['text']})" if found["text"] else ""
    if path:
        return (
            f"Sentry: It does not start, for it cannot read {path} ({kind}). See that the file is"
            " there and that the user of Sentry's processes may read it."
        )
    if found["in_plugin"]:
        return _no_plugin(kind, text)
    if line is not None:
        return (
            f"sentry/sentry.conf.py: Sentry does not start with it: {kind} in line {line}{text}."
            " Correct this line."
        )
    return (
        f"Sentry: It does not start: {kind}{text}. See 'docker compose logs web' in the Sentry"
        " folder."
    )


def _no_plugin(kind: str, text: str) -> str:
    if kind in ("ImportError", "ModuleNotFoundError"):
        return (
            f"sentry-auth-oidc: This release of it does not fit this Sentry: {kind}{text}. Build"
            " the image with one that does, as the playbook encvoy.sentry.site does."
        )
    return (
        f"OIDC_DOMAIN: Sentry does not start, for the plugin cannot read it: {kind}{text}. Set the"
        " endpoints one by one instead, as the playbook encvoy.sentry.site does."
    )
