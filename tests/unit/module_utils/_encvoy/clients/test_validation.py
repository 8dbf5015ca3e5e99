# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""validation: what is refused before it is sent, as tables and for whatever is typed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.clients import fields
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.clients import (
    validation as checks,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.clients.fields import BY_NAME
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.clients.plan import Plan, plan
from sandbox.encvoy_id.management import validation
from tests.support.client_records import CURRENT, PARAMS

URL = "https://a.example/cb"
DEFAULTS = {
    "application_type": "web",
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "subject_type": "public",
    "redirect_uris": [URL],
}


def planned(end: dict[str, Any], given: Iterable[str]) -> Plan:
    return Plan(DEFAULTS, {**DEFAULTS, **end}, {}, frozenset(given))


GOOD_URLS = [
    "https://sentry.example.com",
    "https://sentry.example.com/",
    "http://localhost",
    "http://localhost:3000/cb",
    "http://10.0.0.1:9000/auth/sso/",
    "https://intranet/x",
    "https://user:password@a.example/",
    "https://a.example/cb?x=1&y=2",
    "https://a.example/cb#fragment",
    "https://ünï.example/cb",
    "https://例え.テスト/",
    "https://a-b.example/UPPER/Path_With_Underscore",
    "https://a.example.:8443/",
    "com.example.app://cb",
    "https://a.example/" + "x" * 1982,
]
BAD_URLS = [
    "",
    "nope",
    "sentry.example.com",
    "https://",
    "https:///path",
    "HTTPS://a.example",
    "https://A.example/",
    "https://a_b.example/",
    "https://-a.example/",
    "https://a-.example/",
    "https://a..example/",
    "https://[::1]/",
    "https://a.example:1/",
    "https://a.example:123456/",
    "https://a.example:port/",
    "https://a.example/a b",
    " https://a.example/",
    "https://a.example/\n",
    "https://*.example/",
    "myapp:/x",
    "https://a.example/" + "x" * 1983,
    "https://a.example/\x00",
    "https://a.example:99999/",
    "https://a.example:65536/",
    "https://a.example:00/",
    "https://256.1.1.1/",
    "https://1.2.3/",
    "https://foo.123/",
    "https://a.b.c.d.0x1/",
    "https://xn--a/",
    "https://xn--a.example/",
    "https://" + "a" * 64 + ".example/",
    "https://☃.example/",
    "https://℀.example/",
    "com.example.app://256.1.1.1",
    "https://a.example%2f/",
    "https://a.example\\@b.example/",
    "https://a.example/\u200b",
    "https://" + "a" * 60 + "-" * 60 + "!",
]


@pytest.mark.parametrize("url", GOOD_URLS)
def test_urls_that_the_server_accepts(url: str) -> None:
    assert checks.option_faults({"domain": url, "redirect_uris": [url]}) == []


@pytest.mark.parametrize("url", BAD_URLS)
def test_urls_that_the_server_refuses_or_never_answers(url: str) -> None:
    (fault,) = checks.option_faults({"redirect_uris": [URL, url]})
    assert fault.startswith("redirect_uris: ")
    assert checks.option_faults({"domain": url}) != []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", "x"),
        ("name", "😀" * 50),
        ("name", "trailing  "),
        ("name", "Сентри 日本語 é"),
        ("description", ""),
        ("description", "d" * 255),
        ("access_token_ttl", 1),
        ("refresh_token_ttl", 2**31 - 1),
        ("client_secret", "x"),
        ("client_secret", " ~" * 127),
        ("grant_types", ["implicit", "authorization_code"]),
        ("response_types", ["code id_token", "none"]),
        ("required_providers_ids", []),
        ("required_providers_ids", ["1", "22"]),
        ("widget_colors", {"font_color": "#fff", "link_color": "#4C6AD4"}),
        ("cover_mode", ""),
        ("type_id", None),
        ("widget_title", ""),
        ("post_logout_redirect_uris", []),
    ],
)
def test_values_that_work(name: str, value: Any) -> None:
    assert checks.option_faults({name: value}) == []


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("name", "", "it is empty"),
        ("name", " x", "begins with a space"),
        ("name", "\ufeffx", "begins with a space"),
        ("name", "\u00a0x", "begins with a space"),
        ("name", "n" * 51, "has 51 characters, at most 50"),
        ("name", "😀" * 51, "has 51 characters"),
        ("name", "a\x00b", "NUL"),
        ("name", "a\ud800b", "broken character"),
        ("description", "d" * 256, "has 256 characters, at most 255"),
        ("widget_info", "\x00", "NUL"),
        (
            "access_token_ttl",
            0,
            "0 is out of range. Give a number of seconds from 1 to 2147483647.",
        ),
        ("access_token_ttl", -5, "-5 is out of range"),
        ("refresh_token_ttl", 3_000_000_000, "3000000000 is out of range"),
        ("client_secret", "", "it is empty"),
        ("client_secret", "s" * 256, "it has 256 characters"),
        ("client_secret", "umlaut-ä", "beyond printable ASCII"),
        ("client_secret", "new\nline", "beyond printable ASCII"),
        ("grant_types", [], "the list is empty"),
        ("grant_types", ["bananas"], "'bananas' is not known"),
        ("grant_types", ["client_credentials"], "is not known"),
        ("response_types", ["token"], "'token' is not known"),
        ("token_endpoint_auth_method", "private_key_jwt", "must be one of client_secret_basic"),
        ("subject_type", "private", "must be one of public, pairwise"),
        ("required_providers_ids", ["one"], "'one' is not a provider's number"),
        ("widget_colors", {"font_color": "red"}, "font_color: 'red' is not a colour"),
        ("widget_colors", {"font_color": "#ffff"}, "is not a colour"),
        ("redirect_uris", [""], "is not a URL"),
    ],
)
def test_values_that_are_refused_with_a_reason(name: str, value: Any, says: str) -> None:
    (fault,) = checks.option_faults({name: value})
    assert fault.startswith(f"{BY_NAME[name].option}: ")
    assert says in fault
    assert fault.endswith(".")


@pytest.mark.parametrize("secret", ["planted-ä", "planted" * 40])
def test_a_bad_secret_is_never_shown(secret: str) -> None:
    assert "planted" not in str(checks.option_faults({"client_secret": secret}))


def test_all_faults_are_told_at_once() -> None:
    faults = checks.option_faults({"name": "", "domain": "x", "redirect_uris": ["y", "z"]})
    assert len(faults) == 4


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"redirect_uris": []}, "redirect_uris: the list is empty"),
        ({"redirect_uris": [URL + "#x"]}, "has a fragment"),
        ({"post_logout_redirect_uris": [URL + "#x"]}, "post_logout_redirect_uris: "),
        ({"redirect_uris": ["app.example://cb"]}, "only a native application may use"),
        ({"post_logout_redirect_uris": ["null"]}, "only a native application may use"),
        ({"post_logout_redirect_uris": [""]}, "only a native application may use"),
        ({"grant_types": ["refresh_token"]}, "needs 'authorization_code' in grant_types"),
        ({"response_types": ["id_token"]}, "needs 'implicit' in grant_types"),
        ({"response_types": ["code token"]}, "needs 'implicit' in grant_types"),
        ({"subject_type": "pairwise", "redirect_uris": [URL, "https://b.example/"]}, "on one host"),
        (
            {"application_type": "native", "redirect_uris": ["https://localhost/"]},
            "a native application",
        ),
        (
            {"application_type": "native", "redirect_uris": ["https://127.0.0.1/"]},
            "a native application",
        ),
        (
            {"application_type": "native", "redirect_uris": ["http://a.example/"]},
            "a native application",
        ),
        (
            {"application_type": "native", "post_logout_redirect_uris": ["http://a.example/"]},
            "post_logout_redirect_uris: 'http://a.example/' cannot be used by a native application",
        ),
        (
            {
                "grant_types": ["implicit", "authorization_code"],
                "redirect_uris": ["http://a.example/"],
            },
            "cannot be used with the grant type implicit",
        ),
        (
            {
                "grant_types": ["implicit", "authorization_code"],
                "redirect_uris": ["https://localhost/"],
            },
            "cannot be used with the grant type implicit",
        ),
        ({"redirect_uris": ["https://a.example:99999/"]}, "is not an address: it has a port"),
        (
            {"post_logout_redirect_uris": ["https://256.1.1.1"]},
            "is not an address: it has the host",
        ),
    ],
)
def test_clients_that_would_be_stored_and_then_rejected(change: dict[str, Any], says: str) -> None:
    (fault,) = checks.plan_faults(planned(change, change))
    assert says in fault


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"redirect_uris": ["http://m.example/cb"]},
        {"redirect_uris": ["app.example://cb"], "application_type": "native"},
        {"redirect_uris": ["http://localhost:3000/"], "application_type": "native"},
        {"redirect_uris": ["http://127.0.0.1/", URL], "application_type": "native"},
        {"redirect_uris": ["https://localhost/", "http://127.0.0.1/"]},
        {"grant_types": ["implicit"], "response_types": ["id_token"]},
        {"grant_types": ["refresh_token"], "response_types": ["none"]},
        {"grant_types": ["authorization_code", "implicit"], "response_types": ["code", "id_token"]},
        {"subject_type": "pairwise", "redirect_uris": [URL, "https://a.example/2"]},
        {"post_logout_redirect_uris": []},
    ],
)
def test_clients_that_work(change: dict[str, Any]) -> None:
    assert checks.plan_faults(planned(change, DEFAULTS)) == []
    assert checks.reasons({**DEFAULTS, **change}) == []


@pytest.mark.parametrize(
    "uri", ["https://[@a.example/", "https://℀.example/", "", "://", "[", "null"]
)
def test_whatever_is_stored_is_no_crash(uri: str) -> None:
    stored = {**DEFAULTS, "redirect_uris": [uri, URL], "post_logout_redirect_uris": [uri]}
    assert checks.reasons({**stored, "subject_type": "pairwise"})
    checks.option_faults({"domain": uri})


def test_a_fault_that_the_task_has_no_part_in_is_left_to_the_probe() -> None:
    broken = {"grant_types": ["bananas"]}
    assert checks.plan_faults(planned(broken, ["description"])) == []
    assert checks.plan_faults(planned(broken, ["response_types"])) != []


def test_a_client_that_is_to_be_absent_has_no_faults() -> None:
    assert checks.plan_faults(plan(None, {**DEFAULTS, "redirect_uris": []})) == []


@pytest.mark.parametrize(
    ("params", "faults"),
    [
        ({"client_id": "x", "name": None, "domain": None}, 0),
        ({"client_id": "", "name": "x", "domain": "x"}, 1),
        ({"client_id": None, "name": "x", "domain": "x"}, 0),
        ({"client_id": None, "name": "x", "domain": ""}, 1),
        ({"client_id": None, "name": None, "domain": None}, 2),
    ],
)
def test_what_identifies_a_client(params: dict[str, Any], faults: int) -> None:
    assert len(checks.identity_faults(params)) == faults


# --- Whatever is typed ----------------------------------------------------------------------------

# Addresses that are nearly right, which finds more than text at random.
NEARLY = st.from_regex(
    r"\A[a-zA-Z+.-]{0,6}:?/{0,3}([a-z:]{1,4}@)?[-a-zA-Z0-9_.*\[\]\u00e9\u4e2d]{0,12}"
    r"(:[0-9]{0,7})?([/?#][a-z#? ]{0,6})?\Z"
)


@settings(max_examples=300, deadline=None)
@given(NEARLY | st.text(max_size=30))
@example("https://a.example")
@example("https://a@b@c.example")
def test_no_url_passes_that_the_server_refuses(url: str) -> None:
    """The simulator has the server's rule, written by another hand from the same records."""
    if not checks.option_faults({"domain": url}):
        assert validation.URL.fullmatch(url)
        assert urlsplit(url).hostname


@settings(max_examples=300, deadline=None)
@given(NEARLY)
@example("https://a.example")
def test_urls_of_the_usual_forms_pass_when_the_server_accepts_them(url: str) -> None:
    """Stricter only about user names, which no redirect URI needs, and about hosts and ports that
    do not exist."""
    if validation.URL.fullmatch(url) and "@" not in url and checks._address_fault(url) is None:
        assert checks.option_faults({"domain": url}) == []


@given(st.text(max_size=60))
def test_names_are_refused_exactly_when_the_server_refuses_them(name: str) -> None:
    accepted = 1 <= len(name) <= 50 and not re.match(r"[\s\ufeff]", name) and "\x00" not in name
    assert (checks.option_faults({"name": name}) == []) == accepted


@given(st.text())
def test_secrets_are_refused_exactly_when_they_break_the_client(secret: str) -> None:
    accepted = 1 <= len(secret) <= 255 and re.fullmatch(r"[ -~]+", secret) is not None
    assert (checks.option_faults({"client_secret": secret}) == []) == accepted


@given(PARAMS, CURRENT)
def test_checking_never_crashes(params: dict[str, Any], current: dict[str, Any]) -> None:
    desired = fields.desired_from(params)
    checks.option_faults(desired)
    checks.plan_faults(plan(desired, current))
    checks.reasons(current)
