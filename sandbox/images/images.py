# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sandbox's Docker images, and everything that the content of each depends on."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import ssl
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from . import names
from .controllers import DOCKER_PACKAGES, Controller
from .docker import CHECKOUT, inspect

SANDBOX = CHECKOUT / "sandbox"
UNIT_TEST_TOOLS = ("hypothesis", "pytest", "pytest-httpserver", "trustme")


@dataclass(frozen=True)
class Image:
    """An image of the sandbox.

    :param reference: its name; the folder of its Dockerfile is called as the repository's last part
    :param parents: build argument: image that it names, which must exist before this one
    :param files: path in the build context: content, beside what is in the folder
    :param arguments: further build arguments
    :param hosts: host names that are this container's own while it is built
    """

    reference: str
    parents: dict[str, str]
    files: dict[str, bytes] = field(default_factory=dict)
    arguments: dict[str, str] = field(default_factory=dict)
    hosts: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name without the sandbox's namespace."""
        return self.reference.removeprefix(f"{names.NAMESPACE}/")

    def context(self) -> dict[str, tuple[bytes, int]]:
        """Path in the build context: content and mode."""
        folder = SANDBOX / "images" / self.name.split(":")[0]
        return {
            **{path: (content, 0o644) for path, content in self.files.items()},
            **{
                str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mode & 0o777)
                for path in folder.rglob("*")
                if path.is_file()
            },
        }


def describe_images(sentry: str, sentry_suite: str) -> list[Image]:
    """The images of a sandbox, each after those that it is made from.

    :param sentry: the Sentry image; only the sandbox's own is made here
    :param sentry_suite: Debian release of the Sentry image
    """
    own = sentry == names.SENTRY
    pip = pip_files()
    trixie = {"BASE": names.debian("trixie")}
    simulator = {
        **pip,
        **read_files(SANDBOX, "encvoy_id/**/*"),
        "requirements.txt": (SANDBOX / "encvoy_id/requirements.txt").read_bytes(),
    }
    sentry_image = Image(
        names.SENTRY,
        parents={"BASE": names.debian(sentry_suite)},
        files=pip,
        arguments={"SENTRY_VERSION": names.SENTRY_VERSION},
    )
    settings = SANDBOX / "sentry" / ("23.7.1" if own else "26.8.0")
    return [
        *([sentry_image] if own else []),
        Image(names.HOST, parents=trixie),
        Image(names.ENCVOY_ID, parents=trixie, files=simulator),
        Image(names.BROWSER, parents=trixie),
        # Last, since it waits for Sentry's.
        Image(
            names.data(sentry),
            parents={"BASE": names.debian(sentry_suite), "SENTRY_IMAGE": sentry},
            files={
                **read_files(settings, "sentry/*.example.*"),
                "accounts.json": sentry_accounts(),
            },
            hosts=("postgres", "pgbouncer", "redis", "memcached"),
        ),
    ]


def describe_controller(controller: Controller) -> Image:
    """The image of a controller."""
    return Image(
        names.controller(controller.name),
        parents={"BASE": names.debian(controller.suite)},
        files={**pip_files(), "requirements.txt": unit_test_requirements()},
        arguments={
            "DOCKER_PACKAGE": DOCKER_PACKAGES[controller.suite],
            "ANSIBLE_CORE": controller.core.version,
            "ANSIBLE": controller.core.package,
            "HTTP": controller.http,
        },
    )


def unit_test_requirements() -> bytes:
    """What the unit tests import beside the collection's own needs."""
    development = (CHECKOUT / "requirements-dev.txt").read_text().splitlines()
    simulator = (SANDBOX / "encvoy_id/requirements.txt").read_text()
    tools = [line for line in development if re.split("[<>=]", line)[0] in UNIT_TEST_TOOLS]
    return "\n".join([*tools, simulator]).encode()


def read_files(root: Path, pattern: str) -> dict[str, bytes]:
    """The files under root that fit the pattern, by their path from there."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.glob(pattern)
        if path.is_file() and path.suffix != ".pyc"
    }


def sentry_accounts() -> bytes:
    """Sentry's part of the sandbox's accounts, as JSON."""
    accounts = yaml.safe_load((SANDBOX / "vars/accounts.yml").read_text())
    return json.dumps(accounts["sandbox_accounts"]["sentry"], sort_keys=True).encode()


def pip_files() -> dict[str, bytes]:
    """pip's settings inside the images: the CAs that this machine's own pip trusts.

    pip brings its own list of CAs, with which it fails behind a proxy that inspects TLS.
    """
    bundle = ca_bundle()
    settings = "[global]\ndisable-pip-version-check = true\n"
    if bundle:
        settings += "cert = /etc/pip-ca.pem\n"
    return {"pip.conf": settings.encode(), "pip-ca.pem": bundle}


def ca_bundle() -> bytes:
    """This machine's CA certificates in PEM, or nothing when it has no such file."""
    candidates = (
        os.environ.get("PIP_CERT"),
        os.environ.get("REQUESTS_CA_BUNDLE"),
        os.environ.get("SSL_CERT_FILE"),
        ssl.get_default_verify_paths().cafile,
        "/etc/ssl/certs/ca-certificates.crt",
    )
    for candidate in candidates:
        if candidate and Path(candidate).is_file():
            return Path(candidate).read_bytes()
    return b""


def fingerprint(image: Image, context: dict[str, tuple[bytes, int]]) -> str:
    """A hash of everything that the image is made of."""
    parents = sorted(image.parents.items())
    parts = [
        *(f"{argument}={inspect(parent, '{{.Id}}')}" for argument, parent in parents),
        *(f"{argument}={value}" for argument, value in sorted(image.arguments.items())),
        *(
            f"{path} {mode & 0o111:o} {hashlib.sha256(content).hexdigest()}"
            for path, (content, mode) in sorted(context.items())
        ),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def pack(context: dict[str, tuple[bytes, int]]) -> bytes:
    """The build context as a tar archive that is the same for the same content."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path, (content, mode) in sorted(context.items()):
            member = tarfile.TarInfo(path)
            member.size = len(content)
            member.mode = 0o755 if mode & 0o111 else 0o644
            tar.addfile(member, io.BytesIO(content))
    return archive.getvalue()
