#!/usr/bin/python

# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sentry_break_glass
short_description: Lets an administrator of Sentry in by password
version_added: 0.1.0
description:
  - For the moment when the identity provider is gone. Makes single sign-on of an organization
    optional or turns it off, and lets one administrator log in by password.
  - The identity provider is never contacted, nothing is restarted, and nobody gets a mail. The
    plugin of the auth provider need not be in the image.
  - Runs on the Sentry host, as one script inside the running web container (C(sentry exec)), which
    takes a few seconds. All of it is done, or nothing.
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
      - Key of the auth provider. Another one that is on is left as it is.
    type: str
    default: oidc
  single_sign_on:
    description:
      - V(optional) lets members in by password, too. Sentry's login page goes on offering the
        provider alone, and members stay linked. In a browser, the link of RV(reset_link) is the way
        in.
      - V(off) turns the provider off. The login page asks for a password, and members are unlinked.
      - Where the running Sentry has lost the plugin, V(optional) is V(off), because the login page
        ends in HTTP 500 otherwise.
    type: str
    choices: [optional, 'off']
    required: true
  user:
    description:
      - E-mail address of an account that is a member of the organization, or a superuser.
    type: str
    required: true
  password:
    description:
      - The password that the account gets. Sentry's own rules for passwords apply.
      - Left out, a link is made with which the password can be set.
    type: str
  exec_timeout:
    description: Seconds that the script inside Sentry may take, most of it Sentry's own start.
    type: float
    default: 120
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - That the password or the link is another one is shown, and never what it is.
  idempotent:
    support: full
    details:
      - A link that is still good is returned again.
seealso:
  - module: encvoy.sentry.sentry_auth_provider
"""

EXAMPLES = r"""
- name: Let the administrator in with a password
  encvoy.sentry.sentry_break_glass:
    sentry_dir: /opt/sentry
    organization: sentry
    single_sign_on: 'off'
    user: admin@example.com
    password: "{{ vault_sentry_password }}"

- name: Make a link with which the administrator sets one
  encvoy.sentry.sentry_break_glass:
    organization: sentry
    single_sign_on: optional
    user: admin@example.com
  register: opened
  no_log: true  # keeps the link off the screen
"""

RETURN = r"""
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
unlinked:
  description: How many members were unlinked from their identities.
  returned: success
  type: int
  sample: 0
user:
  description: The account that can log in.
  returned: success
  type: dict
  contains:
    id:
      description: Its number.
      type: int
      sample: 1
    email:
      description: Its e-mail address.
      type: str
      sample: admin@example.com
    name:
      description: Its user name, which Sentry's login page takes, too.
      type: str
      sample: admin@example.com
password_changed:
  description: Whether the account had another password before.
  returned: success
  type: bool
  sample: true
remarks:
  description: What a password alone does not overcome, and what was done otherwise than asked. They
    are warnings of the task, too.
  returned: success
  type: list
  elements: str
  sample: []
reset_link:
  description:
    - Link with which the account's password can be set, V(null) with O(password), and in check mode
      where there is none yet. Whoever has it is that account. It is good for 48 hours, and for one
      hour in newer releases of Sentry.
  returned: success
  type: str
  sample: https://sentry.example.com/account/recover/confirm/1/abcdef/
"""

import inspect
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._module import CollectionModule, run
from ..module_utils._sentry.checkout import load_checkout, running_web
from ..module_utils._sentry.docker import SentryError
from ..module_utils._sentry.exec import run_in_sentry
from ..module_utils._sentry.scripts import break_glass as break_glass_script
from ..module_utils._sentry.scripts import provider as provider_script

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "sentry_dir": {"type": "path", "default": "/opt/sentry"},
    "organization": {"type": "str", "required": True},
    "provider": {"type": "str", "default": "oidc"},
    "single_sign_on": {"type": "str", "choices": ["optional", "off"], "required": True},
    "user": {"type": "str", "required": True},
    "password": {"type": "str", "no_log": True},
    "exec_timeout": {"type": "float", "default": 120.0},
}
_OF_THE_HOST = ("sentry_dir", "exec_timeout")


def work(module: AnsibleModule) -> dict[str, Any]:
    """Return the result: the script inside Sentry finds, compares and writes."""
    wish = {name: module.params[name] for name in ARGUMENT_SPEC if name not in _OF_THE_HOST}
    checkout = load_checkout(module.params["sentry_dir"])
    answer = run_in_sentry(
        checkout.host,
        break_glass_script,
        {
            **wish,
            "write": not module.check_mode,
            "provider_source": inspect.getsource(provider_script),
        },
        container=next(iter(running_web(checkout.containers)), None),
        timeout=module.params["exec_timeout"],
    )
    if "refused" in answer:
        raise SentryError(answer["refused"])
    for warning in answer["warnings"]:
        module.warn(warning)
    return result(answer)


def result(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the module says of the script's answer."""
    before, after = (
        {name: answer["provider"][when][name] for name in ("provider", "require_sso")}
        for when in ("before", "after")
    )
    is_new = answer["password_changed"] or answer["new_link"]
    what = "password" if answer["password_changed"] else "reset_link"
    shown = ({what: "(not shown)"}, {what: "(another one, not shown)"}) if is_new else ({}, {})
    return {
        "changed": before != after or is_new,
        "diff": {"before": {**before, **shown[0]}, "after": {**after, **shown[1]}},
        **after,
        "unlinked": answer["provider"]["unlinked"],
        "user": answer["user"],
        "password_changed": answer["password_changed"],
        "remarks": answer["warnings"],
        "reset_link": answer["reset_link"],
    }


def main() -> None:
    module = CollectionModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    run(module, work)


if __name__ == "__main__":
    main()
