# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""tls: which certificates are trusted, and the advice by what is wrong with one."""

from __future__ import annotations

import datetime
import ssl
from pathlib import Path

import pytest
import trustme

from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy import tls
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.errors import EncvoyError


def test_certificates_are_checked_unless_that_is_off() -> None:
    assert tls.trust(True, None).verify_mode == ssl.CERT_REQUIRED
    assert tls.trust(True, None).check_hostname
    careless = tls.trust(False, None)
    assert careless.verify_mode == ssl.CERT_NONE
    assert not careless.check_hostname


def test_a_ca_is_trusted_besides_the_others(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(path)
    before = tls.trust(True, None).cert_store_stats()["x509_ca"]
    assert tls.trust(True, str(path)).cert_store_stats()["x509_ca"] == before + 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "No such file or directory"),
        ("", "no certificate in PEM form"),
        ("no certificate", "no certificate in PEM form"),
        ("-----BEGIN CERTIFICATE-----\nbroken", "no certificate in PEM form"),
    ],
)
def test_a_ca_file_that_cannot_be_used(tmp_path: Path, content: str | None, says: str) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(EncvoyError) as caught:
        tls.trust(True, str(path))
    assert str(caught.value).startswith(f"ca_path: '{path}' cannot be used ({says}")


@pytest.mark.parametrize("path", [".", "a\x00b"])
def test_a_ca_path_that_is_no_file(path: str) -> None:
    with pytest.raises(EncvoyError, match="ca_path: "):
        tls.trust(True, path)


def refusal(client_ca: trustme.CA, certificate: trustme.LeafCert, name: str) -> int:
    """OpenSSL's number of why a client refuses a server's certificate."""
    server, client = (
        ssl.SSLContext(side) for side in (ssl.PROTOCOL_TLS_SERVER, ssl.PROTOCOL_TLS_CLIENT)
    )
    certificate.configure_cert(server)
    client_ca.configure_trust(client)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client_side = client.wrap_bio(to_client, to_server, server_hostname=name)
    server_side = server.wrap_bio(to_server, to_client, server_side=True)
    for _step in range(4):
        for side in (client_side, server_side):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError as error:
                return int(error.verify_code)
    raise AssertionError("the certificate was accepted")


def moment(days: int) -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)


def test_the_advice_follows_the_reason() -> None:
    ca = trustme.CA()
    good = ca.issue_cert("id.example.com", "127.0.0.1")
    expired = ca.issue_cert("id.example.com", not_after=moment(-1))
    early = ca.issue_cert("id.example.com", not_before=moment(1))
    cases = [
        (trustme.CA(), good, "id.example.com", "name the CA's PEM file in ca_path."),
        (ca, good, "other.example.com", "set url to the name that is in it"),
        (ca, good, "127.0.0.2", "set url to the name that is in it"),
        (ca, expired, "id.example.com", "Renew the certificate on the server"),
        (ca, early, "id.example.com", "Check the clocks"),
    ]
    for trusted, certificate, name, advice in cases:
        assert advice in tls.certificate_advice(refusal(trusted, certificate, name), None)


@pytest.mark.parametrize(
    ("code", "ca_path", "advice"),
    [
        (20, None, "If a private CA signed it"),
        (20, "/ca.pem", "The CA in ca_path (/ca.pem) did not sign it"),
        (19, "/ca.pem", "The CA in ca_path (/ca.pem) did not sign it"),
        (23, None, "a new certificate"),
        (10, "/ca.pem", "Renew"),
        (79, None, "valid in this respect"),
    ],
)
def test_advice(code: int, ca_path: str | None, advice: str) -> None:
    assert advice in tls.certificate_advice(code, ca_path)


def test_a_connection_that_was_cut_off_is_no_tls_fault() -> None:
    def beneath(cause: Exception) -> Exception:
        error = ValueError("outer")
        error.__cause__ = RuntimeError("between")
        error.__cause__.__context__ = cause
        return error

    fault = ssl.SSLError(1, "wrong version number")
    assert tls.tls_fault(beneath(fault)) is fault
    assert tls.tls_fault(beneath(ssl.SSLEOFError(8, "EOF occurred"))) is None
    assert tls.tls_fault(ValueError()) is None
