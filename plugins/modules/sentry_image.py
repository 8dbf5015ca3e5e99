#!/usr/bin/python

# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sentry_image
short_description: The local image of a self-hosted Sentry
version_added: 0.1.0
description:
  - Builds the image that the services of a self-hosted Sentry share, and loads the site's settings
    and an auth provider in it, before a container that serves is touched.
  - Settings and provider are loaded in a container of its own, as Sentry's own user, with the
    mounts and the environment of the service C(web). Neither PostgreSQL nor Redis nor anything else
    has to run. It has no network; settings that do not load that way are loaded once more with all
    that Compose gives to C(web).
  - Sentry serves meanwhile.
author:
  - The encvoy.sentry contributors (@encvoy)
extends_documentation_fragment:
  - encvoy.sentry.attributes
options:
  sentry_dir:
    description: Folder of the self-hosted checkout, the one with C(install.sh).
    type: path
    default: /opt/sentry
  state:
    description:
      - V(built) builds the image (C(docker compose build web)) and loads settings and provider in
        it. When they do not load, the name of the image is given back to the image that had it.
      - V(loadable) loads settings and provider in the image that is there.
      - V(tagged) gives the name of the image to O(image_id), to go back to it.
    type: str
    choices: [built, loadable, tagged]
    default: built
  image_id:
    description: Id of a local image, with O(state=tagged), where it is required.
    type: str
  provider:
    description:
      - Key of the auth provider that must be there. C(sentry-auth-oidc) registers V(oidc).
      - With an empty text none is asked for, as after the plugin was taken out of the image.
    type: str
    default: oidc
  build_timeout:
    description: Seconds that the build may take.
    type: float
    default: 1800
  build_proxy:
    description:
      - Proxy for what the build downloads over http and https. It is a build argument that Docker
        knows by itself and leaves out of the image, but not out of the host's list of processes.
    type: str
  build_no_proxy:
    description: Hosts that the build reaches without O(build_proxy), separated by commas.
    type: str
  timeout:
    description: Seconds that Sentry may take to load settings and provider.
    type: float
    default: 120
attributes:
  check_mode:
    support: full
    details:
      - Whether a build makes another image is not known before, so it counts as a change.
  diff_mode:
    support: none
  idempotent:
    support: full
notes:
  - A message about settings that do not load tells the line, and never what it holds.
seealso:
  - module: encvoy.sentry.sentry_config
  - module: encvoy.sentry.sentry_services
  - name: Enhance the Sentry image
    description: How upstream lets a site add to its image.
    link: https://develop.sentry.dev/self-hosted/#enhance-sentry-image
"""

EXAMPLES = r"""
- name: Build the image and see that Sentry would start with it
  encvoy.sentry.sentry_image:
    sentry_dir: /opt/sentry
  register: built

- name: See that Sentry would start with changed settings
  encvoy.sentry.sentry_image:
    sentry_dir: /opt/sentry
    state: loadable

- name: Go back to the image that Sentry's containers have
  encvoy.sentry.sentry_image:
    sentry_dir: /opt/sentry
    state: tagged
    image_id: "{{ sentry.running_image_id }}"
"""

RETURN = r"""
image:
  description: Name of the image.
  returned: success
  type: str
  sample: sentry-self-hosted-local
image_id:
  description: Id of the image that has this name now, V(null) when there is none.
  returned: always
  type: str
  sample: sha256:2c8f…
packages:
  description: Versions of C(sentry) and C(sentry-auth-oidc) as loaded, V(null) for one that is not
    there. Empty with O(state=tagged) and in check mode.
  returned: success
  type: dict
  sample: {sentry: 23.7.1, sentry-auth-oidc: 6.0.0}
"""

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._module import CollectionModule, run
from ..module_utils._sentry.build import build_image, proxy_arguments
from ..module_utils._sentry.checkout import load_checkout
from ..module_utils._sentry.docker import SentryError, SentryHost
from ..module_utils._sentry.load_check import check_load
from ..module_utils._sentry.run_lock import at_work
from ..module_utils._sentry.wait import Clock, Deadline

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "sentry_dir": {"type": "path", "default": "/opt/sentry"},
    "state": {"type": "str", "choices": ["built", "loadable", "tagged"], "default": "built"},
    "image_id": {"type": "str"},
    "provider": {"type": "str", "default": "oidc"},
    "build_timeout": {"type": "float", "default": 1800.0},
    "build_proxy": {"type": "str"},
    "build_no_proxy": {"type": "str"},
    "timeout": {"type": "float", "default": 120.0},
}


def work(module: AnsibleModule) -> dict[str, Any]:
    """Return the result of the state that is asked for."""
    checkout = load_checkout(module.params["sentry_dir"], module.params["timeout"])
    with at_work(checkout.host.directory):
        return _work(module, checkout.host, checkout.project.image)


def _work(module: AnsibleModule, host: SentryHost, name: str) -> dict[str, Any]:
    params = module.params
    before = host.image_id(name)
    if params["state"] == "tagged":
        changed = _tag(host, name, before, params["image_id"], module.check_mode)
        return {"changed": changed, "image": name, "image_id": params["image_id"], "packages": {}}
    if params["state"] == "built" and module.check_mode:
        return {"changed": True, "image": name, "image_id": before, "packages": {}}
    if params["state"] == "built":
        proxies = proxy_arguments(params["build_proxy"], params["build_no_proxy"])
        build_image(host, params["build_timeout"], proxies)
    image_id = host.image_id(name)
    if image_id is None:
        raise SentryError(f"image: There is no local image {name}. Build it with state=built.")
    if module.check_mode:
        return {"changed": False, "image": name, "image_id": before, "packages": {}}
    packages = _load(host, name, before, params)
    return {
        "changed": image_id != before,
        "image": name,
        "image_id": image_id,
        "packages": packages,
    }


def _load(
    host: SentryHost, name: str, before: str | None, params: Mapping[str, Any]
) -> dict[str, str | None]:
    """Return the packages of an image that loads; else give its name back and raise SentryError."""
    deadline = Deadline.after(params["timeout"], Clock())
    try:
        return dict(check_load(host, host.compose_config(), params["provider"], deadline).packages)
    except SentryError as error:
        left = _give_back(host, name, before)
        raise SentryError(f"{error}{left}", {"changed": bool(left), "image_id": before}) from None


def _give_back(host: SentryHost, name: str, before: str | None) -> str:
    """Give the name back to the image that had it; return what to say where that fails."""
    if before is None or host.image_id(name) == before:
        return ""
    try:
        host.docker("image", "tag", before, name)
    except SentryError as error:
        return f" The new image keeps the name {name}: {error}"
    return ""


def _tag(host: SentryHost, name: str, before: str | None, image_id: str, check_mode: bool) -> bool:
    """Give the name to an image; return whether it had another one."""
    if host.image_id(image_id) is None:
        raise SentryError(
            f"image_id: There is no image {image_id} on this host any more. Build one with"
            " state=built."
        )
    if host.image_id(image_id) == before:
        return False
    if not check_mode:
        host.docker("image", "tag", image_id, name)
    return True


def main() -> None:
    module = CollectionModule(
        argument_spec=ARGUMENT_SPEC,
        required_if=[("state", "tagged", ["image_id"])],
        supports_check_mode=True,
    )
    run(module, work)


if __name__ == "__main__":
    main()
