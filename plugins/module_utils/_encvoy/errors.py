# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: the errors that people read, and foreign text made safe for them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .._module import ModuleError

# A secret this long never occurs by chance, so it is replaced wherever it stands.
_LONG = 8
# Foreign text is quoted only this far: enough for a sentence, not for a page of HTML.
_QUOTE = 300


class EncvoyError(ModuleError):
    """Something at Encvoy ID, or on the way to it, is not as it has to be."""


class RequestRejected(EncvoyError):
    """The server answered, and the answer is no.

    ``status`` is the HTTP status, ``code`` the last part of the server's errorCode (``T3E0068``) or
    None.
    """

    def __init__(self, message: str, status: int, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class OutcomeUnknown(EncvoyError):
    """A request was sent, and nobody can tell from here whether the server acted on it.

    ``waited`` is True when the server kept silent until the time limit: repeating that would only
    wait again.
    """

    def __init__(self, message: str, waited: bool = False) -> None:
        super().__init__(message)
        self.waited = waited


def redact(text: str, secrets: Iterable[str]) -> str:
    """Text of foreign origin, on one line, shortened, and with the secrets replaced.

    A short secret is replaced only where it stands as a word of its own: replacing each letter of a
    one-letter password would hide the message and show the password.
    """
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        pattern = re.escape(secret)
        if len(secret) < _LONG:
            pattern = rf"(?<!\w){pattern}(?!\w)"
        text = re.sub(pattern, "********", text)
    text = " ".join(text.split())
    return text if len(text) <= _QUOTE else text[:_QUOTE] + "…"
