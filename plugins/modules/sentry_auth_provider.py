#!/usr/bin/python

# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sentry_auth_provider
short_description: The auth provider of a Sentry organization
version_added: 0.1.0
description:
  - Turns single sign-on of an organization in a self-hosted Sentry on or off, which Sentry's own
    API can only read.
  - It works without a person and in silence. Nobody gets a mail, no acting user is linked to an
    identity, and nothing is restarted. Turned on by hand, Sentry mails every member and links the
    person who does it.
  - What it changes stands in the organization's audit log as Sentry's settings page writes it, with
    V(encvoy.sentry (Ansible\)) in the place of a person. Flags of the provider that are not named
    here, such as SCIM, stay as they are.
  - Runs on the Sentry host, as a script inside the running web container (C(sentry exec)), which
    takes about four seconds.
author:
  - The encvoy.sentry contributors (@encvoy)
extends_documentation_fragment:
  - encvoy.sentry.attributes
options:
  sentry_dir:
    description: Folder of the self-hosted checkout, the one with C(install.sh).
    type: path
    default: /opt/sentry
  organization:
    description: Slug of the organization, as in the addresses of its pages.
    type: str
    required: true
  provider:
    description:
      - Key under which the provider is registered in Sentry. C(sentry-auth-oidc) registers V(oidc).
      - A Sentry organization has at most one provider. Another one that is on is replaced only with
        O(replace_provider=true).
    type: str
    default: oidc
  replace_provider:
    description:
      - Whether another provider that is on gives way to this one. Its members are unlinked from it
        as Sentry's settings page does, and log in through the new one from then on.
      - What was replaced, the members' links included, is kept in an option of the organization in
        Sentry's own database until O(state=restored) puts it back or O(state=committed) forgets it.
      - A provider with SCIM on is never replaced, for SCIM manages members.
    type: bool
    default: false
  state:
    description:
      - V(present) turns the provider on.
      - V(absent) turns it off, if it is this one, as Sentry's settings page does. All members are
        unlinked from their identities, and log in with their passwords again. O(require_sso) means
        nothing then.
      - V(restored) puts back the provider that was replaced, with the links of its members, and
        V(committed) forgets it. Where nothing was replaced, they change nothing. The other options
        mean nothing then.
    type: str
    choices: [present, absent, restored, committed]
    default: present
  require_sso:
    description:
      - Whether members must log in through the provider to reach the organization.
      - Left out, it stays as it is, and is off for a provider that is newly turned on.
      - Think of the way back in before turning it on. With a provider that is out of order, nobody
        reaches the organization by password.
    type: bool
  default_role:
    description:
      - Role of people whose account is made by their first login, for example V(member).
      - Left out, it stays as it is.
    type: str
  exec_timeout:
    description: Seconds that the script inside Sentry may take, most of it Sentry's own start.
    type: float
    default: 120
attributes:
  check_mode:
    support: full
    details:
      - A plugin that is not in Sentry yet is a warning here, and an error in a real run.
  diff_mode:
    support: full
  idempotent:
    support: full
seealso:
  - module: encvoy.sentry.sentry_sso_info
  - module: encvoy.sentry.sentry_info
  - name: sentry-auth-oidc
    description: The plugin that registers the auth provider V(oidc).
    link: https://github.com/siemens/sentry-auth-oidc
"""

EXAMPLES = r"""
- name: Turn single sign-on on, with passwords still possible
  encvoy.sentry.sentry_auth_provider:
    sentry_dir: /opt/sentry
    organization: sentry
    default_role: member

- name: Let members in through the provider only
  encvoy.sentry.sentry_auth_provider:
    organization: sentry
    require_sso: true

- name: Go back to password login
  encvoy.sentry.sentry_auth_provider:
    organization: sentry
    state: absent

- name: Replace another provider
  encvoy.sentry.sentry_auth_provider:
    organization: sentry
    replace_provider: true
  register: turned_on

- name: Put it back, with the links of its members
  encvoy.sentry.sentry_auth_provider:
    organization: sentry
    state: restored
  when: turned_on.replaced is not none

- name: Put back what was there before, where nothing was replaced
  encvoy.sentry.sentry_auth_provider:
    organization: sentry
    state: "{{ 'present' if turned_on.before.provider else 'absent' }}"
    require_sso: "{{ turned_on.before.require_sso | default(omit, true) }}"
    default_role: "{{ turned_on.before.default_role }}"
"""

RETURN = r"""
organization:
  description: Slug of the organization.
  returned: success
  type: str
  sample: sentry
provider:
  description: Key of the provider that is on now, V(null) when none is.
  returned: success
  type: str
  sample: oidc
require_sso:
  description: Whether members must log in through the provider, V(null) when none is on.
  returned: success
  type: bool
  sample: false
default_role:
  description: Role of people whose account is made by their first login.
  returned: success
  type: str
  sample: member
before:
  description: How it was before this task, so that it can be put back.
  returned: success
  type: dict
  contains:
    provider:
      description: Key of the provider that was on, V(null) when none was.
      type: str
      sample: null
    require_sso:
      description: Whether members had to log in through it, V(null) when none was on.
      type: bool
      sample: null
    default_role:
      description: Role of people whose account is made by their first login.
      type: str
      sample: member
replaced:
  description:
    - Key of the provider that was replaced and is kept, to be restored or forgotten. V(null) when
      there is none.
  returned: success
  type: str
  sample: null
not_linked:
  description:
    - E-mail addresses of active members who have not logged in through the provider yet, and of
      people who are invited. They are linked at their first login. Empty when no provider is on.
  returned: success
  type: list
  elements: str
  sample: [carol@example.com]
unlinked:
  description: How many members were unlinked from their identities, when the provider was removed.
  returned: success
  type: int
  sample: 0
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._module import CollectionModule, run
from ..module_utils._sentry.checkout import load_checkout, running_web
from ..module_utils._sentry.docker import SentryError
from ..module_utils._sentry.exec import run_in_sentry
from ..module_utils._sentry.run_lock import at_work
from ..module_utils._sentry.scripts import provider as provider_script

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "sentry_dir": {"type": "path", "default": "/opt/sentry"},
    "organization": {"type": "str", "required": True},
    "provider": {"type": "str", "default": "oidc"},
    "replace_provider": {"type": "bool", "default": False},
    "state": {
        "type": "str",
        "choices": ["present", "absent", "restored", "committed"],
        "default": "present",
    },
    "require_sso": {"type": "bool"},
    "default_role": {"type": "str"},
    "exec_timeout": {"type": "float", "default": 120.0},
}
_OF_THE_WISH = ("organization", "provider", "state", "require_sso", "default_role")


def work(module: AnsibleModule) -> dict[str, Any]:
    """Return the result: the script inside Sentry finds, compares and writes."""
    wish = {name: module.params[name] for name in _OF_THE_WISH}
    wish["replace"] = module.params["replace_provider"]
    checkout = load_checkout(module.params["sentry_dir"])
    with at_work(checkout.host.directory):
        answer = run_in_sentry(
            checkout.host,
            provider_script,
            {**wish, "write": not module.check_mode},
            container=next(iter(running_web(checkout.containers)), None),
            timeout=module.params["exec_timeout"],
        )
    if "refused" in answer:
        raise SentryError(answer["refused"])
    for warning in answer["warnings"]:
        module.warn(warning)
    before, after = answer["before"], answer["after"]
    return {
        "changed": after != before,
        "diff": {"before": before, "after": after},
        "organization": wish["organization"],
        "before": before,
        **after,
        "unlinked": answer["unlinked"],
        "replaced": answer["replaced"],
        "not_linked": answer["not_linked"],
    }


def main() -> None:
    module = CollectionModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    run(module, work)


if __name__ == "__main__":
    main()
