# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data in the login and consent pages."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import httpx

from tests.contract.server_state import FOLDER, RecordedServer, load
from tests.contract.templates import differences, fill

SCRIPT = re.compile(r'<script id="__WIDGET_DATA__">window.__WIDGET_DATA__=(\{.*?\})</script>')
RECORDED = load(FOLDER / "login_pages.yml")


def widget_problems(
    expected: Mapping[str, Any], response: httpx.Response, recorded: RecordedServer
) -> list[str]:
    """How the page's data differ from the recorded ones.

    :param expected: which page of ``login_pages.yml``, and the variables in it.
    """
    found = SCRIPT.search(response.text)
    kind = response.headers.get("content-type")
    if found is None or kind != "text/html; charset=utf-8":
        return [f"{kind} without the widget's data: {response.text[:200]}"]
    data = json.loads(found.group(1))
    # The operator's own text.
    data["envVars"]["COPYRIGHT"] = {}
    wanted = fill(RECORDED[expected["page"]], {**recorded.variables, **expected})
    return differences(wanted, data, "widget")
