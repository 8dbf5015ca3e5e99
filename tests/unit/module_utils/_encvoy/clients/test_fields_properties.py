"""What holds for every client that one can think of."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.clients import fields
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.clients import (
    validation as checks,
)
from sandbox.encvoy_id.management import validation

URLS = st.sampled_from([f"https://{host}.example/{path}" for host in "abc" for path in ("", "1")])
COLORS = st.sampled_from(["#fff", "#FFF", "#4C6AD4", "#4c6ad4", "#000"])
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": st.text(max_size=50),
    "url": URLS,
    "urls": st.lists(URLS, max_size=4),
    "ids": st.lists(st.sampled_from(["1", "2", "3"]), max_size=4),
    "flag": st.booleans(),
    "seconds": st.integers(1, 2**31 - 1),
    "secret": st.text("abc", min_size=1, max_size=5),
    "reference": st.sampled_from(["", "t1", "t2"]),
    "colors": st.fixed_dictionaries({}, optional=dict.fromkeys(fields.COLORS, COLORS)),
}


def value_of(field: fields.Field) -> st.SearchStrategy[Any]:
    if field.kind == "words":
        return st.lists(st.sampled_from(field.choices), max_size=4)
    return st.sampled_from(field.choices) if field.kind == "choice" else VALUES[field.kind]


PARAMS = st.fixed_dictionaries({}, optional={f.name: value_of(f) for f in fields.FIELDS})
DESIRED = PARAMS.map(fields.desired_from)
CURRENT = st.fixed_dictionaries({f.name: st.none() | value_of(f) for f in fields.FIELDS})


def stored(current: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """What the server makes of a PUT: absent fields are kept, the others replaced."""
    return {**current, **changes}


@given(PARAMS)
def test_normalising_again_changes_nothing(params: dict[str, Any]) -> None:
    once = fields.desired_from(params)
    again = {name: fields.normalise(fields.BY_NAME[name], value) for name, value in once.items()}
    assert again == once


@given(CURRENT)
def test_a_client_does_not_differ_from_itself(current: dict[str, Any]) -> None:
    desired = {name: value for name, value in current.items() if value is not None}
    assert fields.changes(desired, current) == {}
    assert fields.changes(desired, current, append=True) == {}


@given(DESIRED, CURRENT, st.booleans())
def test_present_after_present_changes_nothing(
    desired: dict[str, Any], current: dict[str, Any], append: bool
) -> None:
    after = stored(current, fields.changes(desired, current, append))
    assert fields.changes(desired, after, append) == {}


@given(DESIRED, CURRENT, st.booleans())
def test_only_given_fields_are_sent_and_each_of_them_differs(
    desired: dict[str, Any], current: dict[str, Any], append: bool
) -> None:
    sent = fields.changes(desired, current, append)
    assert set(sent) <= set(desired)
    for name, value in sent.items():
        assert not fields.same(fields.BY_NAME[name], value, current[name])


@given(DESIRED, CURRENT)
def test_appending_never_takes_a_uri_away(desired: dict[str, Any], current: dict[str, Any]) -> None:
    after = stored(current, fields.changes(desired, current, append=True))
    for name in fields.URI_LISTS:
        assert set(current[name] or ()) <= set(after[name] or ())


@given(CURRENT, st.text("xyz", min_size=5, max_size=9))
def test_no_output_has_the_secret(current: dict[str, Any], secret: str) -> None:
    record = {**current, "client_secret": secret, "name": "n", "description": "", "type_id": None}
    shown = {**record, "widget_title": "", "widget_info": "", "widget_info_out": ""}
    assert secret not in str(fields.public(shown))
    assert secret not in str(fields.difference(shown, shown))


# --- Checks ---------------------------------------------------------------------------------------

# Addresses that are nearly right, which finds more than text at random.
NEARLY = st.from_regex(
    r"\A[a-zA-Z+.-]{0,6}:?/{0,3}([a-z:]{1,4}@)?[-a-zA-Z0-9_.*\[\]\u00e9\u4e2d]{0,12}"
    r"(:[0-9]{0,7})?([/?#][a-z#? ]{0,6})?\Z"
)


@given(NEARLY | st.text(max_size=30))
@example("https://a.example")
@example("https://a@b@c.example")
def test_no_url_passes_that_the_server_refuses(url: str) -> None:
    """The simulator has the server's rule, written by another hand from the same records."""
    if not checks.option_faults({"domain": url}):
        assert validation.URL.fullmatch(url)


@given(NEARLY)
@example("https://a.example")
def test_urls_of_the_usual_forms_pass_when_the_server_accepts_them(url: str) -> None:
    """Stricter only about user names, which no redirect URI needs."""
    if validation.URL.fullmatch(url) and "@" not in url:
        assert checks.option_faults({"domain": url}) == []


@given(st.text(max_size=60))
def test_names_are_refused_exactly_when_the_server_refuses_them(name: str) -> None:
    accepted = 1 <= len(name) <= 50 and not re.match(r"[\s\ufeff]", name) and "\x00" not in name
    assert (checks.option_faults({"name": name}) == []) == accepted


@given(st.text())
def test_secrets_are_refused_exactly_when_they_break_the_client(secret: str) -> None:
    accepted = 1 <= len(secret) <= 255 and re.fullmatch(r"[ -~]+", secret) is not None
    assert (checks.option_faults({"client_secret": secret}) == []) == accepted


@given(CURRENT)
def test_checking_never_crashes(current: dict[str, Any]) -> None:
    given_values = {name: value for name, value in current.items() if value is not None}
    checks.option_faults(fields.desired_from(given_values))
    checks.client_faults(current, current)
