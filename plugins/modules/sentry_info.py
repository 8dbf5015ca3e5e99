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
  - Reads what a folder with L(self-hosted Sentry,https://github.com/getsentry/self-hosted) is set
    to, what its image holds and what runs of it. It changes nothing, and does not start Sentry.
  - Runs on the Sentry host, with C(docker) and its compose plugin. Podman is not supported. Where
    the running web container has not the image that is built, a container of it is started for
    about a second, without network, to ask which packages are in it.
author:
  - The encvoy.sentry contributors (@encvoy)
extends_documentation_fragment:
  - encvoy.sentry.attributes.read_only
options:
  sentry_dir:
    description: Folder of the self-hosted checkout, the one with C(install.sh).
    type: path
    default: /opt/sentry
seealso:
  - module: encvoy.sentry.sentry_sso_info
  - module: encvoy.sentry.sentry_auth_provider
  - name: Self-hosted Sentry
    description: Upstream's documentation of the folder that this module reads.
    link: https://develop.sentry.dev/self-hosted/
"""

EXAMPLES = r"""
- name: Look at Sentry
  encvoy.sentry.sentry_info:
    sentry_dir: /opt/sentry
  register: sentry

- name: Recreate the services that do not run with the current image, settings and configuration
  ansible.builtin.command:
    argv: "{{ sentry.compose_command + ['up', '-d', '--force-recreate'] + sentry.stale_services }}"
    chdir: "{{ sentry.sentry_dir }}"
  when: sentry.stale_services | length > 0
  changed_when: true
"""

RETURN = r"""
sentry_dir:
  description: Absolute path of the checkout.
  returned: success
  type: str
  sample: /opt/sentry
project:
  description:
    - Name of the Compose project under which the containers of this folder run, else the one that
      Compose's own configuration gives.
  returned: success
  type: str
  sample: sentry-self-hosted
version:
  description:
    - Sentry release that the checkout is set to, by the tag of C(SENTRY_IMAGE) in its environment
      files.
    - When the tag is no release (V(nightly)), the version of Sentry inside the image, V(null) when
      that is not built.
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
image_packages_owning_oidc:
  description:
    - Names of the distributions inside the image that bring the Python package C(oidc). More than
      C(sentry-auth-oidc) alone means that pip has mixed their files.
  returned: success
  type: list
  elements: str
  sample: [sentry-auth-oidc]
running_image_id:
  description: Id of the image of the running web container, V(null) when none runs.
  returned: success
  type: str
  sample: sha256:2c8f…
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
unhealthy_services:
  description:
    - Those of RV(services) that do not serve, with Docker's status of the health check
      (V(starting), V(unhealthy)) or of the container (V(created), V(restarting), V(exited)), or
      V(absent).
  returned: success
  type: dict
  sample: {}
stale_services:
  description:
    - Those of RV(services) that do not run, do not run on RV(image_id), were started before
      C(sentry/sentry.conf.py), the client secret or the CA of the identity provider was modified,
      or whose configuration Compose has another hash of now.
  returned: success
  type: list
  elements: str
  sample: []
proxy_service:
  description: Service of upstream's reverse proxy, V(null) where a site has none.
  returned: success
  type: str
  sample: nginx
url_prefix:
  description:
    - C(system.url-prefix) of Sentry. This module reads C(sentry/config.yml) alone; V(null) when it
      is not set there.
  returned: success
  type: str
  sample: https://sentry.example.com
url_prefix_source:
  description: V(config.yml), V(sentry) when only the running Sentry could say, or V(null).
  returned: success
  type: str
  sample: config.yml
installed:
  description:
    - Whether C(install.sh) was run here. A web container, or an image with the volumes of the
      database, says so; nothing needs to run.
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
compose_command:
  description:
    - Beginning of a command line for this project, with the full path of C(docker), the project's
      name where it is not the configured one, and the environment files. To be run in
      RV(sentry_dir).
  returned: success
  type: list
  elements: str
  sample: [/usr/bin/docker, compose]
web_user:
  description:
    - User and group that Sentry's processes have, in the host's numbers, by C(user) of the service
      C(web), else of the image, else V(999).
  returned: success
  type: dict
  sample: {uid: 999, gid: 999}
web_service:
  description:
    - What decides whether a second web container can start beside the first. C(container_name),
      C(address), C(publishes_port) and C(replicas) are those of Compose's configuration.
      C(running) is how many web containers run, C(proxy) the service of the reverse proxy, and
      C(proxy_runs) whether it runs. C(memory) is what the web container takes and C(free_memory)
      what the host has for others, in MiB, V(null) when unknown.
      C(obstacles) says what stands in the way, nothing where nothing does.
  returned: success
  type: dict
  sample:
    container_name: null
    address: null
    publishes_port: false
    replicas: 1
    running: 1
    proxy: nginx
    proxy_runs: true
    compose_version: 2.32.2
    memory: 640
    free_memory: 9200
    obstacles: []
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._module import CollectionModule, run
from ..module_utils._sentry.checkout import load_checkout
from ..module_utils._sentry.facts import as_result, read_facts

ARGUMENT_SPEC: dict[str, Any] = {
    "sentry_dir": {"type": "path", "default": "/opt/sentry"},
}


def work(module: AnsibleModule) -> dict[str, Any]:
    """Look, and return the facts."""
    checkout = load_checkout(module.params["sentry_dir"])
    with ThreadPoolExecutor() as pool:
        return {"changed": False, **as_result(read_facts(checkout, pool))}


def main() -> None:
    run(CollectionModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True), work)


if __name__ == "__main__":
    main()
