# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: what became of a request that was not answered, for people."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import Callable

from .errors import EncvoyError, OutcomeUnknown
from .library import LIBRARY
from .proxy import Proxy
from .tls import certificate_advice, tls_fault

httpx = LIBRARY.api


@dataclass(frozen=True)
class Target:
    """The server that was asked, and the way to it. ``timeout`` is in seconds."""

    url: str
    timeout: float
    ca_path: str | None = None
    proxy: Proxy | None = None


def failure(
    what: str, error: Exception, target: Target, redact: Callable[[object], str]
) -> EncvoyError:
    """The error that tells a person, and the caller, what became of a request.

    :param what: completes "Could not …"
    :param error: httpx's
    """
    start = f"Could not {what}: "
    fault = tls_fault(error)
    if fault:
        return EncvoyError(start + _tls_text(fault, target, redact))
    if isinstance(error, httpx.ProxyError):
        return EncvoyError(start + _proxy_text(error, target, redact))
    if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)):
        return EncvoyError(start + _unreachable_text(error, target, redact))
    if isinstance(error, httpx.ReadTimeout):
        return OutcomeUnknown(
            f"{start}no answer from {target.url} within {target.timeout:g} seconds. The server"
            " leaves a request unanswered when it meets an internal error: see its log.",
            waited=True,
        )
    advice = "Run again."
    if target.url.startswith("http:") and isinstance(error, httpx.RemoteProtocolError):
        other = target.url.replace("http:", "https:", 1)
        advice = f"Run again, or when the server speaks TLS there, set url to {other}."
    return OutcomeUnknown(
        f"{start}the connection to {target.url} broke ({type(error).__name__}). {advice}"
    )


def _tls_text(fault: ssl.SSLError, target: Target, redact: Callable[[object], str]) -> str:
    if isinstance(fault, ssl.SSLCertVerificationError):
        reason = redact(fault.verify_message).rstrip(".")
        advice = certificate_advice(fault.verify_code, target.ca_path)
        return f"the certificate of {target.url} is not trusted ({reason}). {advice}"
    reason = redact(getattr(fault, "reason", None) or fault)
    return f"{target.url} does not speak TLS as expected ({reason}). Check scheme and port in url."


def _proxy_text(error: Exception, target: Target, redact: Callable[[object], str]) -> str:
    reason = redact(error) or type(error).__name__
    if not target.proxy:
        return f"a proxy refused the connection ({reason}). Check the proxy settings."
    advice = f"Check {target.proxy.source}, or name the server in NO_PROXY."
    if "407" in reason:
        advice = f"Give the proxy's login and password in {target.proxy.source}."
    return f"the proxy {target.proxy.url} does not connect to {target.url} ({reason}). {advice}"


def _unreachable_text(error: Exception, target: Target, redact: Callable[[object], str]) -> str:
    reason = redact(error) or type(error).__name__
    if target.proxy:
        return (
            f"{target.url} cannot be reached through the proxy {target.proxy.url} ({reason})."
            f" Check url, and {target.proxy.source}, or name the server in NO_PROXY."
        )
    return f"{target.url} cannot be reached ({reason}). Check url and the network."
