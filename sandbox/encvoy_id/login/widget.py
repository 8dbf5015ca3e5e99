# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page on which a person logs in or consents, with the data that the real page carries.

Scripts read ``window.__WIDGET_DATA__`` in it: ``initialRoute`` says which step it is, and
``envVars.MESSAGE`` why a step failed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from ..management.errors import ApiError, message_of
from ..oidc.claims import LABELS, released
from ..settings import VERSION
from ..storage.clients import WIDGET_COLORS
from ..web.pages import render

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
COPYRIGHT = {"en-US": "Simulated for tests"}


def _client_variables(client: Mapping[str, Any], language: str) -> dict[str, Any]:
    """How the client looks on the page."""
    name = client["name"] or ""
    return {
        "TITLE": client["widget_title"].replace("WIDGET_APP_NAME", name),
        "INFO": client["widget_info"],
        "INFO_OUT": client["widget_info_out"],
        "HIDE_BIND_ACCOUNT": False,
        "HIDE_CREATE_ACCOUNT": client["hide_widget_create_account"],
        "COLORS": client["widget_colors"],
        "HIDE_FOOTER": client["hide_widget_footer"],
        "HIDE_HEADER": client["hide_widget_header"],
        "HIDE_AVATARS_OF_BIG_PROVIDERS": client["hide_avatars_of_big_providers"],
        "COVER": client["cover"],
        "LANG": language,
    }


def _data(
    request: Request,
    route: str,
    client: Mapping[str, Any] | None,
    uid: str,
    message: tuple[str, str],
    extra: Mapping[str, Any],
) -> dict[str, Any]:
    """The object in the page."""
    return {
        "envVars": _variables(request, route, client, message),
        "initialRoute": route,
        "interactionId": uid,
        "externalAccountInfo": None,
        "publicProfileClaims": extra.get("publicProfileClaims", ""),
        "loggedUsers": "",
        "login": "",
        "details": extra.get("details", {}),
        "version": VERSION,
    }


def _variables(
    request: Request, route: str, client: Mapping[str, Any] | None, message: tuple[str, str]
) -> dict[str, Any]:
    """Client, system and message; without a client (unknown interaction) it says less."""
    settings = request.app.state.store.settings.all(private=True)
    policy = {
        "REGISTRATION_POLICY": settings["registration_policy"],
        "DATA_PROCESSING_POLICY_URL": settings["data_processing_agreement"],
    }
    variables: dict[str, Any] = {
        "WIDGET": {"HIDE_BIND_ACCOUNT": False, "HIDE_CREATE_ACCOUNT": False},
        "SETTINGS": policy,
        "MESSAGE": message[0],
        "MESSAGE_DETAIL": message[1],
        "TIME_TO_RESEND": 30,
        "COPYRIGHT": COPYRIGHT,
        "DOMAIN": request.app.state.settings.domain,
    }
    if route == "login":
        variables["PROVIDERS"] = [PROVIDER]
    if client is None:
        return variables
    policy["ALLOWED_LOGIN_FIELDS"] = settings["allowed_login_fields"]
    return variables | {
        "WIDGET": _client_variables(client, settings["i18n"]["default_language"]),
        "CLIENT_ID": client["client_id"],
        "REDIRECT_URI": client["redirect_uris"],
        "POST_LOGOUT_REDIRECT_URIS": client["post_logout_redirect_uris"],
        "PROJECT_NAME": client["name"],
        "APP_NAME": client["name"],
    }


def _page(
    request: Request, template: str, data: dict[str, Any], status: int, **values: Any
) -> HTMLResponse:
    # "<" never stands in the script as such, so no value can end it.
    script = Markup(json.dumps(data, separators=(",", ":")).replace("<", "\\u003c"))
    colors = WIDGET_COLORS | (data["envVars"]["WIDGET"].get("COLORS") or {})
    project = request.app.state.settings.project_name
    title = data["envVars"]["WIDGET"].get("TITLE") or project
    page = render(template, script=script, colors=colors, title=title, project=project, **values)
    return HTMLResponse(page, status)


def login_page(request: Request, client: Mapping[str, Any], uid: str) -> HTMLResponse:
    """The form for login and password."""
    data = _data(request, "login", client, "", ("", ""), {})
    return _page(request, "login.html", data, 200, uid=uid, message="", identifier="")


def consent_page(
    request: Request, client: Mapping[str, Any], interaction: Mapping[str, Any]
) -> HTMLResponse:
    """What the client will learn about the person, and the button to allow it."""
    store = request.app.state.store
    user = store.users.get(interaction["user_id"])
    asked = interaction["params"].get("scope", "").split()
    remembered = store.users.consent(user["id"], client["client_id"])
    missing = [scope for scope in asked if scope not in remembered]
    extra = {
        "publicProfileClaims": user["public_profile_claims_oauth"],
        "details": {"missingOIDCScope": ",".join(missing)},
    }
    uid = interaction["uid"]
    data = _data(request, "access", client, uid, ("", ""), extra)
    claims = released(user, asked, domain=request.app.state.settings.domain)
    shown = [(label, claims[name]) for name, label in LABELS.items() if name in claims]
    return _page(request, "access.html", data, 200, uid=uid, claims=shown, user=user)


def other_page(
    request: Request, client: Mapping[str, Any], uid: str, route: str, status: int
) -> HTMLResponse:
    """A step that the simulator does not play, such as a second factor."""
    data = _data(request, route, client, uid, ("", ""), {})
    text = f"This account has to finish the step “{route}” first."
    return _page(request, "step.html", data, status, text=text)


def error_page(
    request: Request,
    error: ApiError,
    status: int,
    client: Mapping[str, Any] | None = None,
    uid: str = "",
    identifier: str = "",
) -> HTMLResponse:
    """The form again, with what went wrong; without a form when there is nothing to go on with."""
    language = request.app.state.store.settings.get("i18n")["default_language"]
    message = message_of(error, language)
    data = _data(request, "error", client, uid, (message, error.details or ""), {})
    if client is None:
        return _page(request, "step.html", data, status, text=message)
    return _page(
        request, "login.html", data, status, uid=uid, message=message, identifier=identifier
    )
