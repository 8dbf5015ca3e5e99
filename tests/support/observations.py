# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the two info modules return about a site where everything is as it is to be.

Tests change what they are about: ``site().look["inside"]["provider"] = None``.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.encvoy.sentry.plugins.module_utils._sso.plan import digest

SENTRY_URL = "https://sentry.example.com"
BLOCKS = {
    "dockerignore": "config.yml*\n",
    "enhance_image": "pip install sentry-auth-oidc==6.0.0\n",
    "settings": 'OIDC_CLIENT_ID = "a-client"\n',
}
CLAIMS = ["email", "email_verified", "given_name", "family_name"]

_LOOK: dict[str, Any] = {
    "sentry": {
        "sentry_dir": "/opt/sentry",
        "compose_command": ["docker", "compose"],
        "proxy_service": "nginx",
        "version": "23.7.1",
        "web_user": {"uid": 999, "gid": 999},
        "image_plugin_version": "6.0.0",
        "image_packages_owning_oidc": ["sentry-auth-oidc"],
        "running_image_id": "sha256:running",
        "services": ["cron", "web", "worker"],
        "stale_services": [],
        "unhealthy_services": {},
        "url_prefix": SENTRY_URL,
        "installed": True,
        "web_service": {"running": 1, "proxy": "nginx", "obstacles": []},
    },
    "files": {
        "enhance_image": {
            "exists": True,
            "block": digest(BLOCKS["enhance_image"]),
            "eol": "lf",
            "ends_early": None,
            "shebang": "#!/bin/bash",
            "has_bom": False,
            "site_plugin": False,
            "leads_out": False,
        },
        "dockerignore": {"block": digest(BLOCKS["dockerignore"])},
        "settings": {
            "exists": True,
            "block": digest(BLOCKS["settings"]),
            "site_oidc_settings": [],
            "site_oidc_settings_after": [],
            "is_templated": False,
            "set_aside": None,
        },
        "secret_file": {
            "exists": True,
            "matches": True,
            "mode": "0400",
            "owner": 999,
            "group": 999,
        },
        "ca_file": {"exists": False, "sha256": None, "paths": []},
        "plugin_wheel": {"exists": False, "sha256": None},
        "install_hazards": {"memcached_backend": None, "certificates": []},
        "requirements": {"exists": False, "owning_oidc": {}},
        "saved_state": False,
        "user": 0,
        "unwritable": {},
        "other_role": None,
    },
    "site": {
        "image_is_of_other_release": False,
        "image_python": {
            "executable": "/usr/local/bin/python3",
            "version": "3.8.20",
            "has_pip": True,
            "commands": ["pip"],
        },
        "volume_packages_owning_oidc": [],
        "env_version": None,
        "env_is_of_other_release": False,
        "lost_compose_files": [],
        "install_process": None,
    },
    "machine": {
        "docker_version": "26.1.5",
        "is_podman": False,
        "is_rootless": False,
        "memory": 16 * 1024**3,
        "free_memory": 8 * 1024**3,
        "cpus": 4,
        "docker_dir": "/var/lib/docker",
        "free_for_docker": 100 * 1024**3,
        "free_in_folder": 100 * 1024**3,
        "too_old": {},
    },
    "start_trouble": None,
    "inside": {
        "roles": ["member", "admin", "manager", "owner"],
        "token_endpoint": {"addresses": ["10.0.0.5"]},
        "organization_found": True,
        "organizations": ["sentry"],
        "provider": "oidc",
        "require_sso": False,
        "default_role": "member",
        "require_2fa": False,
        "replaced": None,
        "members": [{"email": "Alice@example.com", "linked": False, "active": True}],
    },
    "inside_problem": None,
    "outside_status": {"status": 200, "location": "", "problem": None},
    "checks": [],
    "ok": True,
    "login_url": f"{SENTRY_URL}/auth/login/sentry/",
}
_IDENTITY_PROVIDER: dict[str, Any] = {
    "client": {"client_id": "a-client"},
    "client_id": "a-client",
    "client_changes": [],
    "claims": {
        "default_claims": ["picture", "nickname", *CLAIMS],
        "users": [
            {
                "id": 2,
                "login": "alice",
                "email": "alice@example.com",
                "claims": ["id", *CLAIMS],
                "empty": [],
            }
        ],
    },
}
_WANTED: dict[str, Any] = {
    "sentry_url": SENTRY_URL,
    "organization": "sentry",
    "plugin_version": "6.0.0",
    "public_claims": CLAIMS,
    "require_sso": False,
    "replace_provider": False,
    "default_role": None,
    "allowed_addresses": [],
    "apply_strategy": "auto",
    "name_claim": "nickname",
    "ca": None,
    "plugin_wheel": None,
    "apply": "auto",
    "blocks": BLOCKS,
}


@dataclass
class Site:
    """Both systems, and how they are wanted."""

    look: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(_LOOK))
    identity_provider: dict[str, Any] = field(
        default_factory=lambda: copy.deepcopy(_IDENTITY_PROVIDER)
    )
    wanted: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(_WANTED))

    def set(self, path: str, value: Any) -> None:
        """Change one value: ``site.set("look.inside.provider", None)``."""
        *parents, last = path.split(".")
        place: Any = vars(self)
        for name in parents:
            place = place[name]
        place[last] = value
