# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: one look at a Sentry and its single sign-on, everything side by side.

Going inside takes longest, so it is begun first; folder, Docker and the way of a browser are looked
at meanwhile.
"""

from __future__ import annotations

import hashlib
import secrets
import socket
import ssl
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from .browser import Browser, Detour, origin_of
from .checkout import Checkout, folder_containers, open_folder, read_checkout, running_web
from .checks.claims import Claims
from .checks.report import Observed
from .checks.result import PROVIDER, Expected
from .containers import Container, unready_services
from .docker import SentryError, SentryHost
from .exec import no_web, run_in_sentry
from .facts import Facts, config_hashes, has_data, read_image
from .image import find_image
from .login_page import LoginStart, start_login
from .observations import Inside
from .scripts import probe
from .site_files import SiteFiles, look_at_files

_WEB_PORT = 9000
# Seconds for one answer of Sentry's own web server, past whatever stands before it.
_DIRECT_TIMEOUT = 5.0
# More than the tasks that wait for one another.
_THREADS = 12


@dataclass(frozen=True)
class Question:
    """What is looked at, and what it is compared with.

    :param client_secret: None: not to be compared
    :param claims: what Encvoy ID releases, None: not to be checked
    :param planned_claims: what is about to be released for new users and members
    :param planned_name_claim: of which Sentry is about to take the name, None: of the same
    :param ca_certificates: PEM text of authorities to trust in requests of this host, or None
    :param timeout: seconds for one request
    :param exec_timeout: seconds for the program inside Sentry
    """

    sentry_dir: str
    expected: Expected
    client_secret: str | None = None
    claims: Claims | None = None
    planned_claims: Sequence[str] = ()
    planned_name_claim: str | None = None
    ca_certificates: str | None = None
    timeout: float = 15
    exec_timeout: float = 120


@dataclass(frozen=True)
class Look:
    """What was seen."""

    facts: Facts
    files: SiteFiles
    seen: Observed


@dataclass(frozen=True)
class _Answer:
    """What Sentry answered from inside, or why it did not."""

    inside: Inside | None
    problem: str | None = None


def take_look(question: Question) -> Look:
    """Look at everything once; a Sentry that does not answer is an observation too.

    :raises SentryError: this is no Sentry folder, docker does not work, or a file cannot be read
    """
    browser = open_browser(question.ca_certificates, question.timeout)
    host = open_folder(question.sentry_dir, question.exec_timeout)
    with ThreadPoolExecutor(_THREADS) as pool:
        own = pool.submit(folder_containers, host)
        inside = pool.submit(_look_inside, host, own, question)
        public = pool.submit(_visit, browser, question)
        files = pool.submit(look_at_files, host.directory, question.client_secret)
        checkout = read_checkout(host, pool, own)
        direct = pool.submit(_past_the_proxy, question, public, checkout)
        facts = _read_facts(checkout, pool, inside)
        return Look(facts, files.result(), _observed(question, facts, inside, public, direct))


def open_browser(
    ca_certificates: str | None, timeout: float, detour: Detour | None = None
) -> Browser:
    """Return what makes the requests from outside; raise SentryError for an unusable CA."""
    try:
        return Browser(ca_certificates, timeout, detour)
    except (ValueError, ssl.SSLError) as error:
        raise SentryError(
            f"ca_certificates: they cannot be used ({error}). Give the text of a PEM file with the"
            " authority's certificate."
        ) from None


def probe_payload(question: Question) -> dict[str, Any]:
    """Return what the script inside Sentry is told: a salted digest instead of the secret."""
    salt = digest = None
    if question.client_secret is not None:
        salt = secrets.token_hex(16)
        digest = hashlib.sha256((salt + question.client_secret).encode("utf-8")).hexdigest()
    return {
        "organization": question.expected.organization,
        "token_endpoint": question.expected.token_endpoint,
        "secret_salt": salt,
        "secret_digest": digest,
        "timeout": question.timeout,
    }


def _look_inside(host: SentryHost, own: Future[list[Container]], question: Question) -> _Answer:
    web = running_web(own.result())
    if not web:
        return _Answer(None, no_web(host))
    try:
        answer = run_in_sentry(host, probe, probe_payload(question), container=web[0])
    except SentryError as error:
        return _Answer(None, str(error))
    return _Answer(Inside.from_answer(answer))


def _visit(browser: Browser, question: Question) -> LoginStart:
    expected = question.expected
    return start_login(browser, expected.sentry_url, expected.organization, PROVIDER)


def _past_the_proxy(
    question: Question, public: Future[LoginStart], checkout: Checkout
) -> LoginStart | None:
    """Return the start of a login at Sentry's own web server, where its public address fails.

    A proxy may ask the host for a login, or the host may not reach its own public address; neither
    says anything about Sentry.
    """
    if public.result().status == 200:
        return None
    origin = origin_of(question.expected.sentry_url)
    timeout = min(question.timeout, _DIRECT_TIMEOUT)
    for web in running_web(checkout.containers):
        for address in web.addresses:
            detour = Detour(origin, f"{address}:{_WEB_PORT}")
            seen = _visit(open_browser(question.ca_certificates, timeout, detour), question)
            if seen.status == 200:
                return seen
    return None


def _read_facts(checkout: Checkout, pool: ThreadPoolExecutor, inside: Future[_Answer]) -> Facts:
    """Return the facts; what the running web container says of its own image is not asked twice."""
    host, project = checkout.host, checkout.project
    hashes = pool.submit(config_hashes, host)
    data = pool.submit(has_data, host, project.volumes)
    image = find_image(host, project.image)
    web = next(iter(running_web(checkout.containers)), None)
    is_current = image is not None and web is not None and web.image_id == image.image_id
    found = inside.result().inside if is_current else None
    if found is None:
        packages, process = read_image(host, image, project.image, web)
        return Facts(checkout, image, packages, process, hashes.result(), data.result())
    return Facts(checkout, image, found.packages, found.process, hashes.result(), data.result())


def _observed(
    question: Question,
    facts: Facts,
    inside: Future[_Answer],
    public: Future[LoginStart],
    direct: Future[LoginStart | None],
) -> Observed:
    answer = inside.result()
    checkout = facts.checkout
    project = checkout.project
    others = [*project.beside_web, *([project.proxy] if project.proxy else [])]
    return Observed(
        inside=answer.inside,
        inside_problem=answer.problem,
        public=public.result(),
        direct=direct.result(),
        seen_from=socket.gethostname(),
        web_is_stale="web" in facts.stale,
        unready={**facts.unready, **unready_services(others, checkout.containers)},
        dying=facts.dying,
        claims=question.claims,
        planned_claims=question.planned_claims,
        planned_name_claim=question.planned_name_claim,
    )
