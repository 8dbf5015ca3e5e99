# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a site adds to its own enhance-image.sh, and takes out again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from tests.system.sandbox import Sandbox

SCRIPT = "sentry/enhance-image.sh"
FIRST_LINE = "#!/bin/bash -e"
# The web service ends whenever it starts, with these words.
BROKEN_START = "broken by the site"
BREAK_START = (
    f"""sed -i '2i test "$2" != web || {{ echo {BROKEN_START}; exit 1; }}' /docker-entrypoint.sh"""
)
# What does Sentry's work in the background ends whenever it starts, and web does not.
BREAK_WORKER = (
    f"""sed -i '2i case "$2" in worker|taskworker) echo {BROKEN_START}; exit 1;; esac'"""
    " /docker-entrypoint.sh"
)


@contextlib.contextmanager
def own_line_in_enhance_image(sandbox: Sandbox, line: str) -> Iterator[None]:
    """The site's own enhance-image.sh ends with this line for a while."""
    before = sandbox.on_host("sh", "-c", f"cat {SCRIPT} 2>/dev/null || :")
    sandbox.on_host("tee", SCRIPT, stdin=f"{before or FIRST_LINE}\n{line}\n")
    sandbox.on_host("chmod", "0755", SCRIPT)
    try:
        yield
    finally:
        if before:
            sandbox.on_host("tee", SCRIPT, stdin=before)
        else:
            sandbox.on_host("rm", SCRIPT)
