# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: the one place that talks HTTP. It knows httpx, and no route."""

from __future__ import annotations

import email.utils
import json
import ssl
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .errors import (
    EncvoyError,
    OutcomeUnknown,
    redact,
)
from .lock import serialized

# httpx brings its command line along, and with it click, rich and pygments where they are there:
# most of the time that a module takes. Without it, httpx has a stand-in of its own.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # None: not to be had

try:
    import httpx
except ImportError:  # told to the user by options.py
    httpx = None  # type: ignore[assignment]

# Seconds to wait before the second and the third attempt.
PAUSES: tuple[float, ...] = (0.5, 1.5)
# A Retry-After beyond this many seconds is not waited for.
LONGEST_PAUSE = 30.0
# Statuses that come and go. 429 is a refusal before any work, so even a create may be repeated
# after it.
_PASSING = (429, 500, 502, 503, 504)
_REPEATABLE_METHODS = ("GET", "HEAD", "PUT", "DELETE")


@dataclass(frozen=True)
class Settings:
    """How to reach one server: ``url`` is an origin without a path, ``timeout`` is in seconds."""

    url: str
    timeout: float = 15.0
    validate_certs: bool = True
    ca_path: str | None = None
    agent: str = "encvoy.sentry"


@dataclass(frozen=True)
class Answer:
    """What the server said. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def location(self) -> str:
        return self.headers.get("location", "")

    def json(self) -> Any:
        """The parsed body, or None when it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


def origin(url: str) -> str:
    """The server's address as scheme://host[:port], in lower case.

    Raises EncvoyError for anything but an origin.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise EncvoyError(
            f"url: {error}. Give the address of Encvoy ID, as https://id.example.com."
        ) from None
    if "@" in parts.netloc:
        raise EncvoyError(
            "url: it must not hold a login or password. Give them as login and password."
        )
    if parts.scheme not in ("http", "https") or not host:
        raise EncvoyError(
            f"url: {url!r} is not an address. Give the address of Encvoy ID, as"
            " https://id.example.com."
        )
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise EncvoyError(
            f"url: {url!r} has a path. Give only the address of Encvoy ID, as"
            f" {parts.scheme}://{parts.netloc} (not the discovery or API address below it)."
        )
    if ":" in host:
        host = f"[{host}]"
    standard = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != standard else "")


class Session:
    """A connection to one server. Use it with ``with``; it sends one request at a time."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.secrets: list[str] = []
        self._client: Any = None

    def __enter__(self) -> Session:
        self._client = httpx.Client(
            base_url=self.settings.url,
            verify=_trust(self.settings),
            timeout=self.settings.timeout,
            follow_redirects=False,
            headers={"User-Agent": self.settings.agent, "Accept": "application/json, */*;q=0.5"},
            # An explicit "none": else credentials from ~/.netrc could be sent along.
            auth=httpx.Auth(),
        )
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._client.close()

    def add_secret(self, secret: str | None) -> None:
        """Keep this value out of every text that is quoted from the server or from a library."""
        if secret:
            self.secrets.append(secret)

    def redact(self, text: object) -> str:
        """Text of the server or of a library, fit for an error message."""
        return redact(str(text), self.secrets)

    def forget_cookies(self) -> None:
        self._client.cookies.clear()

    def send(
        self,
        what: str,
        method: str,
        path: str,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
    ) -> Answer:
        """Send one request and return the answer, whatever its status.

        ``what`` completes "Could not …". A request that may be sent twice is repeated when the
        connection breaks or the answer is a passing one; any other only when the server cannot have
        acted on it. Raises EncvoyError when the server cannot be reached, OutcomeUnknown when it
        may have acted.
        """
        if repeatable is None:
            repeatable = method in _REPEATABLE_METHODS
        request = self._client.build_request(
            method, path, params=params, json=body, data=form, headers=headers
        )
        for pause in PAUSES:
            try:
                answer = self._once(what, request)
            except httpx.HTTPError as error:
                if not _may_try_again(error, repeatable):
                    raise self._failure(what, error) from None
            else:
                if answer.status not in _PASSING or not (repeatable or answer.status == 429):
                    return answer
                pause = self._asked_pause(what, answer, pause)
            time.sleep(pause)
        try:
            return self._once(what, request)
        except httpx.HTTPError as error:
            raise self._failure(what, error) from None

    def _asked_pause(self, what: str, answer: Answer, at_least: float) -> float:
        """Seconds to wait before the next attempt. Raises EncvoyError when it is too long."""
        pause = max(at_least, _retry_after(answer.headers))
        if pause > LONGEST_PAUSE:
            raise EncvoyError(
                f"Could not {what}: {self.settings.url} asks to wait {pause:.0f} seconds before the"
                " next request. Run again later."
            )
        return pause

    def _once(self, what: str, request: Any) -> Answer:
        patience = 10 * self.settings.timeout
        with serialized(self.settings.url, patience) as acquired:
            if not acquired:
                raise EncvoyError(
                    f"Could not {what}: other Ansible runs kept {self.settings.url} busy for"
                    f" {patience:.0f} seconds. Run again, or with fewer forks."
                )
            response = self._client.send(request, stream=True)
            try:
                return self._read(response)
            finally:
                response.close()

    def _read(self, response: Any) -> Answer:
        # httpx limits the wait for each piece of a body; a server that drips is limited here.
        end = time.monotonic() + self.settings.timeout
        body = bytearray()
        for piece in response.iter_bytes():
            body += piece
            if time.monotonic() > end:
                raise httpx.ReadTimeout("the answer did not end")
        return Answer(response.status_code, dict(response.headers.items()), bytes(body))

    def _failure(self, what: str, error: Exception) -> EncvoyError:
        """The error that tells a person, and the caller, what became of a request."""
        start = f"Could not {what}: "
        url = self.settings.url
        tls = _tls_fault(error)
        if isinstance(tls, ssl.SSLCertVerificationError):
            return EncvoyError(
                f"{start}the certificate of {url} is not trusted"
                f" ({self.redact(tls.verify_message)}). If a private CA signed it, name the CA's"
                " PEM file in ca_path."
            )
        if tls:
            return EncvoyError(
                f"{start}{url} does not speak TLS as expected"
                f" ({self.redact(getattr(tls, 'reason', None) or tls)}). Check scheme and port in"
                " url."
            )
        if isinstance(error, _unsent()):
            reason = self.redact(error) or type(error).__name__
            return EncvoyError(
                f"{start}{url} cannot be reached ({reason}). Check url, the network, and proxy"
                " settings."
            )
        if isinstance(error, httpx.ReadTimeout):
            return OutcomeUnknown(
                f"{start}no answer from {url} within {self.settings.timeout:g} seconds. The server"
                " leaves a request unanswered when it meets an internal error: see its log.",
                waited=True,
            )
        return OutcomeUnknown(
            f"{start}the connection to {url} broke ({type(error).__name__}). Run again."
        )


def _trust(settings: Settings) -> ssl.SSLContext:
    """The machine's own trusted CAs, and the one in ``ca_path`` besides."""
    if settings.url.startswith("http:"):
        # Reading the CAs takes longer than a request.
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context = ssl.create_default_context()
    if not settings.validate_certs:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif settings.ca_path:
        try:
            context.load_verify_locations(cafile=settings.ca_path)
        except (OSError, ssl.SSLError) as error:
            reason = (
                error.strerror
                if isinstance(error, OSError) and error.strerror
                else "no certificate in it"
            )
            raise EncvoyError(
                f"ca_path: {settings.ca_path!r} cannot be used ({reason}). Give a PEM file with the"
                " CA's certificate, on the machine that runs the module."
            ) from None
    return context


def _unsent() -> tuple[type[Exception], ...]:
    """The errors after which the server cannot have seen the request."""
    return (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError)


def _may_try_again(error: Exception, repeatable: bool) -> bool:
    """Whether the same request may be sent again, and has a chance to be answered then."""
    if isinstance(error, httpx.ReadTimeout) or _tls_fault(error):
        return False
    return repeatable or isinstance(error, _unsent())


def _tls_fault(error: BaseException) -> ssl.SSLError | None:
    """The TLS error beneath a library's error: final, unlike a connection that was cut off."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError) and not isinstance(
            cause, (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
        ):
            return cause
        cause = cause.__cause__ or cause.__context__
    return None


def _retry_after(headers: Mapping[str, str]) -> float:
    """Seconds that the server asks to wait; 0.0 when it does not say.

    The header has a number or a date (RFC 9110, 10.2.3).
    """
    value = headers.get("retry-after", "").strip()
    try:
        if value.isdigit():
            return float(value)
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError):
        return 0.0
