# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: the Ansible side: connection options, and the session they ask for."""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Iterator
from typing import Any, Callable

from ansible.module_utils.basic import env_fallback

from .. import _module
from .._address import same_origin
from .._module import CollectionModule
from . import library
from .address import origin
from .api import Api
from .credentials import Credentials
from .errors import EncvoyError
from .session import Session, Settings

_LONGEST_TIMEOUT = 3600


def _option(variable: str, **rest: Any) -> dict[str, Any]:
    return {"fallback": (env_fallback, [variable]), **rest}


def connection_spec() -> dict[str, dict[str, Any]]:
    """The options of the doc fragment encvoy_connection."""
    return {
        "url": _option("ENCVOY_URL", type="str", required=True),
        "login": _option("ENCVOY_LOGIN", type="str"),
        "password": _option("ENCVOY_PASSWORD", type="str", no_log=True),
        "access_token": _option("ENCVOY_ACCESS_TOKEN", type="str", no_log=True),
        "system_client_id": _option("ENCVOY_SYSTEM_CLIENT_ID", type="str"),
        "auth_method": {"type": "str", "choices": ["token", "login"]},
        "validate_certs": _option("ENCVOY_VALIDATE_CERTS", type="bool", default=True),
        "ca_path": _option("ENCVOY_CA_PATH", type="path"),
        "timeout": _option("ENCVOY_TIMEOUT", type="float", default=15.0),
        "http_agent": {"type": "str", "default": "ansible-encvoy.sentry"},
    }


class EncvoyModule(CollectionModule):
    """A module with the connection options, which needs httpx."""

    def __init__(self, argument_spec: dict[str, dict[str, Any]], **rest: Any) -> None:
        super().__init__(argument_spec={**connection_spec(), **argument_spec}, **rest)


def run(module: EncvoyModule, work: Callable[[EncvoyModule], dict[str, Any]]) -> None:
    """Do the work and exit with its result, where httpx can be used."""

    def checked_work(module: EncvoyModule) -> dict[str, Any]:
        if library.LIBRARY.problem:
            raise EncvoyError(library.LIBRARY.problem)
        return work(module)

    _module.run(module, checked_work)


@contextlib.contextmanager
def connect(module: EncvoyModule) -> Iterator[Session]:
    """A session with the server, not yet as anybody."""
    params = module.params
    require(text_faults(params) + _connection_faults(params))
    settings = Settings(
        url=origin(params["url"]),
        timeout=params["timeout"],
        validate_certs=params["validate_certs"],
        ca_path=params["ca_path"],
        agent=params["http_agent"],
    )
    if settings.url.startswith("http:"):
        module.warn(f"{settings.url} is plain http: passwords and tokens travel unencrypted.")
    elif not settings.validate_certs:
        module.warn("validate_certs is false: anybody on the way can read passwords and tokens.")
    session = Session(settings)
    for name, option in module.argument_spec.items():
        if option.get("no_log"):
            session.secrets.add(params[name])
    with session:
        yield session


@contextlib.contextmanager
def log_in(module: EncvoyModule) -> Iterator[Api]:
    """The management API as the account that the options name."""
    params = without_foreign_token(module.params)
    method = auth_method(params)
    token = params["access_token"] if method == "token" else None
    account = (params["login"], params["password"])
    with connect(module) as session:
        credentials = Credentials(
            session, params["system_client_id"], token, account if all(account) else None
        )
        try:
            yield Api(session, credentials)
        finally:
            problem = credentials.close()
            if problem:
                module.warn(problem)


def without_foreign_token(params: dict[str, Any]) -> dict[str, Any]:
    """The parameters without a token of the environment that belongs to another server.

    The environment's token is one of the environment's server.
    """
    server = os.environ.get("ENCVOY_URL")
    token = os.environ.get("ENCVOY_ACCESS_TOKEN")
    if not server or params["access_token"] != token or same_origin(server, params["url"]):
        return params
    return {**params, "access_token": None}


def auth_method(params: dict[str, Any]) -> str:
    """How to authenticate: as asked, else by what was given.

    :raises EncvoyError: when something for it is missing
    """
    method = params["auth_method"] or ("token" if params["access_token"] else "login")
    needed = {"token": ("access_token",), "login": ("login", "password")}
    missing = [name for name in needed[method] if not params[name]]
    if missing:
        hint = "" if params["auth_method"] else " Give access_token, or login and password."
        raise EncvoyError(
            f"{' and '.join(missing)}: needed for auth_method {method}, and empty.{hint}"
        )
    return str(method)


def require(faults: list[str]) -> None:
    """Raise EncvoyError with all faults at once, if there are any."""
    if faults:
        raise EncvoyError(" ".join(faults))


def text_faults(params: dict[str, Any]) -> list[str]:
    """The options that hold what neither the server nor a request can carry; never the values.

    Half a surrogate pair comes from an environment variable that is not UTF-8.
    """
    return [
        f"{name}: it has a character that is not valid text (NUL, or not UTF-8). Remove it."
        for name, value in params.items()
        if any(_is_broken(text) for text in _texts(value))
    ]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


def _is_broken(text: str) -> bool:
    return "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text)


def _connection_faults(params: dict[str, Any]) -> list[str]:
    faults = []
    timeout = params["timeout"]
    if not (math.isfinite(timeout) and 0 < timeout <= _LONGEST_TIMEOUT):
        faults.append(
            f"timeout: {timeout:g} is not a number of seconds above 0 and up to {_LONGEST_TIMEOUT}."
        )
    if not _fits_header(params["http_agent"]):
        faults.append("http_agent: it has a character that a header cannot carry. Use plain ASCII.")
    token = params["access_token"]
    if token and (not _fits_header(token) or " " in token):
        faults.append(
            "access_token: it has a space, a line break or another character that no token has."
        )
    return faults


def _fits_header(text: str) -> bool:
    return text.isascii() and text.isprintable() and text == text.strip()
