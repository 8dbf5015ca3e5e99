# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: runs upstream's install.sh, and says why that failed."""

from __future__ import annotations

from collections.abc import Sequence

from .build import explain
from .docker import CommandFailed, CommandTimedOut, SentryError, SentryHost, last_log_lines

_LOG = "sentry_install_log-*.txt in the Sentry folder"


def run_install(host: SentryHost, flags: Sequence[str], timeout: float) -> str:
    """Return what install.sh printed; raise SentryError with the reason when it fails.

    :param timeout: seconds, after which it is ended with all that it has started
    """
    try:
        return host.install(*flags, timeout=timeout)
    except CommandTimedOut:
        raise SentryError(
            f"install_timeout: install.sh took longer than {timeout:g} s and was stopped. See its"
            f" log {_LOG}, or give it more time."
        ) from None
    except CommandFailed as error:
        raise SentryError(f"install.sh: {_reason(error.printed)}. Its log is {_LOG}.") from None
    except OSError as error:
        raise SentryError(
            f"install.sh: It cannot be run ({error.strerror}). See that it is there, and"
            " executable: chmod +x install.sh."
        ) from None


def _reason(printed: str) -> str:
    return (explain(printed) or f"It ended with an error: {last_log_lines(printed, 4)}").rstrip(".")
