# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the documentation names is there, and what it repeats is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sso import plugin_versions
from tests.conftest import ROOT
from tests.repository.linters import expect_none
from tools.checkout import files

PAGES = files("*.md")
TOP_LEVEL = {path.parts[0] for path in files()}
LINK = re.compile(r"\]\(([^)#\s]+)")
NAMED = re.compile(r"`([\w.-]+/[\w./-]*)`")
# Words of the project's past that a reader would have to learn, and the field's own.
NOT_OURS = {
    r"\bimage hook\b": "enhance-image.sh",
    r"\bproof\b|\bproves?\b|\bproven\b": "verify, verification, report",
    r"\bhands on:": "Sets:",
    r", as https://": "for example https://",
    r"\bto be had\b|\bcomes and goes\b|\bnone of the task\b": "plain words",
    r"/root/|/work/": "a path that every machine has",
}


def found_in_pages(pattern: re.Pattern[str]) -> list[tuple[Path, str]]:
    """What the pattern finds, with the page that it is in."""
    return [(page, text) for page in PAGES for text in pattern.findall((ROOT / page).read_text())]


def test_links_lead_somewhere() -> None:
    links = [(page, link) for page, link in found_in_pages(LINK) if "://" not in link]

    assert links
    expect_none([pair for pair in links if not (ROOT / pair[0].parent / pair[1]).exists()])


def test_named_files_exist() -> None:
    """Of the checkout, that is: paths that begin with one of its folders."""
    named = [
        (page, name) for page, name in found_in_pages(NAMED) if name.split("/")[0] in TOP_LEVEL
    ]

    assert named
    expect_none([pair for pair in named if not (ROOT / pair[1]).exists()])


def test_readme_starts_with_the_two_commands() -> None:
    readme = (ROOT / "README.md").read_text()

    assert readme.index("make demo") < readme.index("make test") < readme.index("\n## ")


def test_readme_lists_the_modules() -> None:
    readme = (ROOT / "README.md").read_text()

    expect_none(path for path in files("plugins/modules/*.py") if f"`{path.stem}`" not in readme)


def test_documented_plugin_versions_are_those_of_the_code() -> None:
    text = (ROOT / "docs" / "how-it-works.md").read_text()
    rows = re.findall(r"^\| ([\d.]+) (?:to [\d.]+|and newer) \| ([\d.]+) \|$", text, re.M)

    assert rows == list(reversed(plugin_versions._VERSIONS))


@pytest.mark.parametrize("word", NOT_OURS)
def test_words_are_those_of_the_field(word: str) -> None:
    texts = files("*.md", "*.py", "*.yml", "*.j2", "*.sh", "Makefile")
    speaking = [path for path in texts if path != Path(__file__).relative_to(ROOT)]
    found = [str(path) for path in speaking if re.search(word, (ROOT / path).read_text(), re.I)]

    expect_none(f"{path}: better {NOT_OURS[word]}" for path in found)
