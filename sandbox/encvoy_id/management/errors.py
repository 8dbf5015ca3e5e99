# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The management API's errors, in the server's shape and with its codes."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..storage.time import now_iso
from ..web.responses import CharsetJSONResponse

# English texts of the codes; the system's language changes them, see :func:`message_of`.
MESSAGES = {
    "T3E0001": "Invalid credentials",
    "T3E0003": "User not found",
    "T3E0009": "Cannot change the application owner's role",
    "T3E0010": "Cannot assign the application owner role",
    "T3E0024": "User is blocked",
    "T3E0026": "Access restricted",
    "T3E0027": "Cannot disable all identifiers",
    "T3E0028": "Only 'login', 'email' and 'phone_number' can be identifiers",
    "T3E0030": "Provider not found",
    "T3E0059": "Role not found",
    "T3E0060": "Invalid Basic",
    "T3E0061": "Invalid Authorization",
    "T3E0067": "Action forbidden",
    "T3E0068": "Invalid token",
    "T3E0071": "Application not found",
    "T3E0072": "Invalid password",
    "T3E0073": "Invalid identifier",
    "T3E0077": "Basic authorization is forbidden for this controller",
    "T3E0078": "Something went wrong",
    "T3E0095": "Value must be unique",
}
# Only the message that every client meets is translated: enough to catch a match on text.
TRANSLATIONS = {
    ("ru-RU", "T3E0068"): "Недействительный токен",
    ("de-DE", "T3E0068"): "Ungültiges Token",
    ("fr-FR", "T3E0068"): "Jeton invalide",
}


class ApiError(Exception):
    """An HTTP error with one of the server's codes, or with plain text (then without a code)."""

    def __init__(self, status: int, code_or_text: str, details: str | None = None) -> None:
        super().__init__(code_or_text)
        self.status = status
        self.code = code_or_text if code_or_text in MESSAGES else None
        self.text = MESSAGES.get(code_or_text, code_or_text)
        self.details = details


def forbidden_resource() -> ApiError:
    """A protected route without the right to it."""
    return ApiError(403, "Forbidden resource")


def message_of(error: ApiError, language: str) -> str:
    """The error's text in the system's language."""
    return TRANSLATIONS.get((language, error.code or ""), error.text)


def error_response(request: Request, error: ApiError) -> Response:
    """The error as the server answers it."""
    language = request.app.state.store.settings.get("i18n").get("default_language")
    body: dict[str, Any] = {
        "statusCode": error.status,
        "timestamp": now_iso(),
        "path": request.scope["original_path"],
        "message": message_of(error, language),
        "errorCode": f"translation.errors.{error.code}" if error.code else None,
    }
    if error.details is not None:
        body["details"] = error.details
    return CharsetJSONResponse(body, error.status)


async def on_api_error(request: Request, error: Exception) -> Response:
    """Starlette's exception handler for :class:`ApiError`."""
    assert isinstance(error, ApiError)
    return error_response(request, error)


async def on_unreadable_body(request: Request, error: Exception) -> Response:
    """Starlette's exception handler for a body with a mistake in it."""
    return error_response(request, ApiError(400, str(error)))
