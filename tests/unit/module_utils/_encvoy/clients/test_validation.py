"""_encvoy_client_checks: what is refused before it is sent, as tables."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.clients import (
    validation as checks,
)

URL = "https://a.example/cb"
DEFAULTS = {
    "application_type": "web",
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "subject_type": "public",
    "redirect_uris": [URL],
}

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
        ("access_token_ttl", 0, "0 is not a number of seconds from 1 to 2147483647"),
        ("access_token_ttl", -5, "-5 is not"),
        ("refresh_token_ttl", 3_000_000_000, "3000000000 is not"),
        ("client_secret", "", "it is empty"),
        ("client_secret", "s" * 256, "it has 256 characters"),
        ("client_secret", "umlaut-ä", "beyond printable ASCII"),
        ("client_secret", "new\nline", "beyond printable ASCII"),
        ("grant_types", [], "the list is empty"),
        ("grant_types", ["bananas"], "'bananas' is not known"),
        ("grant_types", ["client_credentials"], "is not known"),
        ("response_types", ["token"], "'token' is not known"),
        ("token_endpoint_auth_method", "private_key_jwt", "is none of client_secret_basic"),
        ("id_token_signed_response_alg", "PS256", "is none of RS256"),
        ("required_providers_ids", ["one"], "'one' is not a provider's number"),
        ("widget_colors", {"font_color": "red"}, "font_color: 'red' is not a colour"),
        ("widget_colors", {"font_color": "#ffff"}, "is not a colour"),
        ("redirect_uris", [""], "is not a URL"),
    ],
)
def test_values_that_are_refused_with_a_reason(name: str, value: Any, says: str) -> None:
    (fault,) = checks.option_faults({name: value})
    assert fault.startswith(f"{name}: ")
    assert says in fault


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
    ],
)
def test_clients_that_would_be_stored_and_then_rejected(change: dict[str, Any], says: str) -> None:
    (fault,) = checks.client_faults({**DEFAULTS, **change}, change)
    assert says in fault


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"redirect_uris": ["http://m.example/cb"]},
        {"redirect_uris": ["app.example://cb"], "application_type": "native"},
        {"grant_types": ["authorization_code", "implicit"], "response_types": ["code", "id_token"]},
        {"subject_type": "pairwise", "redirect_uris": [URL, "https://a.example/2"]},
        {"post_logout_redirect_uris": []},
    ],
)
def test_clients_that_work(change: dict[str, Any]) -> None:
    assert checks.client_faults({**DEFAULTS, **change}, {**DEFAULTS, **change}) == []


@pytest.mark.parametrize(
    "uri", ["https://[@a.example/", "https://℀.example/", "", "://", "[", "null"]
)
def test_whatever_is_stored_is_no_crash(uri: str) -> None:
    stored = {**DEFAULTS, "redirect_uris": [uri, URL], "post_logout_redirect_uris": [uri]}
    checks.client_faults({**stored, "subject_type": "pairwise"}, stored)
    checks.option_faults({"domain": uri})


def test_a_fault_that_the_task_has_no_part_in_is_left_to_the_probe() -> None:
    broken = {**DEFAULTS, "grant_types": ["bananas"]}
    assert checks.client_faults(broken, ["description"]) == []
    assert checks.client_faults(broken, ["response_types"]) != []
