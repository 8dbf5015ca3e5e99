#!/usr/bin/python
# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: encvoy_sso_info
short_description: Read everything at Encvoy ID that single sign-on of one application needs
version_added: 0.1.0
description:
  - Reads, in one session, the endpoints that Encvoy ID advertises, the client application as it is
    registered, and which claims about users are released.
  - Given what M(encvoy.sentry.encvoy_client) would be given, it tells which fields that module
    would change. It predicts nothing else and changes nothing.
  - An application that is not registered is no failure. Several that match are one, and so is an
    account that cannot tell whether there is one.
author:
  - The encvoy.sentry contributors (@encvoy)
extends_documentation_fragment:
  - encvoy.sentry.encvoy_connection
  - encvoy.sentry.encvoy_connection.account
  - encvoy.sentry.attributes.encvoy_group
  - encvoy.sentry.attributes.read_only
options:
  client_id:
    description:
      - The id of the application. When not given, it is the only one whose O(name) and O(domain)
        both match exactly.
    type: str
  name:
    description:
      - The name of the application. Needed when O(client_id) is not given.
    type: str
  domain:
    description:
      - The address of the application. Needed when O(client_id) is not given.
    type: str
  redirect_uris:
    description:
      - The redirect URIs that the application should have.
    type: list
    elements: str
  redirect_uris_mode:
    description:
      - With V(exact), other redirect URIs than O(redirect_uris) are a difference, with V(append)
        they are none.
    type: str
    choices: [exact, append]
    default: exact
  token_endpoint_auth_method:
    description:
      - How the application should authenticate at the token endpoint.
    type: str
    choices: [client_secret_basic, client_secret_post, client_secret_jwt, none]
  include_secrets:
    description:
      - Whether to return the secret of the application. Set C(no_log) on the task then.
    type: bool
    default: false
  limit:
    description:
      - How many users to read at most. Each takes a request. With V(0), none is read.
    type: int
    default: 100
seealso:
  - module: encvoy.sentry.encvoy_client
  - module: encvoy.sentry.encvoy_public_claims
  - module: encvoy.sentry.encvoy_discovery_info
  - name: OpenID Connect Discovery 1.0
    description: What the endpoints in a discovery document mean.
    link: https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata
"""

EXAMPLES = r"""
- name: See what single sign-on of Sentry finds at Encvoy ID
  encvoy.sentry.encvoy_sso_info:
    url: https://id.example.com
    login: root
    password: "{{ vault_encvoy_password }}"
    name: Sentry
    domain: https://sentry.example.com
    redirect_uris:
      - https://sentry.example.com/auth/sso/
      - https://sentry.example.com/auth/sso
  register: encvoy_sso
  delegate_to: localhost

- name: Show who could not log in
  ansible.builtin.debug:
    msg: "{{ item.login }} has not filled in {{ item.empty | join(', ') }}"
  loop: "{{ encvoy_sso.claims.users or [] }}"
  when: item.empty | length > 0
"""

RETURN = r"""
discovery:
  description: The endpoints that the server advertises.
  returned: success
  type: dict
  contains:
    issuer:
      description: The issuer.
      type: str
      sample: https://id.example.com
    discovery_url:
      description: Where the discovery document was found.
      type: str
      sample: https://id.example.com/oidc/.well-known/openid-configuration
    authorization_endpoint:
      description: Where a login begins.
      type: str
      sample: https://id.example.com/oidc/auth
    token_endpoint:
      description: Where an application exchanges the code for tokens.
      type: str
      sample: https://id.example.com/oidc/token
    userinfo_endpoint:
      description: Where an application reads about the user.
      type: str
      sample: https://id.example.com/oidc/me
    jwks_uri:
      description: The keys that tokens are signed with.
      type: str
      sample: https://id.example.com/oidc/jwks
    end_session_endpoint:
      description: Where a logout begins; null when the server does not say.
      type: str
      sample: https://id.example.com/oidc/session/end
client:
  description:
    - The application as it is registered, without its secret, with the fields that
      M(encvoy.sentry.encvoy_client) has as options. Null when there is none.
  returned: success
  type: dict
  sample:
    client_id: navhZjqZ0XfnDfXZpNnXwT
    domain: https://sentry.example.com
    name: Sentry
    redirect_uris: [https://sentry.example.com/auth/sso/, https://sentry.example.com/auth/sso]
client_id:
  description: The id of the application; null when there is none.
  returned: success
  type: str
  sample: navhZjqZ0XfnDfXZpNnXwT
client_secret:
  description: The secret, in clear. Null without O(include_secrets), and when there is no
    application.
  returned: success
  type: str
  sample: G4SEUsrbRrieU7CTDuDfmInweLwiUQnG8N7BXwSCGGeldeaA444j5grpRu6TtQG8nGIbfPQOFmacfN49ZZHSVCl
client_changes:
  description:
    - The names of the fields that M(encvoy.sentry.encvoy_client) with the same options would
      change, sorted. All that are given when there is no application.
  returned: success
  type: list
  elements: str
  sample: [redirect_uris]
claims:
  description: Which claims about users are released to applications.
  returned: success
  type: dict
  contains:
    default_claims:
      description: The claims that are released about users who are created from now on.
      type: list
      elements: str
      sample: [picture, nickname]
    users:
      description:
        - The users. Null when the account may not see them, which takes the role owner or editor of
          the system.
      type: list
      elements: dict
      contains:
        id:
          description: The user's number.
          type: int
          sample: 4
        login:
          description: The user's login; null when there is none.
          type: str
          sample: alice
        email:
          description: The user's e-mail address, released or not; null when there is none.
          type: str
          sample: alice@example.com
        claims:
          description: The claims that are released.
          type: list
          elements: str
          sample: [id, picture, nickname, email]
        empty:
          description: Which of C(email), C(given_name), C(family_name) and C(nickname) are not
            filled in.
          type: list
          elements: str
          sample: [family_name]
    users_reason:
      description: Why C(users) is null; null when it is not.
      type: str
      sample: Could not list the users. The server answered 403.
    users_complete:
      description: Whether C(users) has all users, and not only the first O(limit).
      type: bool
      sample: true
"""

from typing import Any

from ..module_utils._encvoy.claims import PublicClaims
from ..module_utils._encvoy.clients import fields, validation
from ..module_utils._encvoy.clients.plan import plan
from ..module_utils._encvoy.clients.store import Clients
from ..module_utils._encvoy.discovery import discover
from ..module_utils._encvoy.errors import EncvoyError
from ..module_utils._encvoy.options import EncvoyModule, log_in, require, run

# What encvoy_client would be given.
CLIENT_FIELDS = ("name", "domain", "redirect_uris", "token_endpoint_auth_method")
ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "client_id": {"type": "str"},
    "redirect_uris_mode": {"type": "str", "choices": ["exact", "append"], "default": "exact"},
    "include_secrets": {"type": "bool", "default": False, "no_log": False},
    "limit": {"type": "int", "default": 100},
    **{name: fields.argument_spec()[name] for name in CLIENT_FIELDS},
}


def work(module: EncvoyModule) -> dict[str, Any]:
    params = module.params
    _check(params)
    with log_in(module) as api:
        discovery = discover(api.session)
        client = _client(Clients(api), params)
        claims = PublicClaims(api).overview(params["limit"])
    return {"changed": False, "discovery": discovery, **client, "claims": claims}


def _check(params: dict[str, Any]) -> None:
    faults = [
        *validation.identity_faults(params),
        *validation.option_faults(fields.desired_from(params)),
    ]
    if params["limit"] < 0:
        faults.append(f"limit: {params['limit']} is below 0. Give 0 or more.")
    require(faults)


def _client(clients: Clients, params: dict[str, Any]) -> dict[str, Any]:
    current = clients.locate(params["client_id"], params["name"], params["domain"])
    if current is None:
        clients.require_sight("look for the client")
    elif clients.is_system(current):
        raise EncvoyError(
            f"client_id: the client {current['client_id']} is the server's own, which no other"
            " application can use. Name another client."
        )
    append = params["redirect_uris_mode"] == "append"
    planned = plan(fields.desired_from(params), current, append)
    return {
        "client": fields.public(current) if current else None,
        "client_id": current["client_id"] if current else None,
        "client_secret": current["client_secret"]
        if current and params["include_secrets"]
        else None,
        "client_changes": sorted(planned.changes),
    }


def main() -> None:
    module = EncvoyModule(ARGUMENT_SPEC, supports_check_mode=True)
    run(module, work)


if __name__ == "__main__":
    main()
