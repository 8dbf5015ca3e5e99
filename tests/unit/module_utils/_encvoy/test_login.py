"""_encvoy_login: what a login leaves behind."""

from __future__ import annotations

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy import http
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy import login as _encvoy_login
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.errors import EncvoyError
from tests.support.encvoy_server import PASSWORDS, World


@pytest.mark.parametrize("password", [PASSWORDS["root"], "wrong"])
def test_the_browser_session_is_forgotten(encvoy: World, password: str) -> None:
    """Later requests are to be nobody's: with its cookies, a probe would answer for the account."""
    with http.Session(http.Settings(url=encvoy.url)) as session:
        system = _encvoy_login.find_system_client_id(session)
        try:
            _encvoy_login.log_in(session, system, "root", password)
        except EncvoyError:
            assert password == "wrong"
        assert list(session._client.cookies.jar) == []
        assert password in session.secrets
