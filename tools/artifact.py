# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Builds the collection's artifact, the same bytes from every clone of a commit.

    python -m tools.artifact dist

``ansible-galaxy`` lists files in the order of the file system, and puts the times of the checkout
and of the build into the archive. Here they are in order, and of the time in ``SOURCE_DATE_EPOCH``
(https://reproducible-builds.org/specs/source-date-epoch/), else of the last commit.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from tools.checkout import ROOT

MANIFEST, FILES = "MANIFEST.json", "FILES.json"


def build(output: Path) -> Path:
    """Build the artifact into a folder; returns its path."""
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        command = ["ansible-galaxy", "collection", "build", "--output-path", folder, str(ROOT)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        (built,) = Path(folder).iterdir()
        artifact = output / built.name
        artifact.write_bytes(normalized(built, moment()))
    return artifact


def moment() -> int:
    """The time that everything in the artifact gets (Unix time)."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given is None:
        command = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
        given = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return int(given)


def normalized(archive: Path, mtime: int) -> bytes:
    """The archive with its members and its list of files in order, and one time for all."""
    with tarfile.open(archive) as found:
        members = {member.name: member for member in found.getmembers()}
        regular = [name for name, member in members.items() if member.isreg()]
        readers = {name: found.extractfile(name) for name in regular}
        contents = {name: reader.read() for name, reader in readers.items() if reader is not None}
    _sort_files(contents)
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=tarfile.GNU_FORMAT) as target:
        for name in [MANIFEST, FILES, *sorted(set(members) - {MANIFEST, FILES})]:
            member = members[name]
            member.mtime = mtime
            if name in contents:
                member.size = len(contents[name])
            target.addfile(member, io.BytesIO(contents[name]) if name in contents else None)
    return gzip.compress(written.getvalue(), mtime=mtime)


def _sort_files(contents: dict[str, bytes]) -> None:
    """Put the list of files in order, and its checksum into the manifest."""
    listed = json.loads(contents[FILES])
    listed["files"].sort(key=lambda entry: entry["name"])
    contents[FILES] = json.dumps(listed, indent=1).encode()
    manifest = json.loads(contents[MANIFEST])
    manifest["file_manifest_file"]["chksum_sha256"] = hashlib.sha256(contents[FILES]).hexdigest()
    contents[MANIFEST] = json.dumps(manifest, indent=1).encode()


if __name__ == "__main__":
    made = build(Path(sys.argv[1]))
    print(f"{hashlib.sha256(made.read_bytes()).hexdigest()}  {made}")
