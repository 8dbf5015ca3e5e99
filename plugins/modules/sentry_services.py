#!/usr/bin/python

# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sentry_services
short_description: Brings services of a self-hosted Sentry up anew
version_added: 0.1.0
description:
  - Replaces the containers of services, so that they run the present image and settings, with the
    shortest time without a login page.
  - C(web) comes first. Where it can be done, the new container starts beside the old one, C(nginx)
    is led to it when it answers, and the old one goes when nothing is on its way to it any more, so
    that no request fails. See O(strategy).
  - Otherwise C(web) is replaced, and as soon as it answers, C(nginx) is told to look for it again,
    and is started if it does not run. Only then the other services are replaced.
  - Nothing but C(web) is waited for until it is healthy. Since self-hosted 25.8 the first health
    check of many services comes after minutes. The others are compared with what they were before.
  - A plain C(docker compose up -d) afterwards replaces nothing.
  - Nothing is built and nothing is pulled. See M(encvoy.sentry.sentry_image).
author:
  - The encvoy.sentry contributors (@encvoy)
extends_documentation_fragment:
  - encvoy.sentry.attributes
options:
  sentry_dir:
    description: Folder of the self-hosted checkout, the one with C(install.sh).
    type: path
    default: /opt/sentry
  services:
    description:
      - Services to bring up anew.
      - With none of them and O(reload_proxy=true), C(nginx) alone is brought to the C(web) that
        runs.
    type: list
    elements: str
    default: []
  strategy:
    description:
      - How the container of C(web) is replaced when it is among O(services).
      - V(rolling) starts the new one beside the old one. When the new one does not serve, it is
        removed again, and the old one was never touched. Two containers that an interrupted run
        has left become one. When C(web) does not run at the beginning, it is V(recreate).
      - V(recreate) stops the old one first. There is no login page while the new one starts.
      - V(auto) is V(rolling) where nothing stands in the way of it. That is a port of the host that
        C(web) publishes, a fixed name or address of its container, more than one container of it,
        no C(nginx) that runs, a Compose older than 2.26.0, or too little free memory for two.
    type: str
    choices: [auto, rolling, recreate]
    default: auto
  start:
    description: Whether to start whatever else of the project does not run, as after an
      installation.
    type: bool
    default: false
  reload_proxy:
    description: Whether C(nginx) is to look for C(web) again, as it does in any case after
      V(rolling). A project without C(nginx) is left as it is.
    type: bool
    default: true
  before:
    description:
      - The services that were not well before, each with its status, as returned in
        RV(encvoy.sentry.sentry_info#module:unhealthy_services). They are reported, and do not make
        the task fail.
      - Left out, the module looks for itself before it begins.
    type: dict
  timeout:
    description: Seconds that all of it may take together.
    type: float
    default: 300
  settle:
    description:
      - Seconds in which no service may die at the end. When one does, they begin again, until it
        has died three times.
      - When C(web) is among O(services), it is at least as long as C(web) needed to start, since
        the others load the same program.
    type: float
    default: 5
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: none
    details:
      - It does what it is told each time it is told.
notes:
  - It fails when C(web) does not answer in time, when a service that was well before dies three
    times, or when one is worse than before when O(timeout) is over. A service that is C(starting)
    is no failure.
seealso:
  - module: encvoy.sentry.sentry_image
  - module: community.docker.docker_compose_v2
  - name: Control startup and shutdown order in Compose
    description: What C(depends_on) with C(restart) does.
    link: https://docs.docker.com/compose/how-tos/startup-order/
"""

EXAMPLES = r"""
- name: Bring all Sentry services up on the new image
  encvoy.sentry.sentry_services:
    sentry_dir: /opt/sentry
    services: "{{ sentry.services }}"
    before: "{{ sentry.unhealthy_services }}"
    timeout: 300

- name: Let nginx find the web container, which has another address than before
  encvoy.sentry.sentry_services:
    sentry_dir: /opt/sentry
    reload_proxy: true
"""

RETURN = r"""
recreated:
  description: Services whose containers were replaced, also when the task failed later.
  returned: always
  type: list
  elements: str
  sample: [cron, web, worker]
touched:
  description:
    - Services that were replaced, or about to be when the task failed. Those of O(services) that
      are not among them run as before.
    - With V(rolling), C(web) is among them only when the new container has served.
  returned: always
  type: list
  elements: str
  sample: [cron, web, worker]
unsettled:
  description: Services that are not well, each with its status. None of them was well before, or it
    is only starting or was restarted.
  returned: always
  type: dict
  sample: {uptime-results: starting}
strategy:
  description: How C(web) was replaced, V(rolling) or V(recreate); V(null) when it was not to be.
  returned: always
  type: str
  sample: rolling
seconds_without_web:
  description: Seconds from the beginning until C(nginx) knew the new C(web), in which there can be
    no login page. V(0) when C(web) was not replaced, or a new one started beside the old one.
  returned: always
  type: float
  sample: 11.4
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._module import CollectionModule, ModuleError, run
from ..module_utils._sentry.checkout import Checkout, load_checkout, running_web
from ..module_utils._sentry.docker import WEB_SERVICE, SentryError
from ..module_utils._sentry.run_lock import at_work
from ..module_utils._sentry.service_commands import ServiceCommands
from ..module_utils._sentry.services import Job, Order
from ..module_utils._sentry.wait import Clock, Deadline
from ..module_utils._sentry.web_service import WebService

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "sentry_dir": {"type": "path", "default": "/opt/sentry"},
    "services": {"type": "list", "elements": "str", "default": []},
    "strategy": {"type": "str", "choices": ["auto", "rolling", "recreate"], "default": "auto"},
    "start": {"type": "bool", "default": False},
    "reload_proxy": {"type": "bool", "default": True},
    "before": {"type": "dict"},
    "timeout": {"type": "float", "default": 300.0},
    "settle": {"type": "float", "default": 5.0},
}


def work(module: AnsibleModule) -> dict[str, Any]:
    """Return the result: bring the services up, or in check mode only say which."""
    params = module.params
    deadline = Deadline.after(params["timeout"], Clock())
    checkout = load_checkout(params["sentry_dir"], deadline.remaining)
    order = Order(
        services=tuple(params["services"]),
        rolling=rolls(params["strategy"], params["services"], checkout),
        start=params["start"],
        reload_proxy=params["reload_proxy"],
        before=params["before"],
        settle=params["settle"],
    )
    changed = bool(order.services) or order.start or order.reload_proxy
    if module.check_mode:
        prediction: dict[str, Any] = {
            "recreated": sorted(order.services),
            "touched": sorted(order.services),
            "unsettled": {},
            "strategy": order.strategy,
            "seconds_without_web": 0.0,
        }
        return {"changed": changed, **prediction}
    commands = ServiceCommands(checkout.host, checkout.host.project or checkout.project.name)
    job = Job(order, commands, deadline)
    with at_work(checkout.host.directory, deadline.remaining):
        try:
            job.run()
        except ModuleError as error:
            result = {"changed": bool(commands.recreated), **job.result()}
            raise SentryError(str(error), result) from None
    return {"changed": changed, **job.result()}


def rolls(strategy: str, services: list[str], checkout: Checkout) -> bool:
    """Return whether the new web container starts beside the old one."""
    if WEB_SERVICE not in services or not running_web(checkout.containers):
        return False
    if strategy == "auto":
        return not WebService.observe(checkout).obstacles
    return strategy == "rolling"


def main() -> None:
    module = CollectionModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    run(module, work)


if __name__ == "__main__":
    main()
