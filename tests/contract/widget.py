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

from tests.contract.templates import differences
from tests.contract.worlds import World

SCRIPT = re.compile(r'<script id="__WIDGET_DATA__">window.__WIDGET_DATA__=(\{.*?\})</script>')
COLORS = {"font_color": "#fff", "link_color": "#000", "button_color": "#4C6AD4"}
PROVIDER = {
    "id": 1,
    "type": "CREDENTIALS",
    "is_public": True,
    "avatar": "public/default/credentials.svg",
    "description": None,
    "name": "Login/Password",
    "params": None,
    "is_active": True,
    "groupe": "",
    "index": 0,
}


def widget_problems(
    expected: Mapping[str, Any], response: httpx.Response, world: World
) -> list[str]:
    """How the page's data differ from those of a step (``route``) for a client."""
    found = SCRIPT.search(response.text)
    kind = response.headers.get("content-type")
    if found is None or kind != "text/html; charset=utf-8":
        return [f"{kind} without the widget's data: {response.text[:200]}"]
    data = json.loads(found.group(1))
    # The operator's own text.
    data["envVars"]["COPYRIGHT"] = {}
    return differences(_data(expected, world), data, "widget")


def _data(expected: Mapping[str, Any], world: World) -> dict[str, Any]:
    missing = expected.get("missing")
    return {
        "envVars": _variables(expected, world),
        "initialRoute": expected["route"],
        "interactionId": expected.get("interaction", ""),
        "externalAccountInfo": None,
        "publicProfileClaims": expected.get("claims", ""),
        "loggedUsers": "",
        "login": "",
        "details": {"missingOIDCScope": missing} if missing else {},
        "version": "1.0.10",
    }


def _variables(expected: Mapping[str, Any], world: World) -> dict[str, Any]:
    variables: dict[str, Any] = {
        "WIDGET": {"HIDE_BIND_ACCOUNT": False, "HIDE_CREATE_ACCOUNT": False},
        "SETTINGS": {"REGISTRATION_POLICY": "allowed", "DATA_PROCESSING_POLICY_URL": ""},
        "MESSAGE": expected.get("message", ""),
        "MESSAGE_DETAIL": expected.get("detail", ""),
        "TIME_TO_RESEND": 30,
        "COPYRIGHT": {},
        "DOMAIN": world.variables["domain"],
    }
    if "client" in expected:
        client = world.server.store.clients.get(expected["client"]) or {}
        variables["WIDGET"] |= _appearance(client)
        variables["SETTINGS"]["ALLOWED_LOGIN_FIELDS"] = "login phone_number"
        variables |= {
            "CLIENT_ID": client["client_id"],
            "REDIRECT_URI": client["redirect_uris"],
            "POST_LOGOUT_REDIRECT_URIS": client["post_logout_redirect_uris"],
            "PROJECT_NAME": client["name"],
            "APP_NAME": client["name"],
        }
    if expected["route"] == "login":
        variables["PROVIDERS"] = [PROVIDER]
    return variables


def _appearance(client: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "TITLE": client["name"],
        "INFO": "",
        "INFO_OUT": "",
        "COLORS": COLORS,
        "HIDE_FOOTER": False,
        "HIDE_HEADER": False,
        "HIDE_AVATARS_OF_BIG_PROVIDERS": False,
        "COVER": None,
        "LANG": "en-US",
    }
