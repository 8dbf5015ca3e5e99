#!/usr/bin/python
# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sentry_sso_info
short_description: Verifies the single sign-on of a Sentry organization
version_added: 0.1.0
description:
  - Looks once at a self-hosted Sentry and its single sign-on. It reads the folder and its
    containers, the managed parts of its files, Sentry from inside its web container and from
    outside as a browser sees it. Of all that it makes a list of named checks, each with what was
    found and what to do about it.
  - It changes nothing and logs nobody in. It starts a login that it does not finish, and asks the
    token endpoint with a code that does not exist.
  - It does not fail because a check fails, or because Sentry does not answer. Look at RV(ok).
  - Runs on the Sentry host. Going inside takes about two seconds, and everything else is looked at
    meanwhile.
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
    default: sentry
  client_id:
    description:
      - Id of the client application that Sentry is to use.
      - Left out, there is none yet, which the check V(client_registered) says.
    type: str
  client_secret:
    description:
      - Secret that Sentry is to use. Only a salted digest of it is handed to Sentry, to compare.
      - Left out, the secret in Sentry's settings is still tried at the token endpoint.
    type: str
  redirect_uris:
    description: Redirect URIs that the client has registered, to be named when one is refused.
    type: list
    elements: str
    default: []
  issuer:
    description:
      - Issuer of the identity provider. Endpoints that are not compared with an option have to be
        of its origin.
    type: str
  authorization_endpoint:
    description: Authorization endpoint that Sentry is to use. Left out, it is not compared.
    type: str
  token_endpoint:
    description:
      - Token endpoint that Sentry is to use. Left out, it is not compared.
      - Before Sentry uses it, Sentry is only asked whether it reaches it, without id and secret.
    type: str
  userinfo_endpoint:
    description: Userinfo endpoint that Sentry is to use. Left out, it is not compared.
    type: str
  oidc_domain:
    description:
      - C(OIDC_DOMAIN) that Sentry is to have, of which the plugin makes the address of the
        discovery document. Left out, Sentry is to have none.
    type: str
  claims:
    description:
      - Which claims the identity provider releases to applications, as C(claims) that
        M(encvoy.sentry.encvoy_sso_info) returns. It has C(default_claims), and C(users) with C(id),
        C(login), C(email), C(claims) and C(empty).
      - Left out, the checks V(email_released), V(name_released) and V(silent_linking) are not made.
    type: dict
  planned_claims:
    description:
      - Claims that are about to be released for new users and for the members of the organization.
        They are judged as if they were.
    type: list
    elements: str
    default: []
  planned_name_claim:
    description:
      - C(OIDC_USERINFO_NAME_CLAIM) that Sentry is about to get. Left out, it is the one that it
        has. It counts for the check V(name_released) where the plugin in Sentry knows this setting.
    type: str
  ca_certificates:
    description:
      - PEM text of authorities that requests from outside trust besides those of the system. What
        Sentry itself trusts is not touched by it.
    type: str
  timeout:
    description: Seconds to wait for one answer of Sentry or of the identity provider.
    type: float
    default: 15
  exec_timeout:
    description: Seconds that the program inside Sentry may take, and any command of Docker.
    type: float
    default: 120
seealso:
  - module: encvoy.sentry.encvoy_sso_info
  - module: encvoy.sentry.sentry_auth_provider
  - module: encvoy.sentry.sentry_info
  - name: sentry-auth-oidc
    description: The plugin whose settings are compared.
    link: https://github.com/siemens/sentry-auth-oidc
"""

EXAMPLES = r"""
- name: Verify the login
  encvoy.sentry.sentry_sso_info:
    sentry_dir: /opt/sentry
    sentry_url: https://sentry.example.com
    organization: sentry
    client_id: "{{ identity_provider.client_id }}"
    client_secret: "{{ identity_provider.client_secret }}"
    redirect_uris: "{{ identity_provider.client.redirect_uris }}"
    token_endpoint: "{{ identity_provider.discovery.token_endpoint }}"
    claims: "{{ identity_provider.claims }}"
  register: sso

- name: Show what is wrong
  ansible.builtin.assert:
    that: sso.ok
    fail_msg: "{{ sso.checks | rejectattr('ok') | map(attribute='detail') | join(' ') }}"
"""

RETURN = r"""
sentry:
  description: Facts about the self-hosted Sentry.
  returned: success
  type: dict
  contains:
    sentry_dir:
      description: Absolute path of the checkout.
      type: str
      sample: /opt/sentry
    project:
      description:
        - Name of the Compose project under which the containers of this folder run, else the one
          that Compose's own configuration gives.
      type: str
      sample: sentry-self-hosted
    version:
      description:
        - Sentry release that the checkout is set to, by the tag of C(SENTRY_IMAGE) in its
          environment files.
        - When the tag is no release (V(nightly)), the version of Sentry inside the image, V(null)
          when that is not built.
      type: str
      sample: 23.7.1
    image:
      description: Name of the local image that the service C(web) runs.
      type: str
      sample: sentry-self-hosted-local
    image_id:
      description: Id of that image, V(null) when it is not built.
      type: str
      sample: sha256:2c8f…
    image_sentry_version:
      description: Version of Sentry inside the image, V(null) when it is not built.
      type: str
      sample: 23.7.1
    image_plugin_version:
      description:
        - Version of the Python package C(sentry-auth-oidc) inside the image, V(null) when it is not
          there.
      type: str
      sample: 6.0.0
    image_packages_owning_oidc:
      description:
        - Names of the distributions inside the image that bring the Python package C(oidc). More
          than C(sentry-auth-oidc) alone means that pip has mixed their files.
      type: list
      elements: str
      sample: [sentry-auth-oidc]
    running_image_id:
      description: Id of the image of the running web container, V(null) when none runs.
      type: str
      sample: sha256:2c8f…
    services:
      description: Services on that image that run by default, profiles respected.
      type: list
      elements: str
      sample: [cron, web, worker]
    running_services:
      description: Services of the whole project that have a running container.
      type: list
      elements: str
      sample: [cron, nginx, postgres, redis, web, worker]
    unhealthy_services:
      description:
        - Those of RV(sentry.services) that do not serve, with Docker's status of the health check
          (V(starting), V(unhealthy)) or of the container (V(created), V(restarting), V(exited)), or
          V(absent).
      type: dict
      sample: {}
    stale_services:
      description:
        - Those of RV(sentry.services) that do not run, do not run on RV(sentry.image_id), were
          started before C(sentry/sentry.conf.py), the client secret or the CA of the identity
          provider was modified, or whose configuration Compose has another hash of now.
      type: list
      elements: str
      sample: []
    proxy_service:
      description: Service of upstream's reverse proxy, V(null) where a site has none.
      type: str
      sample: nginx
    url_prefix:
      description:
        - C(system.url-prefix) of Sentry. V(null) when C(sentry/config.yml) does not set it and
          Sentry could not be asked.
      type: str
      sample: https://sentry.example.com
    url_prefix_source:
      description: V(config.yml), V(sentry) when only the running Sentry could say, or V(null).
      type: str
      sample: config.yml
    installed:
      description:
        - Whether C(install.sh) was run here. A web container, or an image with the volumes of the
          database, says so; nothing needs to run.
      type: bool
      sample: true
    compose_version:
      description: Version of the compose plugin.
      type: str
      sample: 2.32.2
    env_files:
      description:
        - Files to pass to C(docker compose) with C(--env-file), empty when compose's default is
          right.
      type: list
      elements: str
      sample: [.env, .env.custom]
    compose_command:
      description:
        - Beginning of a command line for this project, with the full path of C(docker), the
          project's name where it is not the configured one, and the environment files. To be run in
          RV(sentry.sentry_dir).
      type: list
      elements: str
      sample: [/usr/bin/docker, compose]
    web_user:
      description:
        - User and group that Sentry's processes have, in the host's numbers, by C(user) of the
          service C(web), else of the image, else V(999).
      type: dict
      sample: {uid: 999, gid: 999}
    web_service:
      description:
        - What decides whether a second web container can start beside the first. C(container_name),
          C(address), C(publishes_port) and C(replicas) are those of Compose's configuration.
          C(running) is how many web containers run, C(proxy) the service of the reverse proxy, and
          C(proxy_runs) whether it runs. C(memory) is what the web container takes, and
          C(free_memory) what the host has for others, in MiB, V(null) when unknown.
          C(obstacles) says what stands in the way, nothing where nothing does.
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
files:
  description: What stands in the site's own files, and nothing of the site's own lines.
  returned: success
  type: dict
  contains:
    enhance_image:
      description:
        - C(sentry/enhance-image.sh). C(block) is the SHA-256 of the managed block's text with LF
          line ends and without final ones (V(null) without a block). C(eol) is V(crlf) when any
          line ends so, else V(lf) or V(null). C(ends_early) is the number of the line in which the
          script ends before the managed block, or before the end of the file. C(shebang) is its
          first line. C(has_bom) says whether a byte order mark stands before it, C(site_plugin)
          whether lines outside of the managed block install C(sentry-auth-oidc), C(leads_out)
          whether it is a symbolic link that the build cannot follow.
      type: dict
      sample:
        exists: true
        block: 9f86d08…
        eol: lf
        ends_early: null
        shebang: "#!/bin/bash"
        has_bom: false
        is_mount: false
        site_plugin: false
        leads_out: false
    dockerignore:
      description: C(sentry/.dockerignore).
      type: dict
      sample: {exists: true, block: 60303ae…}
    settings:
      description:
        - C(sentry/sentry.conf.py). C(blocks) counts the managed blocks. C(site_oidc_settings) names
          the C(OIDC_*) that are set outside of it, and C(site_oidc_settings_after) those of them
          that are set behind it and therefore count. C(is_templated) says whether a line says that
          Ansible manages the file.
      type: dict
      sample:
        exists: true
        block: fd61a03…
        blocks: 1
        eol: lf
        site_oidc_settings: [OIDC_DOMAIN]
        site_oidc_settings_after: []
        is_mount: false
        is_templated: false
    secret_file:
      description:
        - C(sentry/encvoy-oidc-client-secret). C(matches) says whether it holds O(client_secret),
          V(null) when that was not given.
      type: dict
      sample: {exists: true, matches: true, mode: "0400", owner: 999, group: 999}
    ca_file:
      description:
        - The files of the identity provider's CA, C(certificates/encvoy-id.crt) and, of a bundle,
          C(encvoy-id-2.crt) and so on. C(sha256) is that of all of them, one behind the other.
      type: dict
      sample: {exists: true, sha256: 486ea46…, paths: [certificates/encvoy-id.crt]}
    plugin_wheel:
      description: C(sentry/encvoy-sentry-plugin.whl), of which the image gets the plugin.
      type: dict
      sample: {exists: false, sha256: null}
    requirements:
      description:
        - C(sentry/requirements.txt), which upstream installs after C(enhance-image.sh).
          C(owning_oidc) are the packages in it that bring the Python package C(oidc), with their
          versions.
      type: dict
      sample: {exists: true, owning_oidc: {sentry-auth-oidc: ==6.0.0}}
    install_hazards:
      description:
        - What upstream's C(install.sh) ends at after it has turned Sentry off. C(memcached_backend)
          of the settings, which releases since 26.5.1 refuse; C(certificates) that are not one
          valid certificate each, where C(SETUP_CUSTOM_CA_CERTIFICATE) is set.
      type: dict
      sample: {memcached_backend: null, certificates: []}
    saved_state:
      description: Whether a run that was interrupted left the state of before behind.
      type: bool
      sample: false
    user:
      description: Number of the user who looks.
      type: int
      sample: 0
    unwritable:
      description:
        - Files and folders that single sign-on has a part in and that this user cannot write, and
          why. V(permission), V(owner) (a new file could not be given to the owner of the old one),
          V(immutable) or V(read_only) (the file system).
      type: dict
      sample: {}
    other_role:
      description: Role of Ansible that is known to template the whole of the settings, or V(null).
      type: str
      sample: null
site:
  description: Where checkout, image, environment files and volume do not agree.
  returned: success
  type: dict
  contains:
    image_is_of_other_release:
      description: Whether RV(sentry.image_sentry_version) is known and not RV(sentry.version).
      type: bool
      sample: false
    image_python:
      description:
        - The Python that runs Sentry in the image. C(has_pip) says whether pip is one of its
          packages, C(commands) which of V(pip) and V(uv) are on PATH. V(null) without an image.
      type: dict
      sample: {executable: /.venv/bin/python, version: 3.13.1, has_pip: false, commands: [pip, uv]}
    volume_packages_owning_oidc:
      description: As RV(sentry.image_packages_owning_oidc), of the data volume, which comes first.
      type: list
      elements: str
      sample: []
    env_version:
      description:
        - Release that C(.env) alone would set, where there is a C(.env.custom), else V(null).
      type: str
      sample: null
    env_is_of_other_release:
      description: Whether RV(site.env_version) is known and not RV(sentry.version).
      type: bool
      sample: false
    lost_compose_files:
      description:
        - Files of Compose by which the web container was made, and that Compose would not read now.
      type: list
      elements: str
      sample: []
    install_process:
      description: Id of a process that runs upstream's C(install.sh) in the folder now, or V(null).
      type: int
      sample: null
machine:
  description:
    - The machine that Docker runs on, as far as it is known. C(memory), C(free_memory),
      C(free_for_docker) and C(free_in_folder) are bytes. C(too_old) has what upstream's
      C(install.sh) refuses, and the oldest that it takes.
  returned: success
  type: dict
  sample:
    docker_version: 26.1.5
    is_podman: false
    is_rootless: false
    memory: 16777216000
    free_memory: 8388608000
    cpus: 4
    docker_dir: /var/lib/docker
    free_for_docker: 107374182400
    free_in_folder: 107374182400
    too_old: {}
start_trouble:
  description:
    - Why Sentry does not start in a container of its own, V(null) when it does. It is tried where
      the web service is stale, so that a run would start it anew. C(is_certain) says whether
      nothing that is mounted or fetched could change that.
  returned: success
  type: dict
  sample: null
inside:
  description:
    - What was seen from inside Sentry, V(null) when it did not answer. C(providers) are the keys of
      its auth providers, C(provider) the one that is on, C(members) those of the organization, the
      first 2000, C(roles) those that a member can have, C(replaced) a provider that an interrupted
      run of M(encvoy.sentry.sentry_auth_provider) replaced.
  returned: success
  type: dict
  sample:
    providers: [github, oidc]
    roles: [member, admin, manager, owner]
    organization_found: true
    organizations: [sentry]
    provider: oidc
    require_sso: false
    default_role: member
    require_2fa: false
    replaced: null
    members:
      - email: mia@example.com
        emails: [mia@example.com]
        identity: "7"
        linked: true
        active: true
    url_prefix: https://sentry.example.com
    settings:
      client_id: 1f0d…
      authorization_endpoint: https://id.example.com/api/oidc/auth
      token_endpoint: https://id.example.com/api/oidc/token
      userinfo_endpoint: https://id.example.com/api/oidc/me
      issuer: Encvoy ID
      scope: openid email profile
      domain: null
      name_claim: null
      url_prefix: https://sentry.example.com
      disallowed_ips: []
      allowed_ips: null
    secret_matches: true
    token_endpoint:
      url: https://id.example.com/api/oidc/token
      is_loaded: true
      addresses: [203.0.113.7]
      status: 400
      error: invalid_grant
      description: null
      problem: null
      detail: null
inside_problem:
  description: Why Sentry did not answer from inside, V(null) when it did.
  returned: success
  type: str
  sample: null
outside_status:
  description:
    - What Sentry's public address answered to this host. C(status) and C(location) of the login
      page, or the C(problem) when there was no answer.
  returned: success
  type: dict
  sample: {status: 200, location: null, problem: null}
checks:
  description: What was looked at, in the order in which a login meets it.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description:
        - One of V(client_registered), V(plugin_registered), V(settings_loaded),
          V(endpoints_current), V(provider_enabled), V(two_factor), V(token_endpoint_reachable),
          V(client_secret_accepted), V(public_address_answers), V(login_page_offers_provider),
          V(redirect_parameters), V(redirect_uri_accepted), V(services_settled), V(email_released),
          V(name_released), V(silent_linking).
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
    problem:
      description:
        - A word for the kind of problem where there are several kinds, else V(null). Of
          V(token_endpoint_reachable) it is one of V(no_endpoint), V(disallowed_address),
          V(certificate), V(tls), V(timeout), V(name), V(address), V(connection),
          V(no_token_endpoint).
      type: str
      sample: null
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

from dataclasses import asdict
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._module import CollectionModule, run
from ..module_utils._sentry.address import check_address
from ..module_utils._sentry.checks.claims import Claims
from ..module_utils._sentry.checks.report import all_checks
from ..module_utils._sentry.checks.result import Expected, is_ok
from ..module_utils._sentry.docker import SentryError
from ..module_utils._sentry.facts import as_result, what_differs
from ..module_utils._sentry.login_page import login_url, public_status
from ..module_utils._sentry.look import Look, Question, take_look
from ..module_utils._sentry.machine import too_old

ARGUMENT_SPEC: dict[str, Any] = {
    "sentry_dir": {"type": "path", "default": "/opt/sentry"},
    "sentry_url": {"type": "str", "required": True},
    "organization": {"type": "str", "default": "sentry"},
    "client_id": {"type": "str"},
    "client_secret": {"type": "str", "no_log": True},
    "redirect_uris": {"type": "list", "elements": "str", "default": []},
    "issuer": {"type": "str"},
    "authorization_endpoint": {"type": "str"},
    "token_endpoint": {"type": "str", "no_log": False},
    "userinfo_endpoint": {"type": "str"},
    "oidc_domain": {"type": "str"},
    "claims": {"type": "dict"},
    "planned_claims": {"type": "list", "elements": "str", "default": []},
    "planned_name_claim": {"type": "str"},
    "ca_certificates": {"type": "str"},
    "timeout": {"type": "float", "default": 15.0},
    "exec_timeout": {"type": "float", "default": 120.0},
}


def question(params: dict[str, Any]) -> Question:
    """Return what to look at; raise SentryError for an option that cannot be used."""
    check_address("sentry_url", params["sentry_url"])
    for name in ("timeout", "exec_timeout"):
        if params[name] <= 0:
            raise SentryError(f"{name}: It is {params[name]:g}. Give seconds, more than 0.")
    expected = Expected(
        sentry_url=params["sentry_url"],
        organization=params["organization"],
        client_id=params["client_id"],
        redirect_uris=tuple(params["redirect_uris"]),
        issuer=params["issuer"],
        authorization_endpoint=params["authorization_endpoint"],
        token_endpoint=params["token_endpoint"],
        userinfo_endpoint=params["userinfo_endpoint"],
        domain=params["oidc_domain"],
    )
    claims = params["claims"]
    return Question(
        sentry_dir=params["sentry_dir"],
        expected=expected,
        client_secret=params["client_secret"],
        claims=None if claims is None else Claims.from_option(claims),
        planned_claims=tuple(params["planned_claims"]),
        planned_name_claim=params["planned_name_claim"],
        ca_certificates=params["ca_certificates"],
        timeout=params["timeout"],
        exec_timeout=params["exec_timeout"],
    )


def result(asked: Question, look: Look) -> dict[str, Any]:
    """Return what was seen, and the checks of it."""
    seen = look.seen
    checks = all_checks(asked.expected, seen)
    prefix = seen.inside.settings.url_prefix if seen.inside else None
    return {
        "changed": False,
        "sentry": as_result(look.facts, prefix),
        "files": asdict(look.files),
        "site": what_differs(look.facts),
        "machine": _machine(look),
        "start_trouble": asdict(look.start_trouble) if look.start_trouble else None,
        "inside": seen.inside.as_result() if seen.inside else None,
        "inside_problem": seen.inside_problem,
        "outside_status": public_status(seen.public),
        "checks": [asdict(check) for check in checks],
        "ok": is_ok(checks),
        "login_url": login_url(asked.expected.sentry_url, asked.expected.organization),
    }


def _machine(look: Look) -> dict[str, Any]:
    checkout = look.facts.checkout
    old = too_old(look.machine, checkout.compose_version, checkout.version)
    return {**asdict(look.machine), "too_old": old}


def work(module: AnsibleModule) -> dict[str, Any]:
    """Look, check, and return both."""
    asked = question(module.params)
    return result(asked, take_look(asked))


def main() -> None:
    run(CollectionModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True), work)


if __name__ == "__main__":
    main()
