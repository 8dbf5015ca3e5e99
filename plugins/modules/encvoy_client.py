#!/usr/bin/python
# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: encvoy_client
short_description: Manage a client application in Encvoy ID
version_added: 0.1.0
description:
  - Creates, changes, adopts, or deletes a client application (an OpenID Connect relying party) in
    Encvoy ID, and returns its id and secret.
  - The server has no unique key for applications. The one that is meant is the one with
    O(client_id), else the only one whose O(name) and O(domain) both match exactly. Several of these
    are an error that lists them.
  - An option that is not given is left alone on an existing application.
  - Everything is checked before it is sent, because the server leaves many wrong requests
    unanswered, and stores values with which later each login fails.
  - After a change, the OpenID Connect side is asked whether it accepts the application, its
    redirect URIs and its secret. That changes nothing.
  - Without a change, it takes two requests to the server's client API (one with O(client_id)),
    however many applications there are.
author:
  - The encvoy.sentry contributors (@encvoy)
extends_documentation_fragment:
  - encvoy.sentry.encvoy_connection
  - encvoy.sentry.attributes
  - encvoy.sentry.attributes.encvoy_group
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - Secrets are masked. A changed secret is visible as a change.
  idempotent:
    support: partial
    details:
      - O(rotate_secret) sets a new secret each time.
      - O(state=absent) of an application that is not there fails for an account that does not see
        every application (a manager of an organization, a user), because it cannot be known.
options:
  state:
    description:
      - Whether the application is to be there.
      - With V(absent), an application that is not there is no error, for an account that sees every
        application (role owner or editor of the system).
    type: str
    choices: [present, absent]
    default: present
  client_id:
    description:
      - Manage exactly the application with this id, whatever its name. Use it to adopt one that was
        made by hand, to rename one, or to choose from several.
      - The server chooses the ids, so an application with an id that does not exist cannot be
        created.
      - Ids are case-sensitive.
    type: str
  rotate_secret:
    description:
      - Replace the secret by a new, strong one that is made on the machine that runs the module,
        and prove that the server accepts it and not the old one.
      - The old secret stops working at once. Hand the new one to the application in the same play.
      - An application that this task creates gets a new secret anyway.
    type: bool
    default: false
  include_secret:
    description:
      - Whether to return RV(client_secret) although it is not new. Set C(no_log) on the task then.
    type: bool
    default: false
  redirect_uris_mode:
    description:
      - V(exact) makes O(redirect_uris) and O(post_logout_redirect_uris) the only URIs of the
        application.
      - V(append) keeps the others that it has.
      - The order of URIs, and of all lists, is not significant.
    type: str
    choices: [exact, append]
    default: exact
  name:
    description:
      - The name that people see when they log in, 1 to 50 characters, not beginning with a space.
      - Needed when O(client_id) is not given.
    type: str
  domain:
    description:
      - The address of the application, as V(https://sentry.example.com). A slash at its end is
        significant.
      - Needed when O(client_id) is not given.
    type: str
  redirect_uris:
    description:
      - Where a login may return to. The server compares exactly, the slash at the end included.
      - Sentry returns to C(/auth/sso/) below its address.
      - Needed to create an application.
    type: list
    elements: str
  post_logout_redirect_uris:
    description:
      - Where a logout may return to. When not given, the server takes the origins of
        O(redirect_uris) for a new application.
    type: list
    elements: str
  description:
    description:
      - A text of at most 255 characters. An empty one is the same as none.
    type: str
  grant_types:
    description:
      - What the application may use to get tokens. They must fit O(response_types).
    type: list
    elements: str
    choices: [authorization_code, implicit, refresh_token]
  response_types:
    description:
      - What the authorization endpoint may answer. With C(code), O(grant_types) must have
        V(authorization_code); with C(token) or C(id_token), V(implicit).
    type: list
    elements: str
    choices: [code, id_token, "code id_token", "code token", "code id_token token", none]
  token_endpoint_auth_method:
    description:
      - How the application proves its identity at the token endpoint. The server takes
        V(client_secret_basic) and V(client_secret_post) for each other.
    type: str
    choices: [client_secret_basic, client_secret_post, client_secret_jwt, none]
  introspection_endpoint_auth_method:
    description:
      - How the application proves its identity at the introspection endpoint.
    type: str
    choices: [client_secret_basic, client_secret_post, client_secret_jwt, none]
  revocation_endpoint_auth_method:
    description:
      - How the application proves its identity at the revocation endpoint.
    type: str
    choices: [client_secret_basic, client_secret_post, client_secret_jwt, none]
  id_token_signed_response_alg:
    description:
      - How id tokens are signed. The server can do no other.
    type: str
    choices: [RS256]
  subject_type:
    description:
      - Whether a user has the same C(sub) at all applications. V(pairwise) needs all
        O(redirect_uris) on one host.
    type: str
    choices: [public, pairwise]
  request_uris:
    description:
      - Where the server may fetch request objects of this application from.
    type: list
    elements: str
  catalog:
    description:
      - Whether the application is shown in the catalogue.
    type: bool
  authorize_only_admins:
    description:
      - Whether only the application's administrators may log in.
    type: bool
  authorize_only_employees:
    description:
      - Whether only the application's members may log in.
    type: bool
  require_auth_time:
    description:
      - Whether id tokens say when the user logged in.
    type: bool
  require_signed_request_object:
    description:
      - Whether logins must be requested by signed objects.
    type: bool
  type_id:
    description:
      - The id of the application's type. An empty text removes the type.
    type: str
  application_type:
    description:
      - Only V(native) applications may have redirect URIs that are neither http nor https.
    type: str
    choices: [web, native]
  access_token_ttl:
    description:
      - How long access tokens live, in seconds, from 1 to 2147483647.
    type: int
  refresh_token_ttl:
    description:
      - How long refresh tokens live, in seconds, from 1 to 2147483647.
    type: int
  client_secret:
    description:
      - Set this secret, of 1 to 255 printable ASCII characters. When not given, the server's own is
        kept.
    type: str
  mini_widget:
    description:
      - Whether the application uses the mini widget.
    type: bool
  cover_mode:
    description:
      - Where the login page takes its cover from.
    type: str
    choices: ["", INHERIT, REPLACE]
  show_avatar_in_widget:
    description:
      - Whether the login page shows the application's picture.
    type: bool
  hide_widget_header:
    description:
      - Whether the login page has no header.
    type: bool
  hide_widget_footer:
    description:
      - Whether the login page has no footer.
    type: bool
  hide_widget_create_account:
    description:
      - Whether the login page has no button to create an account.
    type: bool
  hide_avatars_of_big_providers:
    description:
      - Whether the login page has no pictures on the large buttons of other ways to log in.
    type: bool
  required_providers_ids:
    description:
      - The numbers of the ways to log in that users of the application must have.
    type: list
    elements: str
  widget_title:
    description:
      - The title of the login page.
    type: str
  widget_info:
    description:
      - A text on the login page.
    type: str
  widget_info_out:
    description:
      - A text outside of the login page's box.
    type: str
  widget_colors:
    description:
      - Colours of the login page. Those that are not given are left alone.
    type: dict
    suboptions:
      font_color:
        description: The colour of text on buttons, as V(#fff).
        type: str
      link_color:
        description: The colour of links, as V(#000).
        type: str
      button_color:
        description: The colour of buttons, as V(#4C6AD4).
        type: str
seealso:
  - module: encvoy.sentry.encvoy_client_info
  - module: encvoy.sentry.encvoy_login
"""

EXAMPLES = r"""
- name: Register Sentry
  encvoy.sentry.encvoy_client:
    url: https://id.example.com
    access_token: "{{ encvoy.access_token }}"
    name: Sentry
    domain: https://sentry.example.com
    redirect_uris:
      - https://sentry.example.com/auth/sso/
      - https://sentry.example.com/auth/sso
    token_endpoint_auth_method: client_secret_post
  register: sentry_client
  delegate_to: localhost
  run_once: true
  no_log: true  # keeps the returned secret off the screen

- name: Adopt an application that was made by hand, and rename it
  encvoy.sentry.encvoy_client:
    url: https://id.example.com
    login: root
    password: "{{ vault_encvoy_password }}"
    client_id: navhZjqZ0XfnDfXZpNnXwT
    name: Sentry EU
  delegate_to: localhost
  no_log: true

- name: Replace the secret
  encvoy.sentry.encvoy_client:
    url: https://id.example.com
    access_token: "{{ encvoy.access_token }}"
    name: Sentry
    domain: https://sentry.example.com
    rotate_secret: true
  register: sentry_client
  delegate_to: localhost
  no_log: true

- name: Remove the application
  encvoy.sentry.encvoy_client:
    url: https://id.example.com
    access_token: "{{ encvoy.access_token }}"
    name: Sentry
    domain: https://sentry.example.com
    state: absent
  delegate_to: localhost
"""

RETURN = r"""
client:
  description:
    - The application as it is now, without its secret. In check mode, as it would be.
    - Empty with O(state=absent).
  returned: success
  type: dict
  sample:
    client_id: navhZjqZ0XfnDfXZpNnXwT
    domain: https://sentry.example.com
    name: Sentry
    redirect_uris: [https://sentry.example.com/auth/sso/, https://sentry.example.com/auth/sso]
client_id:
  description: The id of the application. Null in check mode for one that does not exist yet, and
    when it is absent.
  returned: success
  type: str
  sample: navhZjqZ0XfnDfXZpNnXwT
client_secret:
  description:
    - The secret, in clear, when it is new (the application was created, or O(rotate_secret) or
      O(client_secret) changed it), or with O(include_secret). Set C(no_log) on the task to keep it
      off the screen.
    - Null otherwise, in check mode when a run would make a new one, and with O(state=absent).
  returned: success
  type: str
  sample: G4SEUsrbRrieU7CTDuDfmInweLwiUQnG8N7BXwSCGGeldeaA444j5grpRu6TtQG8nGIbfPQOFmacfN49ZZHSVCl
"""

import contextlib
import secrets
import string
from collections.abc import Iterator
from typing import Any

from ..module_utils._encvoy.clients import fields
from ..module_utils._encvoy.clients import validation as checks
from ..module_utils._encvoy.clients.creation import create
from ..module_utils._encvoy.clients.store import SEES_ALL, Clients
from ..module_utils._encvoy.errors import EncvoyError
from ..module_utils._encvoy.http import Session
from ..module_utils._encvoy.options import (
    EncvoyModule,
    log_in,
    run,
)
from ..module_utils._encvoy.probes import check_client

ARGUMENT_SPEC = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "client_id": {"type": "str"},
    "rotate_secret": {"type": "bool", "default": False, "no_log": False},
    "include_secret": {"type": "bool", "default": False, "no_log": False},
    "redirect_uris_mode": {"type": "str", "choices": ["exact", "append"], "default": "exact"},
    **fields.argument_spec(),
}
# As long as the server's own, 518 bits.
SECRET_LENGTH = 87
SECRET_CHARACTERS = string.ascii_letters + string.digits
# A new client has these until it is told otherwise; what the OIDC side rejects depends on them.
SERVER_DEFAULTS = {
    "application_type": "web",
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "subject_type": "public",
}


def work(module: EncvoyModule) -> dict[str, Any]:
    params = module.params
    desired = fields.desired_from(params)
    _require([*checks.identity_faults(params), *checks.option_faults(desired)])
    with log_in(module) as api:
        clients = Clients(api)
        current = clients.locate(params["client_id"], params["name"], params["domain"])
        if current and clients.is_system(current):
            raise EncvoyError(
                f"The client {current['client_id']} is the server's own. This module leaves it"
                " alone."
            )
        if params["state"] == "absent":
            return _absent(module, clients, current)
        if current is None:
            return _create(module, clients, desired)
        return _update(module, clients, current, desired)


def _absent(
    module: EncvoyModule, clients: Clients, current: dict[str, Any] | None
) -> dict[str, Any]:
    if current is None:
        clients.require_sight("find out whether the client is absent", SEES_ALL)
    before = fields.public(current) if current else {}
    if current and not module.check_mode:
        clients.delete(current["client_id"])
    return {
        "changed": bool(current),
        "diff": fields.difference(before, {}),
        "client": {},
        "client_id": None,
        "client_secret": None,
    }


def _create(module: EncvoyModule, clients: Clients, desired: dict[str, Any]) -> dict[str, Any]:
    if module.params["client_id"] is not None:
        raise EncvoyError(
            f"client_id: there is no client {module.params['client_id']!r}. The server chooses the"
            " ids: leave client_id out to create a client, or correct it. Ids are case-sensitive."
        )
    if "redirect_uris" not in desired:
        raise EncvoyError("redirect_uris: needed to create a client, and not given.")
    _require(checks.client_faults({**SERVER_DEFAULTS, **desired}, desired))
    clients.require_sight("create the client")
    _warn_of_similar(module, clients, desired)
    if desired.get("type_id"):
        clients.require_type(desired["type_id"])
    diff = fields.difference({}, desired)
    if module.check_mode:
        return _result(True, diff, {**SERVER_DEFAULTS, **desired}, desired.get("client_secret"))
    record = create(clients, fields.creation(desired))
    with _changed(diff, record):
        # What POST does not take. After an interruption here, the next run finds the client.
        rest = fields.changes(fields.completed(desired, record), record)
        if rest:
            record = clients.update(record, rest)
        _prove(module, clients.session, record)
    return _result(True, diff, record, record["client_secret"])


def _update(
    module: EncvoyModule, clients: Clients, current: dict[str, Any], desired: dict[str, Any]
) -> dict[str, Any]:
    append = module.params["redirect_uris_mode"] == "append"
    desired = fields.completed(desired, current)
    end = {**current, **fields.targets(desired, current, append)}
    _require(checks.client_faults(end, desired))
    changes = fields.changes(desired, current, append)
    rotate = module.params["rotate_secret"]
    if rotate:
        changes["client_secret"] = _new_secret()
    if changes.get("type_id"):
        clients.require_type(changes["type_id"])
    diff = fields.difference({name: current.get(name) for name in changes}, changes)
    if module.check_mode or not changes:
        new = desired.get("client_secret") if "client_secret" in changes else None
        secret = current["client_secret"] if module.params["include_secret"] else None
        return _result(bool(changes), diff, end, None if rotate else new or secret)
    record = clients.update(current, changes)
    with _changed(diff, record):
        old_secret = current["client_secret"] if "client_secret" in changes else None
        _prove(module, clients.session, record, old_secret)
    wanted = "client_secret" in changes or module.params["include_secret"]
    return _result(True, diff, record, record["client_secret"] if wanted else None)


def _warn_of_similar(module: EncvoyModule, clients: Clients, desired: dict[str, Any]) -> None:
    """A client that was renamed is not found by its name: say so before a second one is made."""
    similar = {
        row["client_id"]: row for uri in desired["redirect_uris"] for row in clients.serving(uri)
    }
    for client_id, row in sorted(similar.items()):
        module.warn(
            f"The client {client_id} (name {row.get('name')!r}, domain {row.get('domain')!r}) has"
            " the same redirect URI, but another name or domain. A new client is created. To take"
            " that one over instead, give its client_id."
        )


@contextlib.contextmanager
def _changed(diff: dict[str, Any], record: dict[str, Any]) -> Iterator[None]:
    """A task that fails from here on says that it has changed something."""
    try:
        yield
    except EncvoyError as error:
        error.result = {"changed": True, "diff": diff, "client_id": record["client_id"]}
        raise


def _prove(
    module: EncvoyModule, session: Session, record: dict[str, Any], old_secret: str | None = None
) -> None:
    """Ask the OIDC side about a changed client.

    That it cannot be asked is no fault of the client, so it is only a warning.
    """
    try:
        faults = check_client(session, record, old_secret)
    except EncvoyError as error:
        module.warn(f"The client was changed, but it could not be proved to work. {error}")
        return
    if faults:
        reasons = checks.client_faults(record, record)
        raise EncvoyError(
            f"The client {record['client_id']} was changed, but it does not work:"
            f" {'; '.join(faults)}." + (f" The reason: {' '.join(reasons)}" if reasons else "")
        )


def _new_secret() -> str:
    return "".join(secrets.choice(SECRET_CHARACTERS) for _position in range(SECRET_LENGTH))


def _require(faults: list[str]) -> None:
    if faults:
        raise EncvoyError(" ".join(faults))


def _result(
    changed: bool, diff: dict[str, Any], record: dict[str, Any], secret: str | None
) -> dict[str, Any]:
    return {
        "changed": changed,
        "diff": diff,
        "client": fields.public(record),
        "client_id": record.get("client_id"),
        "client_secret": secret,
    }


def main() -> None:
    module = EncvoyModule(
        ARGUMENT_SPEC,
        supports_check_mode=True,
        mutually_exclusive=[("client_secret", "rotate_secret")],
        required_one_of=[("client_id", "name")],
    )
    run(module, work)


if __name__ == "__main__":
    main()
