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
  - Each run asks the OpenID Connect side whether a login of the application would begin, and
    whether it accepts the secret. That changes nothing. An application that does not work fails the
    task, this time and the next, until it works.
  - A change after which an application does not work any more is taken back.
  - Without a change, it takes two requests to the server's client API (one with O(client_id)),
    however many applications there are.
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
        and verify that the server accepts it and not the old one.
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
      - The address of the application, for example V(https://sentry.example.com). A slash at its
        end is significant.
      - Needed when O(client_id) is not given.
    type: str
  redirect_uris:
    description:
      - Where a login may return to. The server compares exactly, the slash at the end included.
      - One that cannot be used breaks all logins of the application, so each is checked before it
        is sent.
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
      - A text of at most 255 characters. An empty one is the same as none. The server's default is
        none.
    type: str
  grant_types:
    description:
      - What the application may use to get tokens. They must fit O(response_types).
      - V(implicit) takes redirect URIs with https, and none on localhost.
      - The server's default is V(authorization_code) and V(refresh_token).
    type: list
    elements: str
    choices: [authorization_code, implicit, refresh_token]
  response_types:
    description:
      - What the authorization endpoint may answer. With C(code), O(grant_types) must have
        V(authorization_code); with C(token) or C(id_token), V(implicit).
      - The server's default is V(code).
    type: list
    elements: str
    choices: [code, id_token, "code id_token", "code token", "code id_token token", none]
  token_endpoint_auth_method:
    description:
      - How the application authenticates at the token endpoint. The server takes
        V(client_secret_basic) and V(client_secret_post) for each other.
      - The server's default is V(client_secret_basic).
    type: str
    choices: [client_secret_basic, client_secret_post, client_secret_jwt, none]
  introspection_endpoint_auth_method:
    description:
      - How the application authenticates at the introspection endpoint. The server's default
        is V(client_secret_basic).
    type: str
    choices: [client_secret_basic, client_secret_post, client_secret_jwt, none]
  revocation_endpoint_auth_method:
    description:
      - How the application authenticates at the revocation endpoint. The server's default is
        V(client_secret_basic).
    type: str
    choices: [client_secret_basic, client_secret_post, client_secret_jwt, none]
  subject_type:
    description:
      - Whether a user has the same C(sub) at all applications. V(pairwise) needs all
        O(redirect_uris) on one host. The server's default is V(public).
    type: str
    choices: [public, pairwise]
  request_uris:
    description:
      - Where the server may fetch request objects of this application from. The server's default
        is none.
    type: list
    elements: str
  catalog:
    description:
      - Whether the application is shown in the catalogue. The server's default is V(false).
    type: bool
  authorize_only_admins:
    description:
      - Whether only the application's administrators may log in. The server's default is V(false).
    type: bool
  authorize_only_employees:
    description:
      - Whether only the application's members may log in. The server's default is V(false).
    type: bool
  require_auth_time:
    description:
      - Whether id tokens say when the user logged in. The server's default is V(false).
    type: bool
  require_signed_request_object:
    description:
      - Whether logins must be requested by signed objects. The server's default is V(false).
    type: bool
  type_id:
    description:
      - The id of the application's type. An empty text removes the type. The server's default is
        none.
    type: str
  application_type:
    description:
      - Only V(native) applications may have redirect URIs that are neither http nor https. Their
        http ones must be on localhost or 127.0.0.1, and their https ones must not.
      - The server's default is V(web).
    type: str
    choices: [web, native]
  access_token_ttl:
    description:
      - How long access tokens live, in seconds, from 1 to 2147483647. The server's default is 1800.
    type: int
  refresh_token_ttl:
    description:
      - How long refresh tokens live, in seconds, from 1 to 2147483647. The server's default is
        86400.
    type: int
  client_secret:
    description:
      - Set this secret, of 1 to 255 printable ASCII characters. When not given, the server's own is
        kept.
    type: str
  required_providers_ids:
    description:
      - The numbers of the ways to log in that users of the application must have. The server's
        default is none.
    type: list
    elements: str
  widget:
    description:
      - The look of the login page. What is not given is left alone.
      - In RV(client) and in the diff, these have the server's own names, for example
        C(widget_title) and C(hide_widget_header).
    type: dict
    suboptions:
      mini:
        description: Whether the application uses the mini widget. The server's default is V(false).
        type: bool
      cover_mode:
        description: Where the login page takes its cover from. The server's default is V("").
        type: str
        choices: ["", INHERIT, REPLACE]
      show_avatar:
        description: Whether the login page shows the application's picture. The server's default is
          V(false).
        type: bool
      hide_header:
        description: Whether the login page has no header. The server's default is V(false).
        type: bool
      hide_footer:
        description: Whether the login page has no footer. The server's default is V(false).
        type: bool
      hide_create_account:
        description: Whether the login page has no button to create an account. The server's default
          is V(false).
        type: bool
      hide_avatars_of_big_providers:
        description: Whether the login page has no pictures on the large buttons of other ways to
          log in. The server's default is V(false).
        type: bool
      title:
        description: The title of the login page. The server's default is V(WIDGET_APP_NAME), which
          shows the name of the application.
        type: str
      info:
        description: A text on the login page. The server's default is none.
        type: str
      info_out:
        description: A text outside of the login page's box. The server's default is none.
        type: str
      colors:
        description: Colours of the login page.
        type: dict
        suboptions:
          font_color:
            description: The colour of text on buttons. The server's default is V(#fff).
            type: str
          link_color:
            description: The colour of links. The server's default is V(#000).
            type: str
          button_color:
            description: The colour of buttons. The server's default is V(#4C6AD4).
            type: str
seealso:
  - module: encvoy.sentry.encvoy_client_info
  - module: encvoy.sentry.encvoy_sso_info
  - module: encvoy.sentry.encvoy_login
  - name: OpenID Connect Dynamic Client Registration 1.0
    description: What the fields of a client mean.
    link: https://openid.net/specs/openid-connect-registration-1_0.html#ClientMetadata
  - name: OAuth 2.0 (RFC 6749), Redirection Endpoint
    description: Why redirect URIs are registered and compared.
    link: https://www.rfc-editor.org/rfc/rfc6749#section-3.1.2
  - name: OAuth 2.0 for Native Apps (RFC 8252)
    description: Which redirect URIs a native application uses.
    link: https://www.rfc-editor.org/rfc/rfc8252#section-7
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
changed:
  description: Whether anything was changed. A failed task returns it, too, with RV(diff) and
    RV(client_id), when it changed something before it failed. After a change that was taken back,
    it is V(false).
  returned: always
  type: bool
diff:
  description: The fields that differ, with their values before and after. Secrets are masked.
  returned: success, and on a failure after a change
  type: dict
client_id:
  description: The id of the application. Null in check mode for one that does not exist yet, and
    when it is absent.
  returned: success, and on a failure after a change
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

import secrets
import string
from collections.abc import Mapping
from typing import Any

from ..module_utils._encvoy.clients import fields, validation
from ..module_utils._encvoy.clients.creation import create
from ..module_utils._encvoy.clients.plan import Plan, plan
from ..module_utils._encvoy.clients.store import SEES_ALL, Clients
from ..module_utils._encvoy.errors import EncvoyError
from ..module_utils._encvoy.options import EncvoyModule, log_in, require, run
from ..module_utils._encvoy.probes import accepts_secret, check_client
from ..module_utils._encvoy.session import Session

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
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


def work(module: EncvoyModule) -> dict[str, Any]:
    params = module.params
    require(
        [
            *validation.identity_faults(params),
            *validation.option_faults(fields.desired_from(params)),
        ]
    )
    with log_in(module) as api:
        clients = Clients(api)
        current = clients.locate(params["client_id"], params["name"], params["domain"])
        planned = plan(_desired(params, current), current, params["redirect_uris_mode"] == "append")
        _check(clients, params, planned)
        _warn_of_similar(module, clients, planned)
        record = planned.end if module.check_mode else _apply(module, clients, planned)
        if planned.current and planned.end and not planned.changed:
            _verify(module, clients.session, planned.end)
    return _result(module, planned, record)


def _desired(params: dict[str, Any], current: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if params["state"] == "absent":
        return None
    desired = fields.desired_from(params)
    if params["rotate_secret"] and current:
        characters = (secrets.choice(SECRET_CHARACTERS) for _position in range(SECRET_LENGTH))
        desired["client_secret"] = "".join(characters)
    return desired


def _check(clients: Clients, params: dict[str, Any], planned: Plan) -> None:
    """Everything that can be refused is refused here, before anything is changed."""
    current, client_id = planned.current, params["client_id"]
    if current and clients.is_system(current):
        raise EncvoyError(
            f"client_id: the client {current['client_id']} is the server's own, which this module"
            " leaves alone. Name another client."
        )
    if current is None and planned.end is None:
        clients.require_sight("find out whether the client is absent", SEES_ALL)
    elif current is None and client_id is not None:
        raise EncvoyError(
            f"client_id: there is no client {client_id!r}. The server chooses the ids: leave"
            " client_id out to create a client, or correct it. Ids are case-sensitive."
        )
    elif current is None and "redirect_uris" not in planned.given:
        raise EncvoyError("redirect_uris: not given, and needed to create a client. Give them.")
    require(validation.plan_faults(planned))
    if current is None and planned.end is not None:
        clients.require_sight("create the client")
    if planned.changes.get("type_id"):
        clients.require_type(planned.changes["type_id"])


def _warn_of_similar(module: EncvoyModule, clients: Clients, planned: Plan) -> None:
    """A client that was renamed is not found by its name: say so before a second one is made."""
    if planned.current is not None or planned.end is None:
        return
    uris = planned.end["redirect_uris"]
    similar = {row["client_id"]: row for uri in uris for row in clients.serving(uri)}
    for client_id, row in sorted(similar.items()):
        module.warn(
            f"The client {client_id} (name {row.get('name')!r}, domain {row.get('domain')!r}) has"
            " the same redirect URI, but another name or domain. A new client is created. To take"
            " that one over instead, give its client_id."
        )


def _apply(module: EncvoyModule, clients: Clients, planned: Plan) -> Mapping[str, Any] | None:
    """The record afterwards; None when the client is absent."""
    if not planned.changed:
        return planned.end
    if planned.end is None:
        clients.delete((planned.current or {})["client_id"])
        return None
    if planned.current is None:
        return _create(module, clients, planned)
    return _update(module, clients, planned, planned.current)


def _create(module: EncvoyModule, clients: Clients, planned: Plan) -> Mapping[str, Any]:
    record = create(clients, planned.creation)
    try:
        # What POST does not take. After an interruption here, the next run finds the client.
        rest = plan(planned.changes, record).changes
        if rest:
            record = clients.update(record, rest)
        _verify(module, clients.session, record, "was created, but it", every_uri=True)
    except EncvoyError as error:
        raise _changed(error, planned, record) from None
    return record


def _update(
    module: EncvoyModule, clients: Clients, planned: Plan, current: Mapping[str, Any]
) -> Mapping[str, Any]:
    session = clients.session
    worked = _works(session, current)
    record = clients.update(current, planned.changes)
    try:
        _verify(module, session, record, "was changed, but it", every_uri=True)
    except EncvoyError as error:
        if worked:
            raise _taken_back(clients, planned, record, error) from None
        raise _changed(error, planned, record) from None
    if "client_secret" in planned.changes and accepts_secret(
        session, record, current["client_secret"]
    ):
        still_valid = EncvoyError(
            f"The client {record['client_id']} has a new secret, but the token endpoint still"
            " accepts the old one. Run again with rotate_secret."
        )
        raise _changed(still_valid, planned, record)
    return record


def _changed(error: EncvoyError, planned: Plan, record: Mapping[str, Any]) -> EncvoyError:
    """The error, which says that the task has changed something before it failed."""
    error.result = {"changed": True, "diff": planned.diff, "client_id": record["client_id"]}
    return error


def _taken_back(
    clients: Clients, planned: Plan, record: Mapping[str, Any], error: EncvoyError
) -> EncvoyError:
    """The error of a change that broke a working client, after the former state was put back."""
    try:
        clients.update(record, planned.restoration)
    except EncvoyError as second:
        failed = EncvoyError(f"{error} The change could not be taken back: {second}")
        return _changed(failed, planned, record)
    result = {"changed": False, "client_id": record["client_id"]}
    return EncvoyError(f"{error} The change was taken back: the client is as before.", result)


def _works(session: Session, record: Mapping[str, Any]) -> bool:
    """Whether a login of the client would begin; False also when the OIDC side cannot be asked."""
    try:
        return not check_client(session, record)
    except EncvoyError:
        return False


def _verify(
    module: EncvoyModule,
    session: Session,
    record: Mapping[str, Any],
    how: str = "",
    every_uri: bool = False,
) -> None:
    """Ask the OIDC side whether the client works.

    That it cannot be asked is no fault of the client, so it is only a warning.

    :raises EncvoyError: when it does not work, with the reason where the record tells it
    """
    client_id = record["client_id"]
    try:
        faults = check_client(session, record, every_uri)
    except EncvoyError as error:
        module.warn(f"It could not be verified that the client {client_id} works. {error}")
        return
    if faults:
        reasons = " ".join(validation.reasons(record))
        raise EncvoyError(
            f"The client {client_id} {how + ' ' if how else ''}does not work:"
            f" {'; '.join(faults)}." + (f" The reason: {reasons}" if reasons else "")
        )


def _result(
    module: EncvoyModule, planned: Plan, record: Mapping[str, Any] | None
) -> dict[str, Any]:
    record = record or {}
    return {
        "changed": planned.changed,
        "diff": planned.diff,
        "client": fields.public(record),
        "client_id": record.get("client_id"),
        "client_secret": _secret(module, planned, record),
    }


def _secret(module: EncvoyModule, planned: Plan, record: Mapping[str, Any]) -> str | None:
    """The secret when it is new or asked for; a new one is not known beforehand."""
    params = module.params
    is_new = planned.current is None or "client_secret" in planned.changes
    made_here = is_new and module.check_mode and params["client_secret"] is None
    if made_here or not (is_new or params["include_secret"]):
        return None
    secret = record.get("client_secret")
    return None if secret is None else str(secret)


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
