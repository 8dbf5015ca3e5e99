# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person sees in the browser."""

from __future__ import annotations

import re

import pytest

from tests.contract.conftest import CALLBACK, PASSWORDS, PUBLIC, Simulator
from tests.contract.login import LoginFailed, obtain_code

HOSTILE = "</script><b>Sentry & Söhne"


def _query(client_id: str) -> dict[str, str]:
    return {
        "client_id": client_id,
        "response_type": "code",
        "redirect_uri": CALLBACK,
        "scope": "openid email profile",
    }


def test_the_login_page_names_the_application(simulator: Simulator) -> None:
    client = simulator.application(name="Sentry")
    page = simulator.http.get(
        "/oidc/auth", params=_query(client["client_id"]), follow_redirects=True
    )
    assert "Sign in to Sentry" in page.text
    assert re.search(r'<input id="password" name="password" type="password"', page.text)


def test_a_failed_login_shows_why_and_can_be_tried_again(simulator: Simulator) -> None:
    client = simulator.application()
    with pytest.raises(LoginFailed) as failed:
        obtain_code(simulator.http, _query(client["client_id"]), "alice", "wrong")
    page = str(failed.value)
    assert '<div role="alert">Invalid credentials</div>' in page
    action = re.search(r'action="([^"]+)"', page)
    assert action is not None
    form = {"identifier": "alice", "password": PASSWORDS["alice"], "prompt": "login"}
    assert simulator.http.post(action.group(1), data=form).status_code == 302


def test_the_consent_page_shows_what_will_be_released(simulator: Simulator) -> None:
    simulator.release("alice", PUBLIC)
    page = _consent_page(simulator, simulator.application(name="Sentry")["client_id"], "alice")
    assert "Sentry asks for access" in page
    shown = re.findall(r"<dt>([^<]+)</dt><dd[^>]*>([^<]+)</dd>", page)
    assert ("Name", "Alice Archer") in shown
    assert ("E-mail", "alice@example.com") in shown
    assert ("Picture", "not set") in shown


def test_the_consent_page_says_when_nothing_is_released(simulator: Simulator) -> None:
    simulator.release("alice", "")
    page = _consent_page(simulator, simulator.application()["client_id"], "alice")
    assert "Nothing but the number of your account" in page


def test_a_name_with_markup_stays_text(simulator: Simulator) -> None:
    page = _consent_page(simulator, simulator.application(name=HOSTILE)["client_id"], "alice")
    assert "<b>" not in page
    assert page.count("</script>") == 1


@pytest.mark.parametrize(
    ("registered", "asked"), [(CALLBACK, f"{CALLBACK}/"), (f"{CALLBACK}/", CALLBACK)]
)
def test_a_refused_redirect_uri_is_a_page_that_says_so(
    simulator: Simulator, registered: str, asked: str
) -> None:
    client = simulator.application(redirect_uris=[registered])
    query = _query(client["client_id"]) | {"redirect_uri": asked}
    page = simulator.http.get("/oidc/auth", params=query)
    assert page.status_code == 400
    assert "invalid_redirect_uri" in page.text


def _consent_page(simulator: Simulator, client_id: str, login: str) -> str:
    with simulator.browser() as browser:
        where = browser.get("/oidc/auth", params=_query(client_id)).headers["location"]
        form = {"identifier": login, "password": PASSWORDS[login], "prompt": "login"}
        answer = browser.post(f"{where}/auth?type=CREDENTIALS", data=form)
        back = browser.get(answer.headers["location"])
        return browser.get(back.headers["location"]).text
