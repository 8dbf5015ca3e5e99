# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Breaks the code line by line, in copies of the checkout, and sees that tests fail.

The table is ``tests/mutants/mutants.yml``. A mutant is caught when the tests that its row names
fail; a row whose text or tests are not found is no mutant, and an error. Without a mutant these
tests pass, or nothing would be said: the first run sees to that.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

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


def load() -> list[Mutant]:
    """All rows of the table."""
    rows = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return [Mutant(**{**row, "tests": tuple(row["tests"])}) for row in rows]


class Workbench:
    """A copy of the checkout in which one mutant is tried after the other.

    Byte code is kept between them. Python tells by size and time whether it is that of a file, so
    that each change has a time of its own, and what is put back has its former one.

    :param folder: where to make the copy
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._times = itertools.count(10**9)
        copy_to(folder)

    def outcome(self, mutant: Mutant) -> str:
        """What the mutant's tests say of it: caught, survived, or what is wrong with its row."""
        path = self.folder / mutant.file
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        if text.count(mutant.old) != 1:
            found = f"{text.count(mutant.old)} times in {mutant.file}"
            return f"no mutant: the text to change occurs {found}: {mutant.old!r}"
        before = path.stat()
        path.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
        os.utime(path, (time := next(self._times), time))
        try:
            return judge(run_tests(self.folder, mutant.tests, LONGEST_TESTS))
        except subprocess.TimeoutExpired:
            return f"its tests took longer than {LONGEST_TESTS} seconds"
        finally:
            path.write_text(text, encoding="utf-8")
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def judge(run: subprocess.CompletedProcess[str]) -> str:
    """What an ended run of its tests says of a mutant."""
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
        env={**outside, "PYTHONPYCACHEPREFIX": str(folder / ".cache" / "bytecode")},
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
    )


def outcomes(mutants: Sequence[Mutant]) -> Iterator[str]:
    """The outcome of each mutant, in the order of the table, tried side by side."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        benches: SimpleQueue[Workbench] = SimpleQueue()
        for number in range(SIDE_BY_SIDE):
            benches.put(Workbench(Path(name) / str(number)))

        def outcome(mutant: Mutant) -> str:
            bench = benches.get()
            try:
                return bench.outcome(mutant)
            finally:
                benches.put(bench)

        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            yield from pool.map(outcome, mutants)


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
    found = []
    for mutant, outcome in zip(mutants, outcomes(mutants)):
        print(f"{outcome:9} {mutant.what} ({mutant.file})", flush=True)
        found.append(outcome)
    print(f"{found.count(CAUGHT)} of {len(found)} mutants caught")
    return 0 if set(found) <= {CAUGHT} else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
