# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Loads settings in the way of sentry.runner.importer: Python knows the file as ``<string>``."""

from __future__ import annotations


class ConfigurationError(ValueError):
    """What Sentry makes of any error in its settings; the text quotes the error."""


def load_settings(path: str) -> None:
    try:
        with open(path, "rb") as file:
            exec(file.read(), {})
    except Exception as error:
        message = f"{type(error).__name__}: {error}"
        raise ConfigurationError(message).with_traceback(error.__traceback__)  # noqa: B904
