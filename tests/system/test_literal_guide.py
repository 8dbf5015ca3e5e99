"""The vendor's guide, followed to the letter, ends in no login; `verify` says why beforehand.

Each test makes one of the guide's omissions in the finished sandbox, and puts it right again.
"""

from __future__ import annotations

import contextlib
import secrets

from tests.system.person import Account

RELEASED_BY_DEFAULT = "picture nickname"


@contextlib.contextmanager
def client_with(world, **fields):
    """Sentry's client at Encvoy ID with other values for a while."""
    (client,) = [one for one in world.clients() if one["name"] == "Sentry"]
    before = {name: client[name] for name in fields}
    with world.encvoy() as api:
        path = f"/clients/{client['client_id']}"
        api.put("change the client", path, fields)
        try:
            yield
        finally:
            api.put("restore the client", path, before)


@contextlib.contextmanager
def newcomer(world, *released):
    """Somebody who registered at an Encvoy ID as it comes, and then released more."""
    with world.encvoy() as api:
        settings = api.get("read the settings", "/settings")
        default = "default_public_profile_claims_oauth"
        try:
            api.put("change the settings", "/settings", {default: RELEASED_BY_DEFAULT})
            login = f"new-{secrets.token_hex(4)}"
            password = f"Pw-{secrets.token_urlsafe(12)}"
            user = api.post(
                "create a user",
                "/users",
                {
                    "login": login,
                    "password": password,
                    "email": f"{login}@example.com",
                    "given_name": "New",
                    "family_name": "Comer",
                    "nickname": login,
                },
            )
            if released:
                api.put(
                    "release claims",
                    f"/users/{user['id']}/private_scopes",
                    {"claim_privacy": "publicOauth", "field": " ".join(released)},
                )
            yield Account(login, password)
        finally:
            api.put("restore the settings", "/settings", {default: settings[default]})


def failed_check(play, name):
    """What `verify` says about a check that failed."""
    assert play.returncode != 0, play.output
    words = " ".join(play.output.split())
    assert f"FAIL {name}:" in words, play.output
    return words.split(f"FAIL {name}:", 1)[1]


def test_the_redirect_uri_without_a_slash_is_refused(world, person):
    uri = f"{world.sentry_url}/auth/sso"
    with client_with(world, redirect_uris=[uri]):
        said = failed_check(world.play("verify"), "redirect_uri_accepted")
        refusal = person.choose_provider()

    assert f"Add {uri}/" in said
    assert refusal.status_code == 400
    assert "invalid_redirect_uri" in refusal.text


def test_without_a_public_e_mail_the_login_ends_in_sentrys_error(world, person):
    with newcomer(world) as account:
        said = failed_check(world.play("verify"), "email_released")
        page = person.log_in_with_encvoy_id(account)

    assert "Unable to fetch user information" in said
    assert "Unable to fetch user information from provider" in page.text
    assert person.who_am_i().status_code == 401


def test_with_an_e_mail_and_no_name_the_first_login_is_a_server_error(world, person):
    with newcomer(world, "email") as account:
        said = failed_check(world.play("verify"), "name_released")
        offer = person.log_in_with_encvoy_id(account)
        page = person.accept_new_account(offer)

    assert "HTTP 500" in said
    assert page.status_code == 500
    assert person.who_am_i().status_code == 401


def test_with_e_mail_and_name_a_newcomer_becomes_a_member(world, person):
    with newcomer(world, "email", "given_name", "family_name", "email_verified") as account:
        offer = person.log_in_with_encvoy_id(account)
        person.accept_new_account(offer)

    assert person.who_am_i().json()["email"] == f"{account.login}@example.com"


def test_after_the_playbook_every_check_holds(world):
    proof = world.play("verify")

    assert proof.returncode == 0, proof.output
    assert "FAIL" not in proof.output
    assert f"Log in at {world.sentry_url}/auth/login/sentry/" in proof.output
