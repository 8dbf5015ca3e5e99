# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""redaction: foreign text is shown without the secrets, and not at length."""

from __future__ import annotations

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.redaction import Secrets


@pytest.mark.parametrize(
    ("secret", "text", "shown"),
    [
        ("e", "Invalid credentials", "Invalid credentials"),
        ("e", "was e, sorry", "was ********, sorry"),
        ("root", "user root of rootbeer", "user ******** of rootbeer"),
        ("long-planted-secret", "xlong-planted-secretx", "x********x"),
        ("", "nothing  to\n hide", "nothing to hide"),
        ("a.c", "abc a.c", "abc ********"),
        (None, "nothing", "nothing"),
    ],
)
def test_secrets_are_replaced(secret: str | None, text: str, shown: str) -> None:
    secrets = Secrets()
    secrets.add(secret)
    assert secrets.redact(text) == shown


def test_a_secret_within_another_leaves_no_rest() -> None:
    secrets = Secrets()
    for value in ("planted-secret", "planted-secret-longer"):
        secrets.add(value)
    assert secrets.redact("it is planted-secret-longer") == "it is ********"


def test_what_is_no_text_is_shown_as_one() -> None:
    assert Secrets().redact(["a", 5]) == "['a', 5]"


def test_foreign_text_is_shortened() -> None:
    assert len(Secrets().redact("x" * 5000)) == 301


def test_which_values_are_kept_out() -> None:
    secrets = Secrets()
    secrets.add("x")
    assert "x" in secrets
    assert "y" not in secrets
