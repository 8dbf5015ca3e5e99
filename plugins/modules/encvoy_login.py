#!/usr/bin/python
# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: encvoy_login
short_description: Log in to Encvoy ID and get an access token
version_added: 0.1.0
description:
  - Logs in once with login and password, without a browser, and returns an access token for the
    other modules of this collection, or revokes such a token.
  - Log in at the beginning of a play, hand the token on, and revoke it at the end.
author:
  - The encvoy.sentry contributors (@encvoy)
extends_documentation_fragment:
  - encvoy.sentry.encvoy_connection
  - encvoy.sentry.encvoy_connection.account
  - encvoy.sentry.attributes
  - encvoy.sentry.attributes.encvoy_group
attributes:
  check_mode:
    support: full
    details:
      - It logs in and revokes in check mode, too, so that the tasks after it can read.
  diff_mode:
    support: none
  idempotent:
    support: full
    details:
      - A login is no change, so the task is never C(changed).
options:
  state:
    description:
      - V(present) returns a token, V(absent) revokes O(access_token), and O(refresh_token) when it
        is given.
      - Revoking a token that is not valid any more is no error. A server that cannot be asked to
        revoke it is a warning, so that logging out never ends a play.
    type: str
    choices: [present, absent]
    default: present
  offline:
    description:
      - Whether to ask for a refresh token, too, for plays that take longer than the half hour that
        an access token lives.
    type: bool
    default: false
  refresh_token:
    description:
      - Get the new access token with this refresh token instead of login and password.
      - It is spent by this. Use the RV(refresh_token) that is returned from then on; using an old
        one again ends the login.
    type: str
seealso:
  - name: OAuth 2.0 Token Revocation (RFC 7009)
    description: What revoking a token means.
    link: https://www.rfc-editor.org/rfc/rfc7009
  - name: PKCE (RFC 7636)
    description: How the login is protected.
    link: https://www.rfc-editor.org/rfc/rfc7636
"""

EXAMPLES = r"""
- name: Log in to Encvoy ID once for the whole play
  encvoy.sentry.encvoy_login:
    url: https://id.example.com
    login: root
    password: "{{ vault_encvoy_password }}"
  register: encvoy
  delegate_to: localhost
  run_once: true
  no_log: true

- name: Use the token
  encvoy.sentry.encvoy_client_info:
    url: https://id.example.com
    access_token: "{{ encvoy.access_token }}"
    name: Sentry
    domain: https://sentry.example.com
  delegate_to: localhost

- name: Revoke the token
  encvoy.sentry.encvoy_login:
    url: https://id.example.com
    access_token: "{{ encvoy.access_token }}"
    state: absent
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
access_token:
  description: The access token, in clear. Set C(no_log) on the task to keep it off the screen.
  returned: O(state=present)
  type: str
  sample: uehYT6vu9vd6WEJuM0mv_sK5rKx5-EraLVy1rGBprsa
expires_in:
  description: How long the token lives, in seconds.
  returned: O(state=present)
  type: int
  sample: 1800
refresh_token:
  description: The refresh token, in clear, when O(offline) or O(refresh_token) was given.
  returned: O(state=present)
  type: str
  sample: Bm9ZfXlT0mYkqv0VyU6B4qkC9wq1jzWj0Yc0XnX1a2b
revoked:
  description: Whether the server revoked the tokens. When it could not be asked, they are valid
    until they expire.
  returned: O(state=absent)
  type: bool
  sample: true
system_client_id:
  description: The id of the server's own client application, to be handed on as
    O(system_client_id). Null with O(state=absent) where it could not be found.
  returned: success
  type: str
  sample: 5f3b7c1e-0000-4000-8000-00000000c11d
"""

from typing import Any

from ..module_utils._encvoy.errors import EncvoyError
from ..module_utils._encvoy.login import Token, find_system_client_id, log_in, refresh, revoke
from ..module_utils._encvoy.options import EncvoyModule, connect, run
from ..module_utils._encvoy.session import Session

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "offline": {"type": "bool", "default": False},
    "refresh_token": {"type": "str", "no_log": True},
}


def work(module: EncvoyModule) -> dict[str, Any]:
    params = module.params
    with connect(module) as session:
        if params["state"] == "absent":
            return {"changed": False, **_revoke(module, session)}
        system = params["system_client_id"] or find_system_client_id(session)
        token = _fetch(session, system, params)
    result = {"access_token": token.access_token, "expires_in": token.expires_in}
    if token.refresh_token:
        result["refresh_token"] = token.refresh_token
    return {"changed": False, "system_client_id": system, **result}


def _fetch(session: Session, system: str, params: dict[str, Any]) -> Token:
    if params["refresh_token"]:
        return refresh(session, system, params["refresh_token"])
    missing = [name for name in ("login", "password") if not params[name]]
    if missing:
        raise EncvoyError(
            f"{' and '.join(missing)}: needed to log in, and empty. Or give refresh_token."
        )
    return log_in(session, system, params["login"], params["password"], params["offline"])


def _revoke(module: EncvoyModule, session: Session) -> dict[str, Any]:
    """Logging out never ends a play: what cannot be revoked now expires by itself."""
    params = module.params
    tokens = [params[name] for name in ("access_token", "refresh_token") if params[name]]
    if not tokens:
        raise EncvoyError(
            "access_token: needed for state absent, and empty. Give the token to revoke."
        )
    system = params["system_client_id"]
    try:
        system = system or find_system_client_id(session)
        for token in tokens:
            revoke(session, system, token)
    except EncvoyError as error:
        module.warn(f"{error} The token is still valid until it expires.")
        return {"system_client_id": system, "revoked": False}
    return {"system_client_id": system, "revoked": True}


def main() -> None:
    module = EncvoyModule(ARGUMENT_SPEC, supports_check_mode=True)
    run(module, work)


if __name__ == "__main__":
    main()
