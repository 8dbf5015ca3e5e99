# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: a headless login, and what becomes of its tokens."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import re
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, urljoin, urlsplit

from .._address import same_origin
from .errors import EncvoyError, OutcomeUnknown
from .session import Answer, Session

# A login that a passing fault interrupted is begun anew this often. Its steps cannot be repeated
# one by one.
_ATTEMPTS = 2
_WIDGET = re.compile(r"__WIDGET_DATA__\s*=\s*(\{.*)", re.DOTALL)
_CONFIGURED_ID = re.compile(r"""["']?\bCLIENT_ID["']?\s*:\s*["']([^"'$]+)["']""")


class _Interrupted(EncvoyError):
    """A passing fault in the middle of a login."""


@dataclass(frozen=True)
class Token:
    """What the token endpoint gives.

    ``expires_in`` is in seconds. There is no refresh token unless it was asked for.
    """

    access_token: str
    expires_in: int
    refresh_token: str | None = None


def find_system_client_id(session: Session) -> str:
    """The public id of the server's own client, which the dashboard publishes in /config.js."""
    what = "find the system client's id"
    answer = session.send(what, "GET", "/config.js")
    if answer.status >= 500 or answer.status == 429:
        raise EncvoyError(
            f"Could not {what}: {session.settings.url} answered {answer.status}. See that the"
            " server runs, and run again."
        )
    found = _CONFIGURED_ID.search(answer.text) if answer.status == 200 else None
    if not found:
        raise EncvoyError(
            f"Could not {what} in {session.settings.url}/config.js (status {answer.status}). Give"
            " it as system_client_id: it is the deployment's CLIENT_ID."
        )
    return found.group(1)


def log_in(
    session: Session, client_id: str, login: str, password: str, offline: bool = False
) -> Token:
    """Log in as a person would in a browser; with ``offline`` a refresh token comes, too.

    ``client_id`` is the system client's: only its tokens open the management API.
    """
    session.secrets.add(password)
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return _log_in_once(session, client_id, login, password, offline)
        except (_Interrupted, OutcomeUnknown) as error:
            if attempt == _ATTEMPTS or getattr(error, "waited", False):
                raise
        finally:
            # The browser session must not colour later requests: probes are to be anonymous.
            session.forget_cookies()
    raise AssertionError("the last attempt returns or raises")


def _log_in_once(
    session: Session, client_id: str, login: str, password: str, offline: bool
) -> Token:
    url = session.settings.url
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    state = secrets.token_urlsafe(16)
    query = {
        "client_id": client_id,
        "response_type": "code",
        "redirect_uri": url + "/code",
        "scope": "openid offline_access" if offline else "openid",
        "state": state,
        "nonce": secrets.token_urlsafe(16),
        "code_challenge": challenge.decode(),
        "code_challenge_method": "S256",
    }
    if offline:
        query["prompt"] = "consent"
    begun = session.send("begin the login", "GET", "/oidc/auth", params=query)
    uid = _interaction(session, "begin the login", begun, client_id)
    resumed = _enter_password(session, uid, login, password)
    code = _code(session, resumed, state, login)
    return _token(
        session,
        "fetch the access token",
        client_id,
        {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": url + "/code",
            "code_verifier": verifier,
        },
    )


def _interaction(session: Session, what: str, answer: Answer, client_id: str) -> str:
    """The id of the interaction that the server sends the browser to."""
    if answer.status == 400:
        raise EncvoyError(
            f"Could not {what}: the server does not know the system client {client_id!r}, or not"
            f" under {session.settings.url}. Check url and system_client_id."
        )
    path = _followed(session, what, answer)
    found = re.fullmatch(r"/api/interaction/([^/]+)", path)
    if not found:
        raise EncvoyError(
            f"Could not {what}: the server leads to {session.redact(path)} instead of a login."
        )
    return found.group(1)


def _enter_password(session: Session, uid: str, login: str, password: str) -> str:
    """Returns the path that resumes the authorization."""
    answer = session.send(
        f"log in as {login!r}",
        "POST",
        f"/api/interaction/{quote(uid, safe='')}/auth",
        params={"type": "CREDENTIALS"},
        body={"identifier": login, "password": password, "prompt": "login"},
    )
    # A refused login is 201 with a page, so only a redirect back to the authorization is a success.
    if answer.status == 302 and "/oidc/auth/" in answer.location:
        return _followed(session, f"log in as {login!r}", answer)
    _passing(session, f"log in as {login!r}", answer)
    raise EncvoyError(_login_fault(session, login, answer))


def _login_fault(session: Session, login: str, answer: Answer) -> str:
    start = f"Could not log in as {login!r}: "
    widget = _widget(answer.text)
    route = widget.get("initialRoute")
    if not isinstance(route, str):
        return f"{start}the server answered {answer.status} without a login page. Check url."
    if route == "error":
        variables = widget.get("envVars")
        message = variables.get("MESSAGE") if isinstance(variables, dict) else None
        return f"{start}{session.redact(message or 'no reason given')}. Check login and password."
    return (
        f"{start}the account cannot log in unattended, because the server asks for the step"
        f" {session.redact(route)!r} (a second factor, a consent, or a required field that is not"
        " filled). Log in once in a browser to complete it, or use an account without it."
    )


def _widget(page: str) -> dict[str, Any]:
    """The data that the login page carries; empty when there is none."""
    found = _WIDGET.search(page)
    if found:
        with contextlib.suppress(ValueError):
            data, _end = json.JSONDecoder().raw_decode(found.group(1))
            return dict(data)
    return {}


def _code(session: Session, path: str, state: str, login: str) -> str:
    """Resume the authorization until the code comes.

    A consent, where one is asked for, confirms itself for the system client.
    """
    what = "complete the login"
    for _step in range(4):
        # Not repeatable, though it is a GET: it uses up the interaction.
        answer = session.send(what, "GET", path, repeatable=False)
        if answer.status == 200 and path.startswith("/api/interaction/"):
            raise EncvoyError(_login_fault(session, login, answer))
        path = _followed(session, what, answer)
        if path == "/code":
            query = parse_qs(urlsplit(answer.location).query)
            if query.get("state") != [state] or not query.get("code"):
                reason = (query.get("error_description") or query.get("error") or ["no code"])[0]
                raise EncvoyError(f"Could not {what}: {session.redact(reason)}.")
            session.secrets.add(query["code"][0])
            return query["code"][0]
    raise EncvoyError(f"Could not {what}: the server redirects in a circle.")


def _followed(session: Session, what: str, answer: Answer) -> str:
    """The path that a redirect leads to, on the same server."""
    _passing(session, what, answer)
    if not 300 <= answer.status < 400 or not answer.location:
        raise EncvoyError(
            f"Could not {what}: the server answered {answer.status} instead of a redirect. Check"
            " url: it is the public address of Encvoy ID."
        )
    url = session.settings.url
    try:
        target = urljoin(url + "/", answer.location)
        parts = urlsplit(target)
    except ValueError:
        raise EncvoyError(
            f"Could not {what}: the server redirects to {session.redact(answer.location)!r}, which"
            " is no address. Check its DOMAIN setting."
        ) from None
    # Cookies do not follow to another host name, so the login would fail later and less clearly.
    if not same_origin(target, url):
        place = session.redact(f"{parts.scheme}://{parts.netloc}".lower())
        raise EncvoyError(
            f"Could not {what}: the server at {url} leads to {place}. Set url to the server's"
            " public address, exactly."
        )
    return parts.path


def _passing(session: Session, what: str, answer: Answer) -> None:
    if answer.status >= 500 or answer.status == 429:
        raise _Interrupted(
            f"Could not {what}: {session.settings.url} answered {answer.status}, so its OIDC"
            " service is down or overloaded. See that it runs, and run again."
        )


def _token(
    session: Session, what: str, client_id: str, form: dict[str, str], advice: str = ""
) -> Token:
    answer = session.send(what, "POST", "/oidc/token", form={**form, "client_id": client_id})
    _passing(session, what, answer)
    document = answer.fields()
    access_token = document.get("access_token")
    if answer.status != 200 or not isinstance(access_token, str) or not access_token:
        reason = (
            document.get("error_description") or document.get("error") or "no token in the answer"
        )
        raise EncvoyError(
            f"Could not {what}: the server answered {answer.status}, {session.redact(reason)}."
            + (f" {advice}" if advice and answer.status == 400 else "")
        )
    expires_in = document.get("expires_in")
    refresh_token = document.get("refresh_token")
    refresh_token = refresh_token if isinstance(refresh_token, str) else None
    session.secrets.add(access_token)
    session.secrets.add(refresh_token)
    return Token(access_token, expires_in if isinstance(expires_in, int) else 0, refresh_token)


def refresh(session: Session, client_id: str, refresh_token: str) -> Token:
    """A new token pair. The old refresh token is spent: using it again ends the login for good."""
    session.secrets.add(refresh_token)
    return _token(
        session,
        "renew the access token",
        client_id,
        {"grant_type": "refresh_token", "refresh_token": refresh_token},
        advice="The refresh token is spent, revoked or expired, and once a spent one was used, so"
        " are those that followed it. Log in with login and password.",
    )


def revoke(session: Session, client_id: str, token: str) -> None:
    """End a token's life. The server says yes to an unknown one, too."""
    session.secrets.add(token)
    answer = session.send(
        "revoke the token",
        "POST",
        "/oidc/token/revocation",
        form={"token": token, "client_id": client_id},
        repeatable=True,
    )
    if answer.status != 200:
        raise EncvoyError(f"Could not revoke the token: the server answered {answer.status}.")
