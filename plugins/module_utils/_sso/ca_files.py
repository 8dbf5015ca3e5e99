# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: the CA of Encvoy ID as files in Sentry's certificates/.

Each certificate of a bundle gets a file of its own: update-ca-certificates makes no link for a file
with several, and upstream's own setup of certificates ends at one, with everything off.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

FIRST = "certificates/encvoy-id.crt"
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----")


def ca_files(text: str | None, present: Iterable[str] = ()) -> list[dict[str, str]]:
    """The files, as sentry_config takes them.

    :param text: PEM, of one certificate or several; None or empty for none
    :param present: paths of those that are there; what is not wanted any more is removed
    """
    found = _CERTIFICATE.findall(text or "")
    contents = [f"{each}\n" for each in found] if len(found) > 1 else [text] if text else []
    files = [
        {"path": _path(number), "content": str(content), "mode": "0644"}
        for number, content in enumerate(contents, start=1)
    ]
    wanted = {file["path"] for file in files}
    spare = [path for path in present if path not in wanted]
    return [*files, *({"path": path, "content": "", "state": "absent"} for path in spare)]


def _path(number: int) -> str:
    return FIRST if number == 1 else FIRST.replace(".crt", f"-{number}.crt")
