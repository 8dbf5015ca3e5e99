# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging out at a client's wish: asks the browser back once, then ends the session."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ..storage.artifacts import new_uid
from ..web.pages import render
from ..web.requests import read_form
from . import cookies
from .errors import NO_STORE, PageError
from .metadata import registered

TTL = 3600


async def ask(request: Request) -> Response:
    """GET /oidc/session/end: a page whose form submits itself."""
    params = dict(request.query_params)
    target = params.get("post_logout_redirect_uri")
    client = request.app.state.store.clients.get(params.get("client_id", ""))
    if target and not (client and registered(client["post_logout_redirect_uris"], target)):
        raise PageError("invalid_request", "post_logout_redirect_uri not registered")
    xsrf = new_uid()
    session = cookies.read(request, "_session") or new_uid()
    pending = {"session": session, "target": target, "state": params.get("state")}
    request.app.state.store.artifacts.put("logout", xsrf, pending, TTL)
    response = HTMLResponse(render("logout.html", xsrf=xsrf), headers=NO_STORE)
    cookies.write(request, response, "_session", session, path="/", same_site="none", ttl=TTL)
    cookies.write(request, response, "_session.legacy", session, path="/", same_site=None, ttl=TTL)
    return response


async def confirm(request: Request) -> Response:
    """POST /oidc/session/end/confirm: end the session with all its tokens."""
    form = await read_form(request)
    artifacts = request.app.state.store.artifacts
    pending = artifacts.get("logout", form.get("xsrf", ""))
    if pending is None or pending["session"] != cookies.read(request, "_session"):
        raise PageError("invalid_request", "could not find logout details")
    if form.get("logout"):
        artifacts.end_session(pending["session"])
    target = pending["target"] or "/oidc/session/end/success"
    if pending["state"]:
        target += ("&" if "?" in target else "?") + f"state={pending['state']}"
    return RedirectResponse(target, 303, NO_STORE)


async def done(_request: Request) -> Response:
    """GET /oidc/session/end/success."""
    return HTMLResponse(render("message.html", title="Signed out", text="You are signed out."))
