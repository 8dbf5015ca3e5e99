# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: secrets kept out of text of foreign origin."""

from __future__ import annotations

import re

# A secret this long never occurs by chance, so it is replaced wherever it stands.
_LONG = 8
# Foreign text is shown only this far: enough for a sentence, not for a page of HTML.
_LONGEST = 300
_MASK = "********"


class Secrets:
    """The values that must appear in no message."""

    def __init__(self) -> None:
        self._values: set[str] = set()

    def __contains__(self, value: str) -> bool:
        return value in self._values

    def add(self, value: str | None) -> None:
        if value:
            self._values.add(value)

    def redact(self, text: object) -> str:
        """Text of a server or a library, on one line, shortened, and with the secrets replaced.

        A short secret is replaced only where it stands as a word of its own: replacing each letter
        of a one-letter password would hide the message and show the password.
        """
        clean = str(text)
        for value in sorted(self._values, key=len, reverse=True):
            pattern = re.escape(value)
            if len(value) < _LONG:
                pattern = rf"(?<!\w){pattern}(?!\w)"
            clean = re.sub(pattern, _MASK, clean)
        clean = " ".join(clean.split())
        return clean if len(clean) <= _LONGEST else clean[:_LONGEST] + "…"
