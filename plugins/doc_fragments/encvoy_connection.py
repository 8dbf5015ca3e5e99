# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  url:
    description:
      - The public address of Encvoy ID, without a path.
      - It must be exactly the address that the server calls itself by (its setting C(DOMAIN)),
        because its cookies do not follow to another host name.
      - Proxies are taken from the environment (E(HTTPS_PROXY), E(NO_PROXY) and so on). A SOCKS
        proxy needs the Python library socksio.
      - When not given, the environment variable E(ENCVOY_URL) is used.
    type: str
    required: true
  validate_certs:
    description:
      - Whether to check the server's certificate. Leave it on, and give O(ca_path) for a private
        CA.
      - When not given, the environment variable E(ENCVOY_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - A PEM file with a CA certificate that is trusted in addition to those that the machine
        trusts.
      - The file is on the machine that runs the module.
      - When not given, the environment variable E(ENCVOY_CA_PATH) is used.
    type: path
  timeout:
    description:
      - Seconds to wait for a connection, and then for an answer. Above 0, at most 3600.
      - Encvoy ID leaves a request unanswered when it meets an internal error, so this is what ends
        the wait.
      - When not given, the environment variable E(ENCVOY_TIMEOUT) is used.
    type: float
    default: 15.0
  http_agent:
    description:
      - The C(User-Agent) of the requests.
    type: str
    default: ansible-encvoy.sentry
requirements:
  - httpx >= 0.23, < 1, or its successor httpx2, on the machine that runs the module
notes:
  - Run it on the controller (C(delegate_to) V(localhost)), and with C(run_once) where all hosts
    share one application.
  - The server mixes up the identities of parallel requests. The modules of this collection send one
    request at a time from one machine and user, whatever the number of forks. The lock for that is
    in C(~/.cache/encvoy.sentry).
"""

    # The modules that work as an account.
    ACCOUNT = r"""
options:
  login:
    description:
      - The login of the account to work as.
      - Creating and changing applications takes the role owner or editor of the system, or manager
        of an organization.
      - Besides O(access_token) it lets the module get a new token once, when the given one has
        expired.
      - When not given, the environment variable E(ENCVOY_LOGIN) is used.
    type: str
  password:
    description:
      - The password of O(login).
      - An account with a second factor cannot log in unattended.
      - When not given, the environment variable E(ENCVOY_PASSWORD) is used.
    type: str
  access_token:
    description:
      - A token of M(encvoy.sentry.encvoy_login), from the same O(url).
      - When not given, the environment variable E(ENCVOY_ACCESS_TOKEN) is used, unless
        E(ENCVOY_URL) names another server than O(url).
    type: str
  system_client_id:
    description:
      - The id of the server's own client application, the deployment's C(CLIENT_ID).
      - When not given, the environment variable E(ENCVOY_SYSTEM_CLIENT_ID) is used, and else it is
        read from C(/config.js) of O(url) where it is needed.
    type: str
  auth_method:
    description:
      - How to authenticate.
      - V(token) uses O(access_token), V(login) logs in with O(login) and O(password) for this task,
        and revokes the token afterwards.
      - When not given, it is V(token) if O(access_token) is there, else V(login).
    type: str
    choices: [token, login]
"""

    # The modules that ask what everybody may know.
    UNUSED_ACCOUNT = r"""
options:
  login:
    description:
      - Not needed, and ignored. This and the other options of an account are accepted so that
        C(module_defaults) of the action group can hold them.
    type: str
  password:
    description: Not needed, and ignored.
    type: str
  access_token:
    description: Not needed, and ignored.
    type: str
  system_client_id:
    description: Not needed, and ignored.
    type: str
  auth_method:
    description: Not needed, and ignored.
    type: str
    choices: [token, login]
"""
