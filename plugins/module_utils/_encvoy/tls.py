# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PRIVATE to encvoy.sentry: which certificates are trusted, and what is wrong with one."""

from __future__ import annotations

import ssl

from .errors import EncvoyError

# The numbers of OpenSSL's verification errors
# (https://docs.openssl.org/master/man3/X509_STORE_CTX_get_error/).
_NOT_YET_VALID, _EXPIRED = 9, 10
_UNKNOWN_ISSUER = (2, 18, 19, 20, 21)
_REVOKED = 23
_OTHER_NAME = (62, 64)


def trust(validate_certs: bool, ca_path: str | None) -> ssl.SSLContext:
    """The machine's own trusted CAs, and the one in ``ca_path`` besides.

    :raises EncvoyError: for a ``ca_path`` that cannot be used
    """
    context = ssl.create_default_context()
    if not validate_certs:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif ca_path:
        try:
            context.load_verify_locations(cafile=ca_path)
        except (OSError, ValueError) as error:
            reason = "no certificate in PEM form in it"
            if isinstance(error, OSError) and not isinstance(error, ssl.SSLError):
                reason = error.strerror or reason
            raise EncvoyError(
                f"ca_path: {ca_path!r} cannot be used ({reason}). Give a PEM file with the CA's"
                " certificate, on the machine that runs the module."
            ) from None
    return context


def unused() -> ssl.SSLContext:
    """For plain http: reading the machine's CAs takes longer than a request."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def tls_fault(error: BaseException) -> ssl.SSLError | None:
    """The TLS error beneath a library's error: final, unlike a connection that was cut off."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError) and not isinstance(
            cause, (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
        ):
            return cause
        cause = cause.__cause__ or cause.__context__
    return None


def certificate_advice(code: int, ca_path: str | None) -> str:
    """What to do about a certificate that was refused, by OpenSSL's number of the reason."""
    if code == _EXPIRED:
        return "Renew the certificate on the server, and check the clock of this machine."
    if code == _NOT_YET_VALID:
        return "Check the clocks of the server and of this machine."
    if code in _OTHER_NAME:
        return (
            "It is for another host name: set url to the name that is in it, or give the server a"
            " certificate for this one."
        )
    if code == _REVOKED:
        return "Give the server a new certificate."
    if code in _UNKNOWN_ISSUER and ca_path:
        return (
            f"The CA in ca_path ({ca_path}) did not sign it: name the PEM file of the CA that did,"
            " and have the server send the certificates between the two."
        )
    if code in _UNKNOWN_ISSUER:
        return "If a private CA signed it, name the CA's PEM file in ca_path."
    return "Have a certificate made that is valid in this respect."
