# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Sentry that the playbook leaves behind is the one that upstream would have built."""

from __future__ import annotations

import json

from tests.support.commands import run
from tests.system.encvoy_id import AWKWARD_SECRET
from tests.system.sandbox import Sandbox


def test_sentry_runs_as_its_own_user(sandbox: Sandbox) -> None:
    for service in sandbox.services_of_sentry:
        processes = run("docker", "top", f"{sandbox.prefix}-{service}-1", "-eo", "uid,pid,args")
        uids = {line.split()[0] for line in processes.splitlines()[1:] if "tini" not in line}

        assert uids == {"999"}, processes


def test_the_private_ca_is_trusted_only_where_the_role_has_put_it(sandbox: Sandbox) -> None:
    image = json.loads(sandbox.compose("config", "--format", "json"))["services"]["web"]["image"]
    keys = f"{sandbox.encvoy_url}/oidc/jwks"
    ask = f"import requests; print(requests.get('{keys}', timeout=10).status_code)"
    bare = ["docker", "run", "--rm", "-i", "--network", sandbox.prefix]
    bundle = ["--env", "REQUESTS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt"]

    in_the_image = run(
        *bare, *bundle, "--entrypoint", "sh", image, "-c", "python3 - 2>&1", stdin=ask, check=False
    )
    in_the_service = sandbox.compose("exec", "-T", "web", "python3", "-", stdin=ask)

    assert "CERTIFICATE_VERIFY_FAILED" in in_the_image
    assert in_the_service.strip() == "200"


def test_the_client_secret_arrived_unharmed(sandbox: Sandbox) -> None:
    """The secret that the scenario's killed run was to bring to Sentry."""
    assert sandbox.client()["client_secret"] == AWKWARD_SECRET
    assert sandbox.on_host("cat", "sentry/encvoy-oidc-client-secret") == AWKWARD_SECRET


def test_the_client_secret_is_readable_for_sentry_alone_and_in_no_image_layer(
    sandbox: Sandbox,
) -> None:
    secret_file = "sentry/encvoy-oidc-client-secret"
    assert sandbox.on_host("stat", "-c", "%u %g %a", secret_file).split() == ["999", "999", "400"]
    secret = sandbox.on_host("cat", secret_file)
    image = json.loads(sandbox.compose("config", "--format", "json"))["services"]["web"]["image"]

    found = run(
        "docker", "run", "--rm", "-i", "--entrypoint", "grep", image,
        "-rlF", "-f", "/dev/stdin", "/usr/src/sentry", "/etc/sentry",
        stdin=secret + "\n", check=False,
    )  # fmt: skip
    copied = run("docker", "run", "--rm", "--entrypoint", "ls", image, "-A", "/usr/src/sentry")

    assert len(secret) > 20
    assert found == ""
    assert "enhance-image.sh" in copied
    assert "sentry.conf.py" not in copied
