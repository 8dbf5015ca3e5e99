#!/usr/bin/python

# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sentry_install
short_description: Runs the install.sh of a self-hosted Sentry unattended
version_added: 0.1.0
description:
  - Runs upstream's C(install.sh), which turns everything off, builds the images, migrates the
    database, and starts nothing. See M(encvoy.sentry.sentry_services) for that.
  - It has no terminal. Where it asks something that O(flags) do not answer, it ends with an error
    and does not wait for a person.
author:
  - The encvoy.sentry contributors (@encvoy)
extends_documentation_fragment:
  - encvoy.sentry.attributes
options:
  sentry_dir:
    description: Folder of the self-hosted checkout, the one with C(install.sh).
    type: path
    default: /opt/sentry
  flags:
    description: Options of C(install.sh). It refuses those that its release does not know.
    type: list
    elements: str
    default: []
  install_timeout:
    description:
      - Seconds that it may take. Then it is stopped, with everything that it has started, and
        Sentry is off.
    type: float
    default: 3600
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: none
    details:
      - It is run each time.
notes:
  - C(install.sh) keeps a log of its own, C(sentry_install_log-*.txt) in O(sentry_dir).
seealso:
  - module: encvoy.sentry.sentry_services
  - name: Self-hosted Sentry
    description: What install.sh does.
    link: https://develop.sentry.dev/self-hosted/
"""

EXAMPLES = r"""
- name: Install or upgrade Sentry
  encvoy.sentry.sentry_install:
    sentry_dir: /opt/sentry
    flags: [--skip-user-creation, --no-report-self-hosted-issues]

- name: Start it
  encvoy.sentry.sentry_services:
    sentry_dir: /opt/sentry
    start: true
"""

RETURN = r"""
flags:
  description: With which options it was run.
  returned: success
  type: list
  elements: str
  sample: [--skip-user-creation]
printed:
  description: What it printed, empty in check mode.
  returned: success
  type: str
  sample: You're all done!
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._module import CollectionModule, run
from ..module_utils._sentry.checkout import load_checkout
from ..module_utils._sentry.install import run_install

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "sentry_dir": {"type": "path", "default": "/opt/sentry"},
    "flags": {"type": "list", "elements": "str", "default": []},
    "install_timeout": {"type": "float", "default": 3600.0},
}


def work(module: AnsibleModule) -> dict[str, Any]:
    """Run install.sh, or say that it would be."""
    params = module.params
    printed = ""
    if not module.check_mode:
        host = load_checkout(params["sentry_dir"]).host
        printed = run_install(host, params["flags"], params["install_timeout"])
    return {"changed": True, "flags": params["flags"], "printed": printed}


def main() -> None:
    run(CollectionModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True), work)


if __name__ == "__main__":
    main()
