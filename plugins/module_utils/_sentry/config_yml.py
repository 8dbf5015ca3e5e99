# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: the one setting that is read of Sentry's config.yml."""

from __future__ import annotations

import re

try:
    import yaml
except ImportError:  # ansible-core's own requirement of the controller, not of the hosts
    yaml = None

_NAME = "system.url-prefix"
_LINE = re.compile(r"""^(["']?)system\.url-prefix\1[ \t]*:[ \t]+(.*?)[ \t]*$""", re.M)


def url_prefix(config_yml: str) -> str | None:
    """Return ``system.url-prefix``, None when it is not set there.

    Where a host has no PyYAML, and Sentry was never installed, so that it cannot be asked either,
    the line is looked for on which upstream keeps it.
    """
    if yaml is not None:
        try:
            found = yaml.safe_load(config_yml)
        except yaml.YAMLError:
            return None
        value = found.get(_NAME) if isinstance(found, dict) else None
        return str(value) if value not in (None, "") else None
    values = [_scalar(match.group(2)) for match in _LINE.finditer(config_yml)]
    return values[-1] if values and values[-1] not in ("", "~", "null") else None


def _scalar(text: str) -> str:
    """Return a value without its quotes or, when it is plain, without a trailing comment."""
    if text[:1] in ("'", '"'):
        closing = text.find(text[0], 1)
        if closing > 0:
            return text[1:closing]
    return re.split(r"(?:^|\s+)#", text, maxsplit=1)[0]
