# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Breaks the code line by line, in copies of the checkout, and sees that tests fail.

The table is ``tests/mutants/mutants.yml``. A mutant is caught when the tests that its row names
fail; a row whose text or tests are not found is no mutant, and an error. Without a mutant these
tests pass, or nothing would be said: the first run sees to that.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import yaml

from tools.checkout import ROOT, copy_to

TABLE = ROOT / "tests" / "mutants" / "mutants.yml"
SIDE_BY_SIDE = 2
CAUGHT = "caught"
SURVIVED = "survived"
TESTS_FAILED = 1
# Seconds for the tests of one mutant, on a machine that does other things too.
LONGEST_TESTS = 180


@dataclass(frozen=True)
class Mutant:
    """A row of the table.

    :param what: what is wrong with the changed code.
    :param file: the file to change, relative to the checkout.
    :param old: text that occurs in the file once.
    :param new: what to put in its place.
    :param tests: arguments of pytest that select the tests which have to fail.
    """

    what: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def apply(self, folder: Path) -> None:
        """Change the file in a copy of the checkout.

        :raises ValueError: the text is not in the file, or more than once.
        """
        path = folder / self.file
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        if text.count(self.old) != 1:
            found = f"{text.count(self.old)} times in {self.file}"
            raise ValueError(f"the text to change occurs {found}: {self.old!r}")
        path.write_text(text.replace(self.old, self.new), encoding="utf-8")


def load() -> list[Mutant]:
    """All rows of the table."""
    rows = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return [Mutant(**{**row, "tests": tuple(row["tests"])}) for row in rows]


def outcome(mutant: Mutant) -> str:
    """What the mutant's tests say about it: caught, survived, or what is wrong with its row."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as name:
        folder = Path(name)
        copy_to(folder)
        try:
            mutant.apply(folder)
        except ValueError as error:
            return f"no mutant: {error}"
        try:
            run = run_tests(folder, mutant.tests, LONGEST_TESTS)
        except subprocess.TimeoutExpired:
            return f"its tests took longer than {LONGEST_TESTS} seconds"
    if run.returncode == TESTS_FAILED:
        return CAUGHT
    return SURVIVED if run.returncode == 0 else f"its tests cannot run:\n{run.stdout}"


def run_tests(
    folder: Path, tests: Sequence[str], seconds: float | None = None
) -> subprocess.CompletedProcess[str]:
    """Run tests in a copy of the checkout, up to the first that fails.

    :raises subprocess.TimeoutExpired: they took longer than so many seconds.
    """
    outside = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests],
        cwd=folder,
        env={**outside, "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
    )


def main(words: Sequence[str]) -> int:
    """Print a line for each mutant.

    :param words: only mutants whose description or file has one of these words; all without.
    :returns: exit code.
    """
    mutants = [
        row for row in load() if not words or any(word in row.what + row.file for word in words)
    ]
    untouched = run_tests(ROOT, sorted({test for mutant in mutants for test in mutant.tests}))
    if untouched.returncode != 0:
        print(f"The tests fail without a mutant:\n{untouched.stdout}")
        return 1
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        outcomes = []
        for mutant, result in zip(mutants, pool.map(outcome, mutants)):
            print(f"{result:9} {mutant.what} ({mutant.file})", flush=True)
            outcomes.append(result)
    print(f"{outcomes.count(CAUGHT)} of {len(outcomes)} mutants caught")
    return 0 if set(outcomes) <= {CAUGHT} else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
