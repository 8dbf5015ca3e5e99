# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the sandbox's Docker images, each one only when something that goes into it has changed.

Run as `python -m sandbox.images.build [SENTRY_IMAGE]`. Each image carries a fingerprint of its
inputs as a label; where that has not changed, nothing is built. It works with BuildKit and without.
"""

from __future__ import annotations

import fcntl
import functools
import os
import shutil
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from . import names
from .debian import ensure_base, suite_of
from .docker import LOGS, BuildError, check, docker, inspect, step
from .images import Image, describe_images, fingerprint, pack

FINGERPRINT_LABEL = "encvoy.sentry.sandbox.fingerprint"
PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


def ensure_sentry(sentry: str) -> str:
    """Pull a Sentry image that is not the sandbox's own unless it is there.

    :returns: the Debian release that it is made from
    """
    if sentry == names.SENTRY:
        return "bullseye"
    if not inspect(sentry, "{{.Id}}"):
        with step("getting", sentry):
            check(docker("pull", sentry), sentry)
    return suite_of(sentry)


def ensure_all(images: list[Image]) -> bool:
    """Build what is missing or outdated, two at a time.

    :returns: whether anything was built
    """
    with ThreadPoolExecutor(max_workers=2) as pool:
        made: dict[str, Future[bool]] = {}

        def after_parents(image: Image) -> bool:
            for parent in image.parents.values():
                if parent in made:
                    made[parent].result()
            return ensure(image)

        for image in images:
            made[image.reference] = pool.submit(after_parents, image)
        built = [done.result() for done in made.values()]
    return any(built)


def ensure(image: Image) -> bool:
    """Build the image unless one with the same fingerprint is there.

    :returns: whether it was built
    """
    context = image.context()
    wanted = fingerprint(image, context)
    label = f'{{{{index .Config.Labels "{FINGERPRINT_LABEL}"}}}}'
    if inspect(image.reference, label) == wanted:
        return False
    options = [
        *(f"--build-arg={name}={value}" for name, value in image.arguments.items()),
        *(f"--build-arg={name}={parent}" for name, parent in image.parents.items()),
        # Named without a value: Docker takes it from the environment, out of sight of `ps`.
        *(f"--build-arg={name}" for name in PROXIES if os.environ.get(name)),
        *(f"--add-host={host}:127.0.0.1" for host in image.hosts),
        f"--label={names.NAME_LABEL}={image.name}",
        f"--label={FINGERPRINT_LABEL}={wanted}",
    ]
    with step("building", image.reference):
        built = docker("build", *options, "--tag", image.reference, "-", stdin=pack(context))
        check(built, image.reference)
    return True


def remove_superseded() -> None:
    """Remove the stages and the former versions, gigabytes that nothing names any more."""
    docker("image", "prune", "--force", "--filter", f"label={names.NAME_LABEL}")


def lock() -> None:
    """Let another run of this program in the checkout end first, and hold up the next one."""
    LOGS.mkdir(parents=True, exist_ok=True)
    # Never closed: the lock is let go when the process ends, however it ends.
    descriptor = os.open(LOGS / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)


def make(suites: Callable[[], set[str]], describe: Callable[[], list[Image]]) -> int:
    """Make what is missing or outdated; return the exit status.

    :param suites: finds the Debian releases that are needed; called first
    :param describe: finds the images
    """
    if shutil.which("docker") is None:
        print("error: the docker command is missing", file=sys.stderr)
        return 1
    try:
        lock()
        for needed in sorted(suites()):
            ensure_base(needed)
        if ensure_all(describe()):
            remove_superseded()
    except BuildError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print("The sandbox's images are up to date.")
    return 0


def main(sentry: str = names.SENTRY) -> int:
    """Make the images of a sandbox with this Sentry; return the exit status."""
    suite = functools.cache(lambda: ensure_sentry(sentry))
    return make(lambda: {suite(), "trixie"}, lambda: describe_images(sentry, suite()))


if __name__ == "__main__":
    sys.exit(main(*filter(None, sys.argv[1:2])))
