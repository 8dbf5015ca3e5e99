#!/usr/bin/python

# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sentry_info
short_description: Facts about a self-hosted Sentry
version_added: 0.1.0
description:
  - Reads what a folder with
    L(self-hosted Sentry,https://github.com/getsentry/self-hosted) is set to, what its image holds
    and what runs of it.
  - Runs on the Sentry host, with C(docker) and its compose plugin. It starts a container of
    Sentry's image for about a second, without network, to ask which packages are in it.
author:
  - The encvoy.sentry contributors (@encvoy)
extends_documentation_fragment:
  - encvoy.sentry.attributes.read_only
options:
  sentry_dir:
    description: Folder of the self-hosted checkout, the one with C(install.sh).
    type: path
    default: /opt/sentry
  watch:
    description:
      - Files that Sentry reads when it starts. A container that was started before the newest of
        them was modified is reported as stale.
      - A relative path is one in O(sentry_dir). A file that does not exist is left out.
    type: list
    elements: path
    default: []
  wait:
    description:
      - Wait first until the services of RV(services) run, and are healthy where they have a health
        check.
      - Fails with the end of the log when the time is over, and at once when a service has died
        three times.
    type: bool
    default: false
  wait_timeout:
    description: Seconds to wait, with O(wait=true).
    type: float
    default: 120
seealso:
  - module: encvoy.sentry.sentry_auth_provider
  - module: encvoy.sentry.sentry_sso_info
"""

EXAMPLES = r"""
- name: Look at Sentry
  encvoy.sentry.sentry_stack_info:
    sentry_dir: /opt/sentry
    watch:
      - sentry/sentry.conf.py
  register: stack

- name: Wait until Sentry serves
  encvoy.sentry.sentry_stack_info:
    sentry_dir: /opt/sentry
    wait: true
    wait_timeout: 300

- name: Recreate the services that do not run with the current image and settings
  ansible.builtin.command:
    cmd: docker compose up -d --force-recreate {{ stack.stale_services | join(' ') }}
    chdir: /opt/sentry
  when: stack.stale_services | length > 0
  changed_when: true
"""

RETURN = r"""
sentry_dir:
  description: Absolute path of the checkout.
  returned: success
  type: str
  sample: /opt/sentry
version:
  description:
    - Sentry release that the checkout is set to, by the tag of C(SENTRY_IMAGE) in its environment
      files.
    - When the tag is no release (V(nightly)), the version of Sentry inside the image, V(null)
      when that is not built.
  returned: success
  type: str
  sample: 23.7.1
image:
  description: Name of the local image that the service C(web) runs.
  returned: success
  type: str
  sample: sentry-self-hosted-local
image_id:
  description: Id of that image, V(null) when it is not built.
  returned: success
  type: str
  sample: sha256:2c8f…
image_sentry_version:
  description: Version of Sentry inside the image, V(null) when it is not built.
  returned: success
  type: str
  sample: 23.7.1
image_plugin_version:
  description:
    - Version of the Python package C(sentry-auth-oidc) inside the image, V(null) when it is not
      there.
  returned: success
  type: str
  sample: 6.0.0
services:
  description: Services on that image that run by default, profiles respected.
  returned: success
  type: list
  elements: str
  sample: [cron, web, worker]
running_services:
  description: Services of the whole project that have a running container.
  returned: success
  type: list
  elements: str
  sample: [cron, nginx, postgres, redis, web, worker]
stale_services:
  description:
    - Those of RV(services) that do not run, do not run on RV(image_id), or were started before a
      file of O(watch) was modified.
  returned: success
  type: list
  elements: str
  sample: []
url_prefix:
  description: C(system.url-prefix) in C(sentry/config.yml), V(null) when it is not set there.
  returned: success
  type: str
  sample: https://sentry.example.com
has_image_hook:
  description: Whether the site has a C(sentry/enhance-image.sh), which the build of its image runs.
  returned: success
  type: bool
  sample: true
compose_version:
  description: Version of the compose plugin.
  returned: success
  type: str
  sample: 2.32.2
env_files:
  description:
    - Files to pass to C(docker compose) with C(--env-file), empty when compose's default is right.
  returned: success
  type: list
  elements: str
  sample: [.env, .env.custom]
installed:
  description: Whether the image is built and the service C(web) has a container.
  returned: success
  type: bool
  sample: true
"""

import os
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._sentry.checkout import (
    image_packages,
    load_checkout,
    newest_change,
    read_text,
)
from ..module_utils._sentry.docker import (
    WEB_SERVICE,
    SentryError,
)
from ..module_utils._sentry.stack import (
    has_container,
    parse_url_prefix,
    running_services,
    services_on_image,
    stale_services,
)
from ..module_utils._sentry.wait import wait_until_ready


def stack_facts(params: dict[str, Any]) -> dict[str, object]:
    """Return the module's result; raise SentryError when this is no usable Sentry folder."""
    opened = load_checkout(params["sentry_dir"])
    host = opened.host
    config = host.compose_config()
    if WEB_SERVICE not in config.get("services", {}):
        raise SentryError(
            f"the compose project in {host.directory} has no service {WEB_SERVICE}: is this"
            " self-hosted Sentry, and does COMPOSE_PROFILES include its web server?"
        )
    services = services_on_image(config, WEB_SERVICE)
    if params["wait"]:
        wait_until_ready(host, config["name"], services, params["wait_timeout"])
    image = config["services"][WEB_SERVICE]["image"]
    image_id = host.image_id(image)
    packages = image_packages(host, image) if image_id else {}
    containers = host.containers(config["name"])
    changed_at = newest_change(host.directory, params["watch"])
    return {
        "sentry_dir": host.directory,
        "version": opened.version or packages.get("sentry"),
        "image": image,
        "image_id": image_id,
        "image_sentry_version": packages.get("sentry"),
        "image_plugin_version": packages.get("sentry-auth-oidc"),
        "services": services,
        "running_services": running_services(containers),
        "stale_services": stale_services(services, containers, image_id, changed_at),
        "url_prefix": parse_url_prefix(read_text(host.directory, "sentry", "config.yml")),
        "has_image_hook": os.path.exists(
            os.path.join(host.directory, "sentry", "enhance-image.sh")
        ),
        "compose_version": opened.compose_version,
        "env_files": list(host.env_files),
        "installed": image_id is not None and has_container(containers, WEB_SERVICE),
    }


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "sentry_dir": {"type": "path", "default": "/opt/sentry"},
            "watch": {"type": "list", "elements": "path", "default": []},
            "wait": {"type": "bool", "default": False},
            "wait_timeout": {"type": "float", "default": 120},
        },
        supports_check_mode=True,
    )
    try:
        facts = stack_facts(module.params)
    except SentryError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, **facts)


if __name__ == "__main__":
    main()
