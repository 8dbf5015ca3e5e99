# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A docker client for tests: a real executable that answers from a table and writes down its calls.

The table is a list of answers. The first one whose words all stand in the arguments, in this
order, is given, as often as it may be; a call that no answer fits fails, so that a test knows
every call.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# Packages for what runs as if inside Sentry: ``sentry.runner`` that configures nothing.
INSIDE = Path(__file__).parent / "inside"

_CLIENT = """#!{python}
import fcntl, json, os, re, subprocess, sys

folder = {folder!r}
arguments = sys.argv[1:]
call = {{"arguments": arguments, "stdin": sys.stdin.read(), "cwd": os.getcwd()}}
with open(folder + "/calls.jsonl", "a+") as calls:
    # Modules call it from several threads, and plays for several hosts.
    fcntl.flock(calls, fcntl.LOCK_EX)
    calls.seek(0)
    earlier = [json.loads(line) for line in calls]
    calls.write(json.dumps(call) + "\\n")

def fits(answer, call):
    rest = iter(call)
    return all(word in rest for word in answer["words"])

def is_for(answer, call):
    here = answer["folder"] in ("", os.path.realpath(call["cwd"]))
    return here and answer["program"] in call["stdin"] and fits(answer, call["arguments"])

for answer in json.load(open(folder + "/answers.json")):
    used = sum(is_for(answer, one) for one in earlier)
    if is_for(answer, call) and (answer["calls"] is None or used < answer["calls"]):
        if answer["seconds"]:
            # As docker leaves the work to compose: a child that has the same pipes.
            subprocess.run(["sleep", str(answer["seconds"])])
        if answer["reply"] is not None:
            marker = re.search("encvoy.sentry-[0-9a-f]{{32}}", call["stdin"]).group()
            print(marker + json.dumps({{answer["name"]: answer["reply"]}}) + marker)
            sys.exit(0)
        sys.stderr.write(answer["stderr"])
        sys.stdout.write(answer["stdout"].replace("{{cwd}}", os.getcwd()))
        sys.stdout.flush()
        if answer["runs_stdin"]:
            # Beside Python's own packages there is a Sentry that does nothing.
            environment = {{**os.environ, "PYTHONPATH": {packages!r}}}
            done = subprocess.run(
                [sys.executable, "-"], input=call["stdin"], text=True, env=environment
            )
            sys.exit(done.returncode or answer["code"])
        sys.exit(answer["code"])
sys.exit("no answer for: docker " + " ".join(arguments))
"""

_PLAIN = {
    "stdout": "",
    "stderr": "",
    "code": 0,
    "runs_stdin": False,
    "reply": None,
    "program": "",
    "folder": "",
}


@dataclass
class FakeDocker:
    """Puts the client into ``folder``; the test puts the folder on PATH."""

    folder: Path
    answers: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        client = self.folder / "docker"
        client.write_text(
            _CLIENT.format(python=sys.executable, folder=str(self.folder), packages=str(INSIDE))
        )
        client.chmod(0o755)

    def answer(
        self,
        words: str,
        stdout: Any = "",
        *,
        stderr: str = "",
        code: int = 0,
        seconds: float = 0,
        runs_stdin: bool = False,
        calls: int | None = None,
        folder: Path | str = "",
    ) -> None:
        """Answer calls with these words; what is not a text is printed as JSON.

        ``calls``: how many calls of this kind it answers, counted from the first; None for all.
        ``{cwd}`` in ``stdout`` becomes the folder in which docker is called.
        ``folder``: where docker has to be called, anywhere when it is empty.
        ``runs_stdin``: run standard input as a Python program, as ``sentry exec`` does.
        The newest answer is asked first, so that a test can replace one of a fixture.
        """
        self._add(
            {
                **_PLAIN,
                "words": words.split(),
                "stdout": stdout if isinstance(stdout, str) else json.dumps(stdout),
                "stderr": stderr,
                "code": code,
                "seconds": seconds,
                "runs_stdin": runs_stdin,
                "calls": calls,
                "folder": str(folder),
            }
        )

    def _add(self, answer: dict[str, Any]) -> None:
        self.answers.insert(0, answer)
        (self.folder / "answers.json").write_text(json.dumps(self.answers))

    def reply(
        self,
        words: str,
        result: Any,
        *,
        seconds: float = 0,
        name: str = "result",
        program: str = "",
        calls: int | None = None,
        folder: Path | str = "",
    ) -> None:
        """Answer calls that get a program of the collection as if its function returned this.

        ``name``: ``result``, or ``start`` for the reason why Sentry does not start.
        ``program``: the script that is sent, for example ``scripts.probe``; any when it is empty.
        """
        answer = {
            "words": words.split(),
            "reply": result,
            "name": name,
            "seconds": seconds,
            "calls": calls,
            "program": program,
            "folder": str(folder),
        }
        self._add({**_PLAIN, **answer})

    @property
    def calls(self) -> list[dict[str, Any]]:
        """The calls so far, each with its arguments, standard input and working directory."""
        written = self.folder / "calls.jsonl"
        return [json.loads(line) for line in written.read_text().splitlines()]

    @property
    def path(self) -> str:
        """PATH with the client in front."""
        return f"{self.folder}{os.pathsep}{os.environ['PATH']}"
