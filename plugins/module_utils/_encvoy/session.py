# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: a session with one server, which sends all requests. No routes here."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from .._address import AddressError, parse, same_origin
from . import retry, tls
from .errors import EncvoyError
from .failures import Target, failure
from .library import LIBRARY
from .lock import serialized
from .proxy import Proxy, proxy_for
from .redaction import Secrets

httpx = LIBRARY.api

# Other modules may each need the server for one request; so many limits of one are waited for.
_LOCK_PATIENCE = 10
_LOCATION = "encvoy.sentry.location"
# What nginx answers to plain http where it expects TLS.
_TLS_EXPECTED = b"plain HTTP request was sent to HTTPS port"


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
        except (ValueError, RecursionError):
            return None

    def fields(self) -> dict[str, Any]:
        """The parsed body when it is a JSON object, else an empty one."""
        document = self.json()
        return document if isinstance(document, dict) else {}


class Session:
    """A connection to one server. Use it with ``with``; it sends one request at a time."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.secrets = Secrets()
        self._proxy: Proxy | None = None
        self._client: Any = None

    def __enter__(self) -> Session:
        self._proxy = proxy_for(self.settings.url, LIBRARY.name)
        if self._proxy:
            self.secrets.add(self._proxy.password)
        self._client = _client(self.settings, self._proxy)
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._client.close()

    def redact(self, text: object) -> str:
        """Text of the server or of a library, fit for an error message."""
        return self.secrets.redact(text)

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

        :param what: completes "Could not …"
        :param repeatable: whether it may be sent twice, by default what HTTP says of the method.
            Such a request is repeated when the connection breaks or the answer is a passing one;
            any other only when the server cannot have acted on it
        :raises EncvoyError: when the server cannot be reached, or is not the one that is meant
        :raises OutcomeUnknown: when the server may have acted
        """
        if repeatable is None:
            repeatable = retry.is_repeatable(method)
        request = self._request(
            what, method, path, params=params, json=body, data=form, headers=headers
        )
        for pause in retry.PAUSES:
            try:
                answer = self._once(what, request)
            except httpx.HTTPError as error:
                if not _may_try_again(error, repeatable):
                    raise self._failure(what, error) from None
            else:
                if not retry.may_repeat_after(answer.status, repeatable):
                    return self._checked(what, path, answer)
                pause = self._asked_pause(what, answer, pause)
            time.sleep(pause)
        try:
            return self._checked(what, path, self._once(what, request))
        except httpx.HTTPError as error:
            raise self._failure(what, error) from None

    def _request(self, what: str, method: str, path: str, **parts: Any) -> Any:
        """The request, to this server and no other: whatever it carries is for this one alone."""
        try:
            # What the server wrote into a redirect may have characters that a request cannot carry.
            clean = quote(path, safe="/%:@!$&'()*+,;=~?#")
            request = self._client.build_request(method, clean, **parts)
        except httpx.InvalidURL as error:
            raise EncvoyError(f"Could not {what}: {self.redact(error)}. Check url.") from None
        place = f"{request.url.scheme}://{request.url.netloc.decode('ascii')}"
        if not same_origin(place, self.settings.url):
            raise EncvoyError(
                f"Could not {what}: the request would go to another server than"
                f" {self.settings.url}. Check url."
            )
        return request

    def _asked_pause(self, what: str, answer: Answer, at_least: float) -> float:
        """Seconds to wait before the next attempt.

        :raises EncvoyError: when it is too long
        """
        pause = max(at_least, retry.retry_after(answer.headers))
        if pause > retry.LONGEST_PAUSE:
            raise EncvoyError(
                f"Could not {what}: {self.settings.url} asks to wait {pause:.0f} seconds before the"
                " next request. Run again later."
            )
        return pause

    def _once(self, what: str, request: Any) -> Answer:
        patience = _LOCK_PATIENCE * self.settings.timeout
        with serialized(self.settings.url, patience) as acquired:
            if not acquired:
                raise EncvoyError(
                    f"Could not {what}: other Ansible runs kept {self.settings.url} busy for"
                    f" {patience:g} seconds. Run again, or with fewer forks."
                )
            response = self._sent(request)
            try:
                return self._read(response)
            finally:
                response.close()

    def _sent(self, request: Any) -> Any:
        try:
            return self._client.send(request, stream=True)
        except httpx.HTTPError:
            raise
        except Exception as error:
            if self._proxy is None:
                raise
            # httpx lets through what the library for SOCKS says of a proxy that speaks otherwise.
            raise httpx.ProxyError(str(error) or type(error).__name__) from None

    def _read(self, response: Any) -> Answer:
        # httpx limits the wait for each piece of a body; a server that drips is limited here.
        end = time.monotonic() + self.settings.timeout
        body = bytearray()
        for piece in response.iter_bytes():
            body += piece
            if time.monotonic() > end:
                raise httpx.ReadTimeout("the answer did not end")
        headers = {**response.headers, **response.extensions.get(_LOCATION, {})}
        return Answer(response.status_code, headers, bytes(body))

    def _checked(self, what: str, path: str, answer: Answer) -> Answer:
        """The answer, when it is the server's own.

        :raises EncvoyError: for one that tells that ``url`` or the proxy is not the right one
        """
        url, start = self.settings.url, f"Could not {what}: "
        if answer.status == 407 and self._proxy:
            raise EncvoyError(
                f"{start}the proxy {self._proxy.url} wants a login. Give one in"
                f" {self._proxy.source}, for example http://login:password@proxy.example.com:3128."
            )
        if answer.status == 400 and _TLS_EXPECTED in answer.body:
            raise EncvoyError(
                f"{start}{url} speaks TLS. Set url to {url.replace('http:', 'https:', 1)}."
            )
        other = _moved_to(url, path, answer)
        if other:
            raise EncvoyError(f"{start}{url} redirects to {other}. Set url to {other}.")
        return answer

    def _failure(self, what: str, error: Exception) -> EncvoyError:
        settings = self.settings
        target = Target(settings.url, settings.timeout, settings.ca_path, self._proxy)
        return failure(what, error, target, self.redact)


def _client(settings: Settings, proxy: Proxy | None) -> Any:
    """An httpx.Client that takes nothing from its surroundings: no proxies, ~/.netrc, CA files."""
    if settings.url.startswith("https:") or (proxy and proxy.uses_tls):
        context = tls.trust(settings.validate_certs, settings.ca_path)
    else:
        context = tls.unused()
    way = None
    if proxy:
        login = None if proxy.username is None else (proxy.username, proxy.password or "")
        way = httpx.Proxy(proxy.url, auth=login)
        # Versions that have no such parameter yet do not look at it either.
        way.ssl_context = context if proxy.uses_tls else None
    return httpx.Client(
        transport=httpx.HTTPTransport(verify=context, proxy=way, trust_env=False),
        base_url=settings.url,
        timeout=settings.timeout,
        follow_redirects=False,
        trust_env=False,
        event_hooks={"response": [_put_location_aside]},
        headers={"User-Agent": settings.agent, "Accept": "application/json, */*;q=0.5"},
    )


def _put_location_aside(response: Any) -> None:
    """Keep httpx from reading a Location, which it does though it follows none, and fails over."""
    location = response.headers.pop("location", None)
    response.extensions[_LOCATION] = {} if location is None else {"location": location}


def _may_try_again(error: Exception, repeatable: bool) -> bool:
    """Whether the same request may be sent again, and has a chance to be answered then."""
    if isinstance(error, httpx.ReadTimeout) or tls.tls_fault(error):
        return False
    unsent = (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError)
    return repeatable or isinstance(error, unsent)


def _moved_to(url: str, path: str, answer: Answer) -> str | None:
    """The server's public address, when a redirect names another one for the very same path."""
    if not 300 <= answer.status < 400 or not answer.location:
        return None
    try:
        target = parse(urljoin(url + "/", answer.location))
    except (AddressError, ValueError):
        return None
    same_path = target.path.rstrip("/") == urlsplit(path).path.rstrip("/")
    return target.origin if same_path and target.origin != url else None
