# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The containers of a sandbox's Sentry stack: which they are, and since when they run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def containers(project: str) -> dict[str, list[str]]:
    """Id and start time of every container of a compose project, by name."""
    label = f"label=com.docker.compose.project={project}"
    ids = docker("ps", "--all", "--quiet", "--no-trunc", "--filter", label).split()
    listed = json.loads(docker("inspect", *ids))
    found = {one["Name"]: [one["Id"], one["State"]["StartedAt"]] for one in listed}
    return dict(sorted(found.items()))


def docker(*arguments: str) -> str:
    return subprocess.run(["docker", *arguments], check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    project, record = sys.argv[1:]
    Path(record).write_text(json.dumps(containers(project)))
