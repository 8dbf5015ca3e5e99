# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: runs inside Sentry's container, and starts Sentry for a script there.

Sent by exec.py as one text, so it must stand alone. It does what ``sentry exec`` does, in about two
thirds of the time: nothing is collected while 3,000 modules are loaded, the legacy plugins and
integrations, which no script of ours needs, are left out, and the process ends at once.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from typing import Any

gc.disable()


def main(order: dict[str, Any]) -> None:
    """Run a script and print its result between markers; never return.

    :param order: name and source of a script, function (of it) and payload, marker, starts_sentry,
        timeout (seconds, after which this process ends itself: a killed client leaves it behind)
    """
    signal.alarm(max(1, int(order["timeout"])))
    answer = _answer(order)
    sys.stderr.flush()
    # Sentry and its plugins write to standard output as they like; nobody else knows the marker.
    sys.stdout.write("\n" + order["marker"] + json.dumps(answer) + order["marker"] + "\n")
    sys.stdout.flush()
    os._exit(0)


def _answer(order: dict[str, Any]) -> dict[str, Any]:
    """Return the script's result, its error, or why Sentry did not start."""
    failure: BaseException
    try:
        if order["starts_sentry"]:
            start_sentry()
    except BaseException as error:
        failure = error
    else:
        try:
            scope: dict[str, Any] = {"__name__": "encvoy_sentry_script"}
            exec(compile(order["source"], order["name"], "exec"), scope)
            return {"result": scope[order["function"]](order["payload"])}
        except Exception as error:
            return {"error": " ".join(f"{type(error).__name__}: {error}".split())[:500]}
    # Outside of the except clause, where Python would chain the one to the other.
    return {"start": explain(swallowed() or failure)}


def start_sentry() -> None:
    """Configure Sentry in this process, as its own commands do."""
    sys.argv = ["sentry", "exec"]
    os.environ.setdefault("SENTRY_CONF", "~/.sentry")
    # Whether Kafka and Redis are up is not the question here.
    os.environ["SENTRY_SKIP_BACKEND_VALIDATION"] = "1"
    os.environ["SENTRY_SKIP_SERVICE_VALIDATION"] = "1"
    from sentry.runner import configure

    leave_out_plugins()
    configure()


def leave_out_plugins() -> None:
    """Keep the start from loading what register_plugins loads, where this Sentry has it so."""
    try:
        from sentry.runner import importer
    except ImportError:
        return
    install = getattr(importer, "install", None)
    if not callable(install):
        return

    def install_without_plugins(*arguments: Any, **options: Any) -> None:
        install(*arguments, **options)
        from django.conf import settings

        # The initializer reads settings while it is imported.
        settings.INSTALLED_APPS  # noqa: B018
        from sentry.runner import initializer

        if callable(getattr(initializer, "register_plugins", None)):
            initializer.register_plugins = lambda *_arguments, **_options: None

    importer.install = install_without_plugins


def swallowed() -> BaseException | None:
    """Return what is wrong with a file that the settings read, which Sentry does not tell.

    It takes any FileNotFoundError for a missing sentry.conf.py, goes on without all settings, and
    ends with an error about the first one that it needs.
    """
    path = os.path.join(os.path.expanduser(os.environ.get("SENTRY_CONF", "")), "sentry.conf.py")
    try:
        load_settings(path)
    except FileNotFoundError as error:
        return None if error.filename == path else error
    except Exception:
        return None
    return None


def load_settings(path: str) -> None:
    """Run the settings as Sentry does."""
    with open(path, "rb") as file:
        exec(file.read(), {"__file__": path})


def explain(error: BaseException) -> dict[str, Any]:
    """Return why Sentry did not start; never a line of its settings, nor what a line holds.

    :returns: kind (name of the exception), line (of sentry.conf.py, else None), path (of a file
        that could not be read, else None), in_plugin (whether it arose in the auth provider's
        package), and text, which is None when the settings are at fault
    """
    root = innermost(error)
    line = settings_line(root)
    path = getattr(root, "filename", None) if isinstance(root, OSError) else None
    missing = getattr(root, "name", None) if isinstance(root, ImportError) else None
    text = f"No module named {missing!r}" if missing else str(root)
    return {
        "kind": type(root).__name__,
        "line": line,
        "path": str(path) if path else None,
        "in_plugin": passes_through(error, os.sep + os.path.join("oidc", "")),
        "text": text[:300] if line is None or missing else None,
    }


def innermost(error: BaseException) -> BaseException:
    """Return the exception that was first; Sentry wraps what the settings raise."""
    while True:
        inner = error.__cause__ or error.__context__
        if inner is None:
            return error
        error = inner


def passes_through(error: BaseException, folder: str) -> bool:
    """Return whether an exception, or one that led to it, came by a file of a folder."""
    each: BaseException | None = error
    while each is not None:
        trace = each.__traceback__
        while trace is not None:
            if folder in trace.tb_frame.f_code.co_filename:
                return True
            trace = trace.tb_next
        each = each.__cause__ or each.__context__
    return False


def settings_line(error: BaseException) -> int | None:
    """Return the line of sentry.conf.py at which an exception arose, None when it was elsewhere.

    Sentry's importer runs the file's text with exec, so Python knows it as ``<string>``.
    """
    line, caller, trace = None, "", error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename == "<string>" and caller == "load_settings":
            line = trace.tb_lineno
        caller = code.co_name
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and caller == "load_settings":
        return error.lineno
    return line
