#!/usr/bin/python
# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: encvoy_public_claims
short_description: Show and set which claims about users Encvoy ID releases to applications
version_added: 0.1.0
description:
  - Encvoy ID releases to applications only what is public in each user's profile. By default that
    is the picture and the nickname, so an application gets no e-mail address, whatever scope it
    asks for.
  - A login to Sentry needs C(email), C(given_name) and C(family_name). To be linked with an
    existing member without being asked, a user needs C(email_verified), too.
  - Without O(claims), this module only shows what is released. With O(claims), it sets that for new
    users (O(for_new_users)), for the existing users in O(users), or for both, and for nobody else.
  - What it sets are people's privacy settings. What is released goes to every application that the
    user logs in to, not to Sentry alone. Make sure that you may decide that for them, and tell
    them.
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
  idempotent:
    support: full
options:
  claims:
    description:
      - The names of claims, as C(email), C(email_verified), C(given_name), C(family_name),
        C(nickname), C(picture).
      - When not given, nothing is changed.
    type: list
    elements: str
  state:
    description:
      - V(present) releases O(claims) in addition to what is released already.
      - V(absent) stops to release O(claims).
      - V(exact) releases O(claims) and nothing else. The C(id) stays released.
    type: str
    choices: [present, absent, exact]
    default: present
  for_new_users:
    description:
      - Whether to set O(claims) for users who are created from now on. Existing users keep what
        they have.
    type: bool
    default: false
  users:
    description:
      - The logins of existing users. O(claims) are set for these, and only these are returned.
      - When not given, nobody's settings are changed, and all users are returned, up to O(limit).
    type: list
    elements: str
  limit:
    description:
      - How many users to show at most when O(users) is not given. Each takes a request. With V(0),
        none is shown.
    type: int
    default: 100
"""

EXAMPLES = r"""
- name: Show what applications get to know about users
  encvoy.sentry.encvoy_public_claims:
    url: https://id.example.com
    access_token: "{{ encvoy.access_token }}"
  register: encvoy_claims
  delegate_to: localhost

- name: Release what a login to Sentry needs, for new users and for two existing ones
  encvoy.sentry.encvoy_public_claims:
    url: https://id.example.com
    access_token: "{{ encvoy.access_token }}"
    claims: [email, email_verified, given_name, family_name]
    for_new_users: true
    users: [alice, bob]
  delegate_to: localhost
"""

RETURN = r"""
default_claims:
  description: The claims that are released about users who are created from now on.
  returned: success
  type: list
  elements: str
  sample: [picture, nickname]
users:
  description:
    - The users, and which claims are released about them. In check mode, as they would be.
    - Null when the account may not see that.
  returned: success
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
    claims:
      description: The claims that are released.
      type: list
      elements: str
      sample: [id, picture, nickname, email]
users_reason:
  description: Why RV(users) is null.
  returned: when RV(users) is null
  type: str
  sample: Could not list the users. The server answered 403.
users_complete:
  description: Whether RV(users) has all users that were asked for, and not only the first O(limit).
  returned: success
  type: bool
  sample: true
"""

from typing import Any

from ..module_utils._encvoy.claims import (
    PublicClaims,
    User,
    claim_faults,
    wanted,
)
from ..module_utils._encvoy.errors import (
    EncvoyError,
    RequestRejected,
)
from ..module_utils._encvoy.options import (
    EncvoyModule,
    log_in,
    run,
)

ARGUMENT_SPEC = {
    "claims": {"type": "list", "elements": "str"},
    "state": {"type": "str", "choices": ["present", "absent", "exact"], "default": "present"},
    "for_new_users": {"type": "bool", "default": False},
    "users": {"type": "list", "elements": "str"},
    "limit": {"type": "int", "default": 100},
}


def work(module: EncvoyModule) -> dict[str, Any]:
    params = module.params
    _check(params)
    with log_in(module) as api:
        claims = PublicClaims(api)
        before: dict[str, Any] = {}
        after: dict[str, Any] = {}
        defaults = claims.defaults()
        if params["claims"] is not None and params["for_new_users"]:
            target = wanted(defaults, params["claims"], params["state"])
            if set(target) != set(defaults):
                before["default_claims"], after["default_claims"] = sorted(defaults), sorted(target)
                if not module.check_mode:
                    claims.set_defaults(target)
                defaults = target
        users = _users(module, claims, before, after)
    return {
        "changed": bool(after),
        "diff": {"before": before, "after": after},
        "default_claims": defaults,
        **users,
    }


def _check(params: dict[str, Any]) -> None:
    faults = claim_faults(params["claims"] or ())
    if params["limit"] < 0:
        faults.append(f"limit: {params['limit']} is below 0.")
    if params["claims"] is not None and not params["for_new_users"] and not params["users"]:
        faults.append("claims: for whom? Set for_new_users, or name users.")
    if params["claims"] is None and params["for_new_users"]:
        faults.append("for_new_users: give the claims to set.")
    if faults:
        raise EncvoyError(" ".join(faults))


def _users(
    module: EncvoyModule, claims: PublicClaims, before: dict[str, Any], after: dict[str, Any]
) -> dict[str, Any]:
    params = module.params
    if params["users"] is None:
        try:
            # One more than asked for tells whether there are more.
            found = claims.everybody(params["limit"] + 1 if params["limit"] else 0)
        except RequestRejected as refused:
            if refused.status != 403:
                raise
            return {"users": None, "users_reason": str(refused), "users_complete": False}
        complete = bool(params["limit"]) and len(found) <= params["limit"]
        return {
            "users": [user.shown() for user in found[: params["limit"]]],
            "users_complete": complete,
        }
    users = []
    for login in dict.fromkeys(params["users"]):
        user = claims.named(login)
        target = wanted(user.claims, params["claims"] or (), params["state"])
        if params["claims"] is not None and set(target) != set(user.claims):
            before[login], after[login] = sorted(user.claims), sorted(target)
            user = (
                User(user.id, user.login, tuple(target))
                if module.check_mode
                else claims.set_user(user, target)
            )
        users.append(user.shown())
    return {"users": users, "users_complete": True}


def main() -> None:
    module = EncvoyModule(ARGUMENT_SPEC, supports_check_mode=True)
    run(module, work)


if __name__ == "__main__":
    main()
