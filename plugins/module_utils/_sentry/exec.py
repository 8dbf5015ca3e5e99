# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE. Runs one of our scripts inside Sentry: data in, data out.

``sentry exec`` in the web container reads a program from standard input. Script and data travel
there, because process arguments can be read by everybody on the host. A call takes about 4 s, most
of it Sentry's own start, so a module makes one.
"""

from __future__ import annotations

import base64
import inspect
import json
import secrets
from types import ModuleType
from typing import Any

from .docker import (
    WEB_SERVICE,
    SentryError,
    SentryHost,
)

# Runs in the container. Sentry and its plugins write to standard output as they like, so the answer
# stands between markers that nobody else can know. Before Python ends it looks through all that
# Sentry has loaded for what it can free, a fifth of the whole call; what is frozen it passes over.
_DRIVER = """
import base64, gc, json, sys
order = json.loads(base64.b64decode({order!r}).decode("utf-8"))
scope = {{"__name__": "encvoy_sentry_script"}}
try:
    exec(compile(order["source"], order["name"], "exec"), scope)
    answer = {{"result": scope["run"](order["payload"])}}
except Exception as error:
    answer = {{"error": type(error).__name__ + ": " + str(error)}}
sys.stdout.write("\\n" + order["marker"] + json.dumps(answer) + order["marker"] + "\\n")
sys.stdout.flush()
gc.freeze()
"""


def run_in_sentry(host: SentryHost, script: ModuleType, payload: dict[str, Any]) -> dict[str, Any]:
    """Run ``script.run(payload)`` inside the web container and return its result.

    :param script: module whose source is sent; it may use what Sentry's own Python has
    :param payload: JSON data
    :raises SentryError: the container does not run, Sentry does not start, or the script failed
    """
    marker = "encvoy.sentry-" + secrets.token_hex(16)
    program = _program(script, payload, marker)
    try:
        printed = host.compose("exec", "-T", WEB_SERVICE, "sentry", "exec", stdin=program)
    except SentryError as error:
        raise SentryError(f"Sentry's web container did not answer: {error}") from error
    answer = _answer(printed, marker)
    if "error" in answer:
        raise SentryError(f"inside Sentry: {answer['error']}")
    return answer["result"]


def _program(script: ModuleType, payload: dict[str, Any], marker: str) -> str:
    """Return the program for ``sentry exec``.

    Sentry indents what it gets and moves lines that import from ``__future__`` about, so the script
    itself goes in encoded, as one word.
    """
    order = {
        "source": inspect.getsource(script),
        "name": script.__name__,
        "payload": payload,
        "marker": marker,
    }
    encoded = base64.b64encode(json.dumps(order).encode("utf-8")).decode("ascii")
    driver = base64.b64encode(_DRIVER.format(order=encoded).encode("utf-8")).decode("ascii")
    return f'import base64; exec(base64.b64decode("{driver}").decode("utf-8"), {{}})\n'


def _answer(printed: str, marker: str) -> dict[str, Any]:
    """Return the JSON between the two markers, whatever stands around it."""
    parts = printed.split(marker)
    if len(parts) != 3:
        raise SentryError("'sentry exec' ended without an answer of the script it was given")
    return json.loads(parts[1])
