#!/usr/bin/python
# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: encvoy_client_info
short_description: Read client applications of Encvoy ID
version_added: 0.1.0
description:
  - Returns the client applications with an id, with exact values, or with a text in them. Without
    any of these, it returns all that the account may see.
  - The server's own application is returned only when its id is asked for.
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
      - The id of the application. Ids are case-sensitive.
    type: str
  name:
    description:
      - The exact name of the applications.
    type: str
  domain:
    description:
      - The exact address of the applications.
    type: str
  redirect_uri:
    description:
      - A redirect URI that the applications have.
    type: str
  search:
    description:
      - A text in name, address, or description, in lower or upper case.
      - The server takes C(%) for any text, C(_) for any character, and a backslash to mean these
        characters themselves.
    type: str
  details:
    description:
      - Whether to return all fields, which takes a request for each application.
      - With V(false), an application has only what the server's list has, without its redirect
        URIs.
    type: bool
    default: true
  include_secrets:
    description:
      - Whether to return the secrets, too. Set C(no_log) on the task then. Needs O(details).
    type: bool
    default: false
seealso:
  - module: encvoy.sentry.encvoy_client
  - module: encvoy.sentry.encvoy_sso_info
"""

EXAMPLES = r"""
- name: Is Sentry registered?
  encvoy.sentry.encvoy_client_info:
    url: https://id.example.com
    access_token: "{{ encvoy.access_token }}"
    name: Sentry
    domain: https://sentry.example.com
  register: sentry_client
  delegate_to: localhost

- name: List the names of all applications
  encvoy.sentry.encvoy_client_info:
    url: https://id.example.com
    access_token: "{{ encvoy.access_token }}"
    details: false
  register: applications
  delegate_to: localhost
"""

RETURN = r"""
clients:
  description:
    - The applications, sorted by their ids. Empty when there is none.
    - Each has the fields that M(encvoy.sentry.encvoy_client) has as options, and some that cannot
      be set.
  returned: success
  type: list
  elements: dict
  contains:
    client_id:
      description: The id.
      type: str
      sample: navhZjqZ0XfnDfXZpNnXwT
    client_secret:
      description: The secret, in clear.
      returned: with O(include_secrets)
      type: str
      sample: G4SEUsrbRrieU7CTDuDfmInweLwiUQnG8N7BXwSCGGeldeaA444j5grpRu6TtQG8nGIbfPQOFmacfN49
    created_at:
      description: When it was created.
      type: str
      sample: "2026-11-21T22:32:22.985Z"
  sample:
    - client_id: navhZjqZ0XfnDfXZpNnXwT
      domain: https://sentry.example.com
      name: Sentry
      redirect_uris: [https://sentry.example.com/auth/sso/]
"""

import json
from collections.abc import Iterator
from typing import Any

from ..module_utils._encvoy.clients import fields
from ..module_utils._encvoy.clients.store import Clients
from ..module_utils._encvoy.options import EncvoyModule, log_in, require, run, text_faults

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "client_id": {"type": "str"},
    "name": {"type": "str"},
    "domain": {"type": "str"},
    "redirect_uri": {"type": "str"},
    "search": {"type": "str"},
    "details": {"type": "bool", "default": True},
    "include_secrets": {"type": "bool", "default": False, "no_log": False},
}


def work(module: EncvoyModule) -> dict[str, Any]:
    secrets = module.params["include_secrets"]
    require(text_faults(module.params))
    with log_in(module) as api:
        found = [_shown(client, secrets) for client in _clients(Clients(api), module.params)]
    return {"changed": False, "clients": sorted(found, key=lambda client: client["client_id"])}


def _clients(clients: Clients, params: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if params["client_id"] is not None:
        client = clients.read(params["client_id"])
        if client:
            yield client
        return
    for row in clients.search(_condition(params)):
        # One that has been deleted since the list was read is left out.
        client = clients.read(row["client_id"]) if params["details"] else row
        if client:
            yield client


def _condition(params: dict[str, Any]) -> dict[str, str]:
    """The server's list parameters.

    A filter names only fields that the server knows: for any other it never answers.
    """
    wanted: dict[str, Any] = {
        name: params[name] for name in ("name", "domain") if params[name] is not None
    }
    if params["redirect_uri"] is not None:
        wanted["redirect_uris"] = {"has": params["redirect_uri"]}
    condition = {"filter": json.dumps(wanted)} if wanted else {}
    return {**condition, **({"search": params["search"]} if params["search"] else {})}


def _shown(client: dict[str, Any], secrets: bool) -> dict[str, Any]:
    shown = fields.public(client)
    if secrets and "client_secret" in client:
        shown["client_secret"] = client["client_secret"]
    return shown


def main() -> None:
    module = EncvoyModule(
        ARGUMENT_SPEC,
        supports_check_mode=True,
        mutually_exclusive=[
            ("client_id", name) for name in ("name", "domain", "redirect_uri", "search")
        ],
    )
    run(module, work)


if __name__ == "__main__":
    main()
