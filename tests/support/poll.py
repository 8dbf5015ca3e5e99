# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asks for a page ten times a second, and counts the seconds in which it was not there."""

from __future__ import annotations

import threading
import time
from types import TracebackType

import httpx

INTERVAL = 0.1


class Poll:
    """While it is open, a thread asks for the page.

    :param url: a page that answers 200 when all is well
    :param cookies: of somebody who is logged in
    :param form: whether a form is sent; without its token Sentry answers 403 when all is well
    :param timeout: seconds after which there is no answer
    """

    def __init__(
        self,
        url: str,
        *,
        cookies: httpx.Cookies | None = None,
        form: bool = False,
        timeout: float = 5,
    ) -> None:
        self.url = url
        self._cookies = cookies
        self._form = form
        self._timeout = timeout
        self.polls = 0
        self.failed = 0
        self.failures: list[str] = []
        self.seconds_without = 0.0
        self.longest_gap = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ask_again_and_again)

    def __enter__(self) -> Poll:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _ask_again_and_again(self) -> None:
        with httpx.Client(timeout=self._timeout, cookies=self._cookies, verify=False) as client:
            gap = 0.0
            while not self._stop.is_set():
                start = time.monotonic()
                found = self._is_there(client)
                self._stop.wait(max(0.0, INTERVAL - (time.monotonic() - start)))
                self.polls += 1
                gap = 0.0 if found else gap + time.monotonic() - start
                if not found:
                    self.failed += 1
                    self.seconds_without += time.monotonic() - start
                    self.longest_gap = max(self.longest_gap, gap)

    def _is_there(self, client: httpx.Client) -> bool:
        expected = httpx.codes.FORBIDDEN if self._form else httpx.codes.OK
        try:
            answer = self._ask(client)
        except httpx.TransportError as error:
            self.failures.append(repr(error))
            return False
        if answer.status_code != expected:
            self.failures.append(str(answer.status_code))
        return answer.status_code == expected

    def _ask(self, client: httpx.Client) -> httpx.Response:
        """Ask as a browser does: once more where a connection that was open was closed meanwhile.

        nginx closes those that are idle when it is reloaded, and some of them meet a request.
        """
        method = "POST" if self._form else "GET"
        try:
            return client.request(method, self.url)
        except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
            if not self.polls:
                raise
            return client.request(method, self.url)
