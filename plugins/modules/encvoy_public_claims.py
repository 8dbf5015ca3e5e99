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
  - A login to Sentry needs C(email), C(given_name) and C(family_name), released and filled in. To
    be linked with an existing member without being asked, a user needs C(email_verified), too.
  - Without O(claims), this module only shows what is released. With O(claims), it sets that for new
    users (O(for_new_users)), for the existing users in O(users), or for both, and for nobody else.
  - All names of claims and users are looked up before anything is changed. When one of them does
    not exist, nothing is.
  - What it sets are people's privacy settings. What is released goes to every application that the
    user logs in to, not to Sentry alone. Make sure that you may decide that for them, and tell
    them.
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
  idempotent:
    support: full
options:
  claims:
    description:
      - The names of claims, for example C(email), C(email_verified), C(given_name),
        C(family_name), C(nickname), C(picture).
      - The server stores a misspelt name without a word, so a name must be one of the server's own
        profile fields. With O(state=absent) it may also be one that is released.
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
      - The logins or e-mail addresses of existing users. O(claims) are set for these, and only
        these are returned.
      - When not given, nobody's settings are changed, and all users are returned, up to O(limit).
    type: list
    elements: str
  limit:
    description:
      - How many users to show at most when O(users) is not given. Each takes a request. With V(0),
        none is shown.
    type: int
    default: 100
seealso:
  - module: encvoy.sentry.encvoy_sso_info
  - name: OpenID Connect Core 1.0, standard claims
    description: What the names of claims mean.
    link: https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims
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
    users: [alice, bob@example.com]
  delegate_to: localhost

- name: Stop to release a misspelt claim
  encvoy.sentry.encvoy_public_claims:
    url: https://id.example.com
    login: root
    password: "{{ vault_encvoy_password }}"
    claims: [emial]
    for_new_users: true
    state: absent
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
      description:
        - Which of C(email), C(given_name), C(family_name) and C(nickname) the user has not filled
          in. A claim that is released and empty ends a login to Sentry just as one that is not
          released.
      type: list
      elements: str
      sample: [family_name]
users_reason:
  description: Why RV(users) is null; null when it is not.
  returned: success
  type: str
  sample: Could not list the users. The server answered 403.
changed:
  description: Whether anything was changed. A failed task returns it, too, with RV(diff), when it
    has changed something before it failed.
  returned: always
  type: bool
diff:
  description: What was released before and after, by RV(default_claims) and the names in O(users).
  returned: success, and on a failure after a change
  type: dict
users_complete:
  description: Whether RV(users) has all users that were asked for, and not only the first O(limit).
  returned: success
  type: bool
  sample: true
"""

from dataclasses import dataclass
from typing import Any

from ..module_utils._encvoy.claims import PublicClaims, User, claim_faults, wanted
from ..module_utils._encvoy.errors import EncvoyError
from ..module_utils._encvoy.options import EncvoyModule, log_in, require, run

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "claims": {"type": "list", "elements": "str"},
    "state": {"type": "str", "choices": ["present", "absent", "exact"], "default": "present"},
    "for_new_users": {"type": "bool", "default": False},
    "users": {"type": "list", "elements": "str"},
    "limit": {"type": "int", "default": 100},
}


@dataclass(frozen=True)
class Plan:
    """What is released now, and what is to be released.

    :param people: each named user, under that name, with the claims to release
    """

    defaults: list[str]
    new_defaults: list[str]
    people: dict[str, tuple[User, list[str]]]


def work(module: EncvoyModule) -> dict[str, Any]:
    params = module.params
    _check(params)
    with log_in(module) as api:
        claims = PublicClaims(api)
        if params["users"] is None and params["claims"] is None:
            unchanged = {"changed": False, "diff": {"before": {}, "after": {}}}
            return {**unchanged, **claims.overview(params["limit"])}
        plan = _plan(claims, params)
        diff = _apply(claims, plan, module.check_mode)
        return {
            "changed": bool(diff["after"]),
            "diff": diff,
            **_result(claims, plan, params["limit"] if params["users"] is None else None),
        }


def _check(params: dict[str, Any]) -> None:
    faults = claim_faults(params["claims"] or ())
    if params["limit"] < 0:
        faults.append(f"limit: {params['limit']} is below 0. Give 0 or more.")
    if params["claims"] is not None and not params["for_new_users"] and not params["users"]:
        faults.append("claims: nobody is named to set them for. Set for_new_users, or name users.")
    if params["claims"] is None and params["for_new_users"]:
        faults.append("for_new_users: there are no claims to set. Give claims.")
    require(faults)


def _plan(claims: PublicClaims, params: dict[str, Any]) -> Plan:
    """Everything that can be refused is refused here, before anything is changed."""
    asked, state = params["claims"], params["state"]
    defaults = claims.defaults()
    users = claims.named(params["users"] or ())
    if asked is None:
        return Plan(defaults, defaults, {n: (user, list(user.claims)) for n, user in users.items()})
    released = {claim for user in users.values() for claim in user.claims}.union(defaults)
    _require_known(claims, asked, released if state == "absent" else set())
    return Plan(
        defaults,
        wanted(defaults, asked, state) if params["for_new_users"] else defaults,
        {name: (user, wanted(user.claims, asked, state)) for name, user in users.items()},
    )


def _require_known(claims: PublicClaims, asked: list[str], released: set[str]) -> None:
    """The server stores unknown names without a word. One that is stored can be taken away."""
    known = claims.known_names() if asked else frozenset()
    unknown = [claim for claim in asked if claim not in known.union(released)]
    if unknown:
        hint = (
            " The claim name follows from given_name and family_name." if "name" in unknown else ""
        )
        raise EncvoyError(
            f"claims: {', '.join(map(repr, unknown))} is not a field of a profile. The server has"
            f" {', '.join(sorted(known))}. Correct the name." + (hint if "name" in unknown else "")
        )


def _apply(claims: PublicClaims, plan: Plan, check_mode: bool) -> dict[str, Any]:
    """The diff. A failure that has changed something says so."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    try:
        if set(plan.new_defaults) != set(plan.defaults):
            if not check_mode:
                claims.set_defaults(plan.new_defaults)
            before["default_claims"] = sorted(plan.defaults)
            after["default_claims"] = sorted(plan.new_defaults)
        for name, (user, target) in plan.people.items():
            if set(target) != set(user.claims):
                if not check_mode:
                    claims.set_user(user, target)
                before[name], after[name] = sorted(user.claims), sorted(target)
    except EncvoyError as error:
        error.result.setdefault("changed", bool(after))
        error.result["diff"] = {"before": before, "after": after}
        raise
    return {"before": before, "after": after}


def _result(claims: PublicClaims, plan: Plan, limit: int | None) -> dict[str, Any]:
    """The users as they are now; with ``limit`` the first of all, else those of the plan."""
    if limit is not None:
        return {**claims.overview(limit), "default_claims": plan.new_defaults}
    users = [user.with_claims(target) for user, target in plan.people.values()]
    return {
        "default_claims": plan.new_defaults,
        "users": [user.shown() for user in users],
        "users_reason": None,
        "users_complete": True,
    }


def main() -> None:
    module = EncvoyModule(ARGUMENT_SPEC, supports_check_mode=True)
    run(module, work)


if __name__ == "__main__":
    main()
