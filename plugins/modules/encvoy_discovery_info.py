#!/usr/bin/python
# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: encvoy_discovery_info
short_description: Read the OpenID Connect endpoints of Encvoy ID
version_added: 0.1.0
description:
  - Finds the discovery document of Encvoy ID and returns the endpoints that it advertises.
  - The vendor's guides place it below C(/api/oidc), which the published proxy configuration does
    not route. So this module tries C(/api/oidc), then C(/oidc), then the root, and keeps what
    answers.
  - It fails where a login would fail later. That is when no document is found, when the certificate
    is not trusted, when the issuer does not fit O(url), when an https issuer advertises endpoints
    with plain http, or when an endpoint is on another server than the issuer.
  - It needs no credentials.
author:
  - The encvoy.sentry contributors (@encvoy)
extends_documentation_fragment:
  - encvoy.sentry.encvoy_connection
  - encvoy.sentry.encvoy_connection.unused_account
  - encvoy.sentry.attributes.encvoy_group
  - encvoy.sentry.attributes.read_only
seealso:
  - module: encvoy.sentry.encvoy_sso_info
  - name: OpenID Connect Discovery 1.0
    description: What the endpoints mean.
    link: https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata
"""

EXAMPLES = r"""
- name: Find the endpoints
  encvoy.sentry.encvoy_discovery_info:
    url: https://id.example.com
    ca_path: /etc/ssl/private-ca.pem
  register: encvoy_oidc
  delegate_to: localhost

- name: Show where a login begins
  ansible.builtin.debug:
    var: encvoy_oidc.authorization_endpoint
"""

RETURN = r"""
issuer:
  description: The issuer.
  returned: success
  type: str
  sample: https://id.example.com
discovery_url:
  description: Where the discovery document was found.
  returned: success
  type: str
  sample: https://id.example.com/oidc/.well-known/openid-configuration
authorization_endpoint:
  description: Where a login begins.
  returned: success
  type: str
  sample: https://id.example.com/oidc/auth
token_endpoint:
  description: Where an application exchanges the code for tokens.
  returned: success
  type: str
  sample: https://id.example.com/oidc/token
userinfo_endpoint:
  description: Where an application reads about the user.
  returned: success
  type: str
  sample: https://id.example.com/oidc/me
jwks_uri:
  description: The keys that tokens are signed with.
  returned: success
  type: str
  sample: https://id.example.com/oidc/jwks
end_session_endpoint:
  description: Where a logout begins; null when the server does not say.
  returned: success
  type: str
  sample: https://id.example.com/oidc/session/end
"""

from typing import Any

from ..module_utils._encvoy.discovery import discover
from ..module_utils._encvoy.options import EncvoyModule, connect, run

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {}


def work(module: EncvoyModule) -> dict[str, Any]:
    with connect(module) as session:
        return {"changed": False, **discover(session)}


def main() -> None:
    module = EncvoyModule(ARGUMENT_SPEC, supports_check_mode=True)
    run(module, work)


if __name__ == "__main__":
    main()
