# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: tells upstream's nginx which web container it is to ask.

nginx looks for the name ``web`` when it starts or is reloaded, and keeps the addresses.
"""

from __future__ import annotations

from .docker import SentryError, SentryHost
from .wait import Deadline
from .watched import Watched

PROXY_SERVICE = "nginx"

# Seconds in which a reload without the program below certainly has come about.
_RELOADED = 2.0
# Seconds that requests on their way to the old web container get to come to their end.
_DRAIN = 30
# Runs in the container of nginx, and ends there even if whoever began it is killed. The name has
# one address for as long as nginx reads its configuration, and those that Docker gives it before
# and after. Then nobody asks another web container any more but for requests that are on their way,
# which are waited for: nginx does not send a form again that a container that is stopped has read.
_SWITCH = """
set -e
workers() { grep -ls "^nginx: worker process" /proc/[0-9]*/cmdline | sort; }
hosts=$(cat /etc/hosts)
trap 'printf "%s\\n" "$hosts" >/etc/hosts' EXIT
trap 'exit 1' HUP INT TERM
old=$(workers)
printf "%s web\\n%s\\n" "$1" "$hosts" >/etc/hosts
nginx -s reload
tries=100
until workers | grep -qvxF "$old"; do
  tries=$((tries - 1)); [ $tries -gt 0 ] || exit 1; sleep 0.1
done
printf "%s\\n" "$hosts" >/etc/hosts
tries=$(($2 * 10))
while workers | grep -qxF "$old" && [ $tries -gt 0 ]; do tries=$((tries - 1)); sleep 0.1; done
"""


def reload_or_restart(host: SentryHost, proxy: Watched, timeout: float) -> None:
    """Let nginx look for web again; start it when it does not run.

    :raises SentryError: it cannot
    """
    if not proxy.runs:
        host.docker("restart", proxy.container_id, timeout=timeout)
        return
    try:
        reload_proxy(host, proxy, timeout)
    except SentryError:  # whatever stands in the way is gone after a restart, or told by it
        host.docker("restart", proxy.container_id, timeout=timeout)


def reload_proxy(host: SentryHost, proxy: Watched, timeout: float) -> None:
    """Let nginx look for web again; what it was told before stays when that fails."""
    host.docker("exec", proxy.container_id, PROXY_SERVICE, "-s", "reload", timeout=timeout)


def switch_to(host: SentryHost, proxy: Watched, web: Watched, deadline: Deadline) -> bool:
    """Let nginx ask this web container and no other one, and wait until none is asked any more.

    Where that cannot be done inside the container of nginx, it asks all web containers there are.

    :returns: whether it asks this one alone
    :raises SentryError: nginx cannot be reloaded, and asks whom it has asked before
    """
    shared = [web.addresses[network] for network in proxy.addresses if network in web.addresses]
    if shared:
        # Root alone may write the file, and the program is not to be ended with its client.
        command = ("--user", "0", proxy.container_id, "sh", "-c", _SWITCH, "sh", shared[0])
        try:
            timeout = deadline.remaining + _DRAIN
            host.docker("exec", *command, str(_DRAIN), timeout=timeout)
            return True
        except SentryError:
            pass
    reload_proxy(host, proxy, deadline.remaining)
    deadline.clock.sleep(_RELOADED)
    return False
