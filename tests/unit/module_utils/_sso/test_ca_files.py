# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The CA as files: one certificate each, and none that is not wanted any more."""

from __future__ import annotations

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sso.ca_files import ca_files

ONE = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
OTHER = "-----BEGIN CERTIFICATE-----\nBBBB\n-----END CERTIFICATE-----\n"
PATHS = [f"certificates/encvoy-id{end}.crt" for end in ("", "-2", "-3")]


@pytest.mark.parametrize(
    ("text", "contents"),
    [
        (None, []),
        ("", []),
        (ONE, [ONE]),
        # What is not understood stays as it is, and somebody else says what is wrong with it.
        ("# ours\n" + ONE, ["# ours\n" + ONE]),
        ("no certificate", ["no certificate"]),
        (ONE + OTHER, [ONE, OTHER]),
        ("# first\n" + ONE.strip() + "\n# second\n" + OTHER.strip() + "\r\n", [ONE, OTHER]),
        (ONE + OTHER + ONE, [ONE, OTHER, ONE]),
    ],
)
def test_a_file_for_each_certificate(text: str | None, contents: list[str]) -> None:
    files = ca_files(text)
    assert [file["content"] for file in files] == contents
    assert [file["path"] for file in files] == PATHS[: len(contents)]


def test_what_a_smaller_bundle_leaves_is_removed() -> None:
    first, *spare = ca_files(ONE, PATHS)
    assert first == {"path": PATHS[0], "content": ONE, "mode": "0644"}
    assert [(file["path"], file["state"]) for file in spare] == [
        (PATHS[1], "absent"),
        (PATHS[2], "absent"),
    ]
