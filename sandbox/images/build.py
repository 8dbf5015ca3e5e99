"""Makes the sandbox's Docker images, each one only when something that goes into it has changed.

Run as `python -m sandbox.images.build`. Each image carries a fingerprint of its inputs as a label;
where that has not changed, nothing is built. It works with BuildKit and without.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import os
import shutil
import ssl
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import yaml

CHECKOUT = Path(__file__).resolve().parents[2]
SANDBOX = CHECKOUT / "sandbox"
LOGS = CHECKOUT / ".cache" / "images"
NAMESPACE = "encvoy-sentry-sandbox"
SENTRY_VERSION = "23.7.1"
NAME_LABEL = "encvoy.sentry.sandbox.image"
FINGERPRINT_LABEL = "encvoy.sentry.sandbox.fingerprint"
PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


class BuildError(Exception):
    """An image could not be made; the text says what to do."""


@dataclass(frozen=True)
class Image:
    """An image and everything that its content depends on.

    name: repository and tag inside the sandbox's namespace; the folder of its Dockerfile is named
      after the repository.
    parents: build argument → image that it names; they must exist before this one.
    files: path in the build context → content, beside what is in the folder.
    arguments: further build arguments.
    hosts: host names that are this container's own while it is built.
    """

    name: str
    parents: dict[str, str]
    files: dict[str, bytes] = field(default_factory=dict)
    arguments: dict[str, str] = field(default_factory=dict)
    hosts: tuple[str, ...] = ()

    @property
    def reference(self) -> str:
        return f"{NAMESPACE}/{self.name}"

    def context(self) -> dict[str, tuple[bytes, int]]:
        """Path in the build context → content and mode."""
        folder = SANDBOX / "images" / self.name.split(":")[0]
        return {
            **{path: (content, 0o644) for path, content in self.files.items()},
            **{
                str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mode & 0o777)
                for path in folder.rglob("*")
                if path.is_file()
            },
        }


def describe_images() -> list[Image]:
    """The images, each after those that it is made from."""
    pip = pip_files()
    return [
        Image(
            f"sentry:{SENTRY_VERSION}",
            parents={"BASE": "debian:bullseye"},
            files=pip,
            arguments={"SENTRY_VERSION": SENTRY_VERSION},
        ),
        Image("host:latest", parents={"BASE": "debian:trixie"}),
        Image(
            "encvoy-id:latest",
            parents={"BASE": "debian:trixie"},
            files={
                **pip,
                **read_files(SANDBOX, "encvoy_id/**/*"),
                "requirements.txt": (SANDBOX / "encvoy_id/requirements.txt").read_bytes(),
            },
        ),
        Image("browser:latest", parents={"BASE": "debian:trixie"}),
        # Last, since it waits for Sentry's.
        Image(
            "data:latest",
            parents={"BASE": "debian:bullseye", "SENTRY_IMAGE": f"sentry:{SENTRY_VERSION}"},
            files={
                **read_files(SANDBOX / "sentry", "sentry/*.example.*"),
                "accounts.json": sentry_accounts(),
            },
            hosts=("postgres", "redis", "memcached"),
        ),
    ]


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


def ensure_base(suite: str) -> None:
    """Debian itself: from a registry, or bootstrapped from Debian's packages where none answers."""
    name = f"debian:{suite}"
    if inspect(name, "{{.Id}}"):
        return
    with step(name, "getting"):
        recipe = f"FROM debian:{suite}-slim\nLABEL {NAME_LABEL}={name}\n".encode()
        pulled = docker("build", "--tag", f"{NAMESPACE}/{name}", "-", stdin=recipe)
        if pulled.returncode != 0:
            bootstrap(suite, name)


def bootstrap(suite: str, name: str) -> None:
    """Makes Debian's base image with mmdebstrap, which is installed first where it is missing."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise BuildError(
            f"No image registry answers for debian:{suite}-slim, and only root on Debian or Ubuntu "
            f"can bootstrap it. Run this as root there, or load that image and tag it "
            f"{NAMESPACE}/{name}."
        )
    if shutil.which("mmdebstrap") is None:
        packages = ["mmdebstrap", "debian-archive-keyring"]
        for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
            check(
                run(["apt-get", "-qq", *command], env={"DEBIAN_FRONTEND": "noninteractive"}), name
            )
    include = "--include=ca-certificates"
    system = run(["mmdebstrap", "--quiet", "--variant=minbase", include, suite, "-"])
    check(system, name)
    changes = ["--change", 'CMD ["bash"]', "--change", f"LABEL {NAME_LABEL}={name}"]
    imported = docker("import", *changes, "-", f"{NAMESPACE}/{name}", stdin=system.stdout)
    check(imported, name)


def ensure_all(images: list[Image]) -> bool:
    """Builds what is missing or outdated, two at a time; says whether it built any."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        made: dict[str, Future[bool]] = {}

        def after_parents(image: Image) -> bool:
            for parent in image.parents.values():
                if parent in made:
                    made[parent].result()
            return ensure(image)

        for image in images:
            made[image.name] = pool.submit(after_parents, image)
        built = [done.result() for done in made.values()]
    return any(built)


def ensure(image: Image) -> bool:
    """Builds the image unless one with the same fingerprint is there; says whether it built."""
    context = image.context()
    wanted = fingerprint(image, context)
    if inspect(image.name, f'{{{{index .Config.Labels "{FINGERPRINT_LABEL}"}}}}') == wanted:
        return False
    arguments = {
        **image.arguments,
        **{name: f"{NAMESPACE}/{parent}" for name, parent in image.parents.items()},
    }
    options = [
        *(f"--build-arg={name}={value}" for name, value in arguments.items()),
        # Named without a value: Docker takes it from the environment, out of sight of `ps`.
        *(f"--build-arg={name}" for name in PROXIES if os.environ.get(name)),
        *(f"--add-host={host}:127.0.0.1" for host in image.hosts),
        f"--label={NAME_LABEL}={image.name}",
        f"--label={FINGERPRINT_LABEL}={wanted}",
    ]
    with step(image.name, "building"):
        built = docker("build", *options, "--tag", image.reference, "-", stdin=pack(context))
        check(built, image.name)
    return True


def remove_superseded() -> None:
    """Removes the stages and the former versions, gigabytes that nothing names any more."""
    docker("image", "prune", "--force", "--filter", f"label={NAME_LABEL}")


def fingerprint(image: Image, context: dict[str, tuple[bytes, int]]) -> str:
    """A hash of everything that the image is made of."""
    parts = [
        *(f"{name}={inspect(parent, '{{.Id}}')}" for name, parent in sorted(image.parents.items())),
        *(f"{name}={value}" for name, value in sorted(image.arguments.items())),
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


def inspect(name: str, template: str) -> str:
    """What Docker says about an image of the sandbox; empty when there is no such image."""
    answer = docker("image", "inspect", "--format", template, f"{NAMESPACE}/{name}")
    return answer.stdout.decode().strip() if answer.returncode == 0 else ""


def docker(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Runs the docker client."""
    return run(["docker", *arguments], stdin=stdin)


def run(
    command: list[str], *, stdin: bytes = b"", env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Runs a command and keeps what it says."""
    return subprocess.run(
        command, input=stdin, capture_output=True, env={**os.environ, **(env or {})}, check=False
    )


def check(done: subprocess.CompletedProcess[bytes], name: str) -> None:
    """Raises BuildError with the end of the command's output; the whole is kept in a file."""
    if done.returncode == 0:
        return
    log = LOGS / f"{name.replace(':', '-')}.log"
    # The standard output of a bootstrap is an archive.
    output = done.stdout + done.stderr if done.args[0] != "mmdebstrap" else done.stderr
    log.write_bytes(output)
    tail = "\n".join(output.decode(errors="replace").splitlines()[-30:])
    raise BuildError(f"{done.args[0]} failed for {name}; the last lines of {log}:\n{tail}")


@contextmanager
def step(name: str, verb: str) -> Iterator[None]:
    """Says what is being done and, at the end, how long it took."""
    print(f"{verb} {NAMESPACE}/{name}", flush=True)
    start = time.monotonic()
    try:
        yield
    except BaseException:
        print(f"failed  {NAMESPACE}/{name}", flush=True)
        raise
    print(f"done    {NAMESPACE}/{name} in {time.monotonic() - start:.1f} s", flush=True)


def wait_for_turn() -> None:
    """Lets another run of this program in the checkout end first, and holds up the next one."""
    LOGS.mkdir(parents=True, exist_ok=True)
    # Never closed: the lock is let go when the process ends, however it ends.
    lock = os.open(LOGS / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)


def main() -> int:
    """Makes what is missing or outdated; returns the exit status."""
    if shutil.which("docker") is None:
        print("error: the docker command is missing", file=sys.stderr)
        return 1
    try:
        wait_for_turn()
        for suite in ("bullseye", "trixie"):
            ensure_base(suite)
        if ensure_all(describe_images()):
            remove_superseded()
    except BuildError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print("The sandbox's images are up to date.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
