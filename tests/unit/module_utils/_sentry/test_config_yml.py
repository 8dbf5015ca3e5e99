# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""system.url-prefix is what YAML says, with and without a YAML library on the host."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry import config_yml

LINES = [
    "system.url-prefix: https://sentry.example.com",
    "system.url-prefix: 'https://sentry.example.com'",
    'system.url-prefix: "https://sentry.example.com:9000/"  # public',
    "system.url-prefix:   https://sentry.example.com # public",
    "'system.url-prefix': http://10.0.0.1:9000",
    "# system.url-prefix: https://example.sentry.com",
    "system.url-prefix: ''",
    "system.url-prefix:",
    "mail.from: system.url-prefix@example.com",
]


@pytest.mark.parametrize("has_library", [True, False])
@pytest.mark.parametrize("line", LINES)
def test_url_prefix(line: str, has_library: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"mail.backend: dummy\n{line}\nsystem.secret-key: 'x'\n"
    expected = yaml.safe_load(text).get("system.url-prefix") or None
    if not has_library:
        monkeypatch.setattr(config_yml, "yaml", None)
    assert config_yml.url_prefix(text) == expected


@pytest.mark.parametrize(
    ("text", "prefix"),
    [
        ("{system.url-prefix: https://a.example.com}", "https://a.example.com"),
        ("system.url-prefix: |\n  https://a.example.com\n", "https://a.example.com\n"),
        ("a: &u https://a.example.com\nsystem.url-prefix: *u\n", "https://a.example.com"),
        ("- a list\n", None),
        ("", None),
        ("system.url-prefix: [unclosed\nsecret: planted", None),
    ],
)
def test_what_only_a_yaml_library_reads(text: str, prefix: str | None) -> None:
    assert config_yml.url_prefix(text) == prefix


@settings(deadline=None)
@given(st.text() | st.lists(st.sampled_from(LINES)).map("\n".join), st.booleans())
def test_any_text_has_a_prefix_or_none(text: str, has_library: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        if not has_library:
            patch.setattr(config_yml, "yaml", None)
        found = config_yml.url_prefix(text)
    assert found is None or found
