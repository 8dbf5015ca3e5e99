# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the dashboard serves beside the API: its configuration, and its pages in one sentence."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from .web.pages import render


async def configuration(request: Request) -> Response:
    """GET /config.js: a script that tells everybody the system client's id."""
    settings = request.app.state.settings
    values = {
        "CLIENT_ID": settings.system_client_id,
        "DOMAIN": settings.domain,
        "BACKEND_URL": settings.domain,
        "CUSTOM_STYLES": "",
        "MANUAL_URL": "",
        "COPYRIGHT": "",
        "GOOGLE_METRICA_ID": "",
    }
    lines = ",\n".join(f"  {name}: '{value}'" for name, value in values.items())
    script = f"window.ENV_CONFIG = {{\n{lines}\n}};\n"
    return Response(script, media_type="application/javascript")


async def dashboard(request: Request) -> Response:
    """GET /, /code or /login: where the real dashboard would start."""
    name = request.app.state.settings.project_name
    text = "The dashboard is not simulated. Sign in from an application."
    return HTMLResponse(render("message.html", title=name, text=text))


async def not_found(_request: Request) -> Response:
    """What the web server in front answers for paths that nothing serves."""
    return HTMLResponse(
        "<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n"
        "<center><h1>404 Not Found</h1></center>\r\n<hr><center>nginx</center>\r\n"
        "</body>\r\n</html>\r\n",
        404,
    )


ROUTES = [
    Route("/config.js", configuration),
    *[Route(path, dashboard) for path in ("/", "/code", "/login")],
]
