# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""errors: what each carries for those who catch it."""

from __future__ import annotations

from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy.errors import (
    EncvoyError,
    OutcomeUnknown,
    RequestRejected,
)
from ansible_collections.encvoy.sentry.plugins.module_utils._module import ModuleError


def test_a_rejection_has_status_and_code() -> None:
    error = RequestRejected("No.", 403, "T3E0026")
    assert (str(error), error.status, error.code) == ("No.", 403, "T3E0026")
    assert RequestRejected("No.", 404).code is None


def test_an_unknown_outcome_may_have_been_waited_for() -> None:
    assert OutcomeUnknown("Lost.", waited=True).waited
    assert not OutcomeUnknown("Lost.").waited


def test_every_error_fails_a_module_with_what_was_done_before() -> None:
    assert isinstance(RequestRejected("No.", 403), ModuleError)
    assert isinstance(OutcomeUnknown("Lost."), ModuleError)
    assert EncvoyError("No.", {"changed": True}).result == {"changed": True}
    assert EncvoyError("No.").result == {}
