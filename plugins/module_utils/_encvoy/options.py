# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: the Ansible side: options, connection, and the one exit."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Iterator
from typing import Any, Callable

from ansible.module_utils.basic import env_fallback, missing_required_lib

from .. import _module
from .._module import CollectionModule
from .api import Api
from .credentials import (
    Basic,
    Bearer,
    Credentials,
)
from .errors import EncvoyError
from .http import (
    Session,
    Settings,
    origin,
)

try:
    import httpx
except ImportError:
    HTTPX_ERROR: str | None = traceback.format_exc()
    HTTPX_VERSION: tuple[int, ...] = ()
else:
    HTTPX_ERROR = None
    HTTPX_VERSION = tuple(int(part) for part in httpx.__version__.split(".")[:2])

# In step with the requirement in the doc fragment encvoy_connection.
HTTPX_MINIMUM = (0, 23)


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
        "auth_method": {"type": "str", "choices": ["token", "login", "basic"]},
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
        _check_requirements(module)
        return work(module)

    _module.run(module, checked_work)


def _check_requirements(module: EncvoyModule) -> None:
    if HTTPX_ERROR is not None:
        raise EncvoyError(missing_required_lib("httpx", url="https://www.python-httpx.org"))
    if HTTPX_VERSION < HTTPX_MINIMUM:
        wanted = ".".join(map(str, HTTPX_MINIMUM))
        raise EncvoyError(
            f"httpx {wanted} or newer is required, this Python has {httpx.__version__}."
        )


@contextlib.contextmanager
def connect(module: EncvoyModule) -> Iterator[Session]:
    """A session with the server, not yet as anybody."""
    params = module.params
    if params["timeout"] <= 0:
        raise EncvoyError(f"timeout: {params['timeout']:g} is not a number of seconds above 0.")
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
    with Session(settings) as session:
        for name, option in module.argument_spec.items():
            if option.get("no_log"):
                session.add_secret(params[name])
        yield session


@contextlib.contextmanager
def log_in(module: EncvoyModule) -> Iterator[Api]:
    """The management API as the account that the options name."""
    with connect(module) as session:
        credentials = _credentials(module, session)
        try:
            yield Api(session, credentials)
        finally:
            credentials.close()


def auth_method(module: EncvoyModule) -> str:
    """How to authenticate: as asked, else by what was given.

    Raises EncvoyError when something for it is missing.
    """
    params = module.params
    method = params["auth_method"] or ("token" if params["access_token"] else "login")
    needed = {
        "token": ("access_token",),
        "login": ("login", "password"),
        "basic": ("login", "password"),
    }
    missing = [name for name in needed[method] if not params[name]]
    if missing:
        hint = "" if params["auth_method"] else " Give access_token, or login and password."
        raise EncvoyError(
            f"{' and '.join(missing)}: needed for auth_method {method}, and empty.{hint}"
        )
    return str(method)


def _credentials(module: EncvoyModule, session: Session) -> Credentials:
    params = module.params
    method = auth_method(module)
    login, password, system = params["login"], params["password"], params["system_client_id"]
    if method == "basic":
        return Basic(session, system, login, password)
    token = params["access_token"] if method == "token" else None
    return Bearer(session, system, token, login, password)
