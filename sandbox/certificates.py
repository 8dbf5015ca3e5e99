# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A private CA and a certificate of it, for one server.

Run as `python -m sandbox.certificates FOLDER ADDRESS`.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True)
class Certificates:
    """PEM files: the CA's certificate, the server's, and the server's key."""

    ca: Path
    server: Path
    key: Path


def make_certificates(folder: Path, address: str = "127.0.0.1") -> Certificates:
    """Write them into a folder.

    The CA exists for this one certificate: its own key is never written to a disk.

    :param address: IP address or host name of the server
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = Certificates(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    ca = trustme.CA()
    server = ca.issue_cert(address)
    files.key.touch(mode=0o600)
    server.private_key_pem.write_to_path(files.key)
    server.cert_chain_pems[0].write_to_path(files.server)
    # Last, for the sandbox takes its being there for a sign that all are.
    ca.cert_pem.write_to_path(files.ca)
    return files


if __name__ == "__main__":
    make_certificates(Path(sys.argv[1]), sys.argv[2])
