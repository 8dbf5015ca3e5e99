"""_encvoy_login: what a login leaves behind."""

from __future__ import annotations

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils import _encvoy_http, _encvoy_login
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy_errors import EncvoyError
from tests.unit.plugins.encvoy_world import PASSWORDS, World


@pytest.mark.parametrize("password", [PASSWORDS["root"], "wrong"])
def test_the_browser_session_is_forgotten(encvoy: World, password: str) -> None:
    """Later requests are to be nobody's: with its cookies, a probe would answer for the account."""
    with _encvoy_http.Session(_encvoy_http.Settings(url=encvoy.url)) as session:
        system = _encvoy_login.find_system_client_id(session)
        try:
            _encvoy_login.log_in(session, system, "root", password)
        except EncvoyError:
            assert password == "wrong"
        assert list(session._client.cookies.jar) == []
        assert password in session.secrets
