#!/usr/bin/python

# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sentry_sso_info
short_description: Proves the single sign-on of a Sentry organization
version_added: 0.1.0
description:
  - Looks at single sign-on from inside the Sentry containers and from outside, as a browser does,
    and returns a list of named checks, each with what was found and what to do about it.
  - It changes nothing and logs nobody in. It starts a login that it does not finish, and asks the
    token endpoint with a code that does not exist.
  - It does not fail because a check fails. Look at RV(ok).
  - Runs on the Sentry host, as a script inside the running web container (C(sentry exec)), which
    takes about four seconds, and by requests from the host itself.
author:
  - The encvoy.sentry contributors (@encvoy)
extends_documentation_fragment:
  - encvoy.sentry.attributes.read_only
options:
  sentry_dir:
    description: Folder of the self-hosted checkout, the one with C(install.sh).
    type: path
    default: /opt/sentry
  sentry_url:
    description: Public address of Sentry, which is also its C(system.url-prefix).
    type: str
    required: true
  organization:
    description: Slug of the organization, as in the addresses of its pages.
    type: str
    required: true
  client_id:
    description: Id of the client application that Sentry is to use.
    type: str
    required: true
  client_secret:
    description:
      - Secret that Sentry is to use. Only a salted digest of it is handed to Sentry, to compare.
      - Left out, the secret in Sentry's settings is still tried at the token endpoint.
    type: str
  issuer:
    description: Issuer of the identity provider. Sentry's endpoints have to be of its origin.
    type: str
  authorization_endpoint:
    description: Authorization endpoint that Sentry is to use. Left out, it is not compared.
    type: str
  token_endpoint:
    description: Token endpoint that Sentry is to use. Left out, it is not compared.
    type: str
  redirect_uris:
    description: Redirect URIs that the client has, to be named when one is refused.
    type: list
    elements: str
    default: []
  released_claims:
    description:
      - Which claims the identity provider releases to applications, as returned by
        M(encvoy.sentry.encvoy_public_claims).
      - Left out, the checks V(email_released), V(name_released) and V(silent_linking) are not made.
    type: dict
    suboptions:
      default_claims:
        description: Claims that new users release.
        type: list
        elements: str
        required: true
      users:
        description: The known users. Left out when the credentials may see none.
        type: list
        elements: dict
        suboptions:
          id:
            description: Number of the user.
            type: int
            required: true
          login:
            description: Login of the user, to name the person.
            type: str
          claims:
            description: Claims that the user releases.
            type: list
            elements: str
            required: true
      users_reason:
        description: Why there are no O(released_claims.users).
        type: str
  ca_path:
    description:
      - PEM file on the Sentry host, of an authority that requests from outside trust besides those
        of the system. What Sentry itself trusts is not touched by it.
    type: path
  timeout:
    description: Seconds to wait for one answer of Sentry or of the identity provider.
    type: float
    default: 15
seealso:
  - module: encvoy.sentry.encvoy_public_claims
  - module: encvoy.sentry.sentry_auth_provider
  - module: encvoy.sentry.sentry_stack_info
"""

EXAMPLES = r"""
- name: Prove the login
  encvoy.sentry.sentry_sso_info:
    sentry_dir: /opt/sentry
    sentry_url: https://sentry.example.com
    organization: sentry
    client_id: "{{ client.client_id }}"
    client_secret: "{{ client.client_secret }}"
    redirect_uris: "{{ client.client.redirect_uris }}"
    token_endpoint: "{{ discovery.token_endpoint }}"
    released_claims:
      default_claims: "{{ claims.default_claims }}"
      users: "{{ claims.users or omit }}"
  register: sso

- name: Show what is wrong
  ansible.builtin.assert:
    that: sso.ok
    fail_msg: "{{ sso.checks | rejectattr('ok') | map(attribute='detail') | join(' ') }}"
"""

RETURN = r"""
checks:
  description: What was looked at, in the order in which a login meets it.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description:
        - One of V(plugin_registered), V(settings_loaded), V(provider_enabled),
          V(token_endpoint_reachable), V(client_secret_accepted), V(login_page_offers_provider),
          V(redirect_parameters), V(redirect_uri_accepted), V(email_released), V(name_released),
          V(silent_linking).
      type: str
      sample: redirect_uri_accepted
    ok:
      description: Whether it is as it has to be. What could not be checked is not.
      type: bool
      sample: false
    severity:
      description: V(error) when people cannot log in, V(warning) when some cannot or find it odd.
      type: str
      sample: error
    detail:
      description: What was found.
      type: str
      sample: >-
        The identity provider refuses the redirect URI https://sentry.example.com/auth/sso/
        (invalid_redirect_uri).
    action:
      description: What to do, empty when it is right.
      type: str
      sample: Add https://sentry.example.com/auth/sso/ to the redirect URIs of the client.
ok:
  description: Whether no check of severity V(error) failed.
  returned: success
  type: bool
  sample: true
login_url:
  description: Page where members of the organization log in.
  returned: success
  type: str
  sample: https://sentry.example.com/auth/login/sentry/
"""

import glob
import hashlib
import os
import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._sentry.checkout import (
    load_checkout,
    newest_change,
)
from ..module_utils._sentry.checks import (
    PROVIDER,
    Expected,
    Observed,
    all_checks,
    is_ok,
)
from ..module_utils._sentry.docker import (
    WEB_SERVICE,
    SentryError,
    SentryHost,
)
from ..module_utils._sentry.exec import run_in_sentry
from ..module_utils._sentry.login_page import (
    Browser,
    login_url,
    visit,
)
from ..module_utils._sentry.scripts import probe as probe_script
from ..module_utils._sentry.stack import started_before

_USER_SPEC = {
    "id": {"type": "int", "required": True},
    "login": {"type": "str"},
    "claims": {"type": "list", "elements": "str", "required": True},
}


def probe_payload(params: dict[str, Any]) -> dict[str, Any]:
    """Return what the script inside Sentry is told: a salted digest instead of the secret."""
    salt = digest = None
    if params["client_secret"] is not None:
        salt = secrets.token_hex(16)
        digest = hashlib.sha256((salt + params["client_secret"]).encode("utf-8")).hexdigest()
    return {
        "organization": params["organization"],
        "token_endpoint": params["token_endpoint"],
        "secret_salt": salt,
        "secret_digest": digest,
        "timeout": params["timeout"],
    }


def web_is_stale(host: SentryHost) -> bool:
    """Return whether the web service was started before its settings were last written."""
    settings = [
        os.path.join(host.directory, "sentry", "sentry.conf.py"),
        # The role sentry_sso keeps what it must keep apart in files of such names.
        *glob.glob(os.path.join(host.directory, "sentry", "encvoy-*")),
    ]
    containers = host.containers(host.compose_config()["name"])
    return started_before(containers, WEB_SERVICE, newest_change(host.directory, settings))


def observe(host: SentryHost, browser: Browser, params: dict[str, Any]) -> Observed:
    """Look from inside and from outside; a Sentry that does not answer is an observation too."""
    with ThreadPoolExecutor() as pool:
        # Takes seconds, in which the view from outside is taken too.
        running = pool.submit(run_in_sentry, host, probe_script, probe_payload(params))
        outside = visit(browser, params["sentry_url"], params["organization"], PROVIDER)
        inside, inside_problem = None, None
        try:
            inside = running.result()
        except SentryError as error:
            inside_problem = str(error)
    return Observed(
        inside=inside,
        inside_problem=inside_problem,
        outside=outside,
        web_is_stale=web_is_stale(host),
        released_claims=params["released_claims"],
    )


def open_browser(params: dict[str, Any]) -> Browser:
    """Return what makes the requests from outside; raise SentryError for unusable options."""
    if not re.match(r"https?://[^/\s]", params["sentry_url"]):
        raise SentryError(
            f"sentry_url is '{params['sentry_url']}': give an address such as"
            " https://sentry.example.com"
        )
    try:
        return Browser(params["ca_path"], params["timeout"])
    except OSError as error:
        raise SentryError(
            f"ca_path {params['ca_path']} cannot be used: {error}. Give a PEM file with the"
            " authority's certificate, on the Sentry host"
        ) from error


def expected(params: dict[str, Any]) -> Expected:
    """Return how single sign-on is meant to be, by the module's options."""
    return Expected(
        sentry_url=params["sentry_url"],
        organization=params["organization"],
        client_id=params["client_id"],
        redirect_uris=tuple(params["redirect_uris"]),
        issuer=params["issuer"],
        authorization_endpoint=params["authorization_endpoint"],
        token_endpoint=params["token_endpoint"],
    )


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "sentry_dir": {"type": "path", "default": "/opt/sentry"},
            "sentry_url": {"type": "str", "required": True},
            "organization": {"type": "str", "required": True},
            "client_id": {"type": "str", "required": True},
            "client_secret": {"type": "str", "no_log": True},
            "issuer": {"type": "str"},
            "authorization_endpoint": {"type": "str"},
            "token_endpoint": {"type": "str", "no_log": False},
            "redirect_uris": {"type": "list", "elements": "str", "default": []},
            "released_claims": {
                "type": "dict",
                "options": {
                    "default_claims": {"type": "list", "elements": "str", "required": True},
                    "users": {"type": "list", "elements": "dict", "options": _USER_SPEC},
                    "users_reason": {"type": "str"},
                },
            },
            "ca_path": {"type": "path"},
            "timeout": {"type": "float", "default": 15.0},
        },
        supports_check_mode=True,
    )
    params = module.params
    try:
        browser = open_browser(params)
        host = load_checkout(params["sentry_dir"]).host
        seen = observe(host, browser, params)
    except SentryError as error:
        module.fail_json(msg=str(error))
    checks = all_checks(expected(params), seen)
    module.exit_json(
        changed=False,
        checks=checks,
        ok=is_ok(checks),
        login_url=login_url(params["sentry_url"], params["organization"]),
    )


if __name__ == "__main__":
    main()
