# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: the HTTP library: httpx, or its successor httpx2."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Callable

from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.compat.version import LooseVersion

# In step with requirements.txt and the doc fragment encvoy_connection.
HTTPX_MINIMUM = "0.23"
HTTPX_UNSUPPORTED = "1"
_INSTALL = f"Install one that is supported: pip install 'httpx>={HTTPX_MINIMUM},<1', or httpx2."


@dataclass(frozen=True)
class Library:
    """The library that was found.

    :param api: the module ``httpx`` or ``httpx2``; None when neither can be used
    :param name: what pip calls it
    :param problem: why it cannot be used, and what to install; None when it can
    """

    api: Any
    name: str = "httpx"
    problem: str | None = None


@contextlib.contextmanager
def _pretend_missing(*names: str) -> Iterator[None]:
    """Let imports believe that these modules are not installed, unless they are loaded already.

    httpx loads its command line (click, rich) and two frameworks for asynchronous programs (trio,
    anyio) where they are installed, and uses none of them here: up to 70 ms of the 200 ms that a
    module takes. Without them, it has stand-ins of its own.
    """
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: ImportError
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


def _load(name: str) -> Any:
    """The library, with what it would load when a connection is opened."""
    command_line = f"{name}._main"
    try:
        with _pretend_missing("anyio", "trio", command_line):
            importlib.import_module(name.replace("httpx", "httpcore"))
            return importlib.import_module(name)
    except ImportError:
        # The oldest supported version cannot do without anyio.
        with _pretend_missing("trio", command_line):
            return importlib.import_module(name)


def find(load: Callable[[str], Any] = _load) -> Library:
    """httpx where its version is supported, else httpx2, else the reason."""
    problem = missing_required_lib("httpx", url="https://www.python-httpx.org")
    try:
        httpx = load("httpx")
    except ModuleNotFoundError as error:
        if error.name != "httpx":
            problem = f"httpx: it cannot be imported: {error}. {_INSTALL}"
    except ImportError as error:
        problem = f"httpx: it cannot be imported: {error}. {_INSTALL}"
    else:
        unsupported = _version_problem(httpx)
        if unsupported is None:
            return Library(httpx)
        problem = unsupported
    try:
        return Library(load("httpx2"), "httpx2")
    except ImportError:
        return Library(None, problem=problem)


def _version_problem(httpx: Any) -> str | None:
    version = getattr(httpx, "__version__", None)
    try:
        found = LooseVersion(version)
        if found < LooseVersion(HTTPX_MINIMUM):
            return f"httpx: version {version} is too old. {_INSTALL}"
        if found >= LooseVersion(HTTPX_UNSUPPORTED):
            return (
                f"httpx: version {version} is not supported, httpx 1 is another library. {_INSTALL}"
            )
    except (AttributeError, TypeError, ValueError):
        return f"httpx: its version {version!r} is not understood. {_INSTALL}"
    return None


LIBRARY = find()
