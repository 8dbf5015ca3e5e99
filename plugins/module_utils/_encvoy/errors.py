# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: the errors of this half."""

from __future__ import annotations

from .._module import ModuleError


class EncvoyError(ModuleError):
    """Something at Encvoy ID, or on the way to it, is not as it has to be."""


class RequestRejected(EncvoyError):
    """The server answered, and the answer is no.

    :param status: the HTTP status
    :param code: the last part of the server's errorCode (``T3E0068``), or None
    """

    def __init__(self, message: str, status: int, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class OutcomeUnknown(EncvoyError):
    """A request was sent, and nobody can tell from here whether the server acted on it.

    :param waited: whether the server kept silent until the time limit: repeating that would only
        wait again
    """

    def __init__(self, message: str, waited: bool = False) -> None:
        super().__init__(message)
        self.waited = waited
