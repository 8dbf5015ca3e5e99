# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a Sentry that starts is asked, with a Sentry that is only this."""

from __future__ import annotations

import abc
import sys
from types import ModuleType

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry.scripts import load


@pytest.fixture
def sentry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package ``sentry.auth`` with two auth providers."""
    for name in ("sentry", "sentry.auth"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    manager = [("oidc", object), ("github", object)]
    monkeypatch.setattr(sys.modules["sentry.auth"], "manager", manager, raising=False)


@pytest.mark.usefixtures("sentry")
def test_providers_and_packages() -> None:
    found = load.run({"distributions": ["pytest", "no-such-distribution"]})
    assert found == {
        "providers": ["github", "oidc"],
        "incomplete": {},
        "packages": {"pytest": pytest.__version__, "no-such-distribution": None},
    }


class Asks(abc.ABC):
    """What Sentry asks of a provider."""

    @abc.abstractmethod
    def get_client_id(self) -> str: ...


class Older(Asks):
    """A plugin of before that."""


@pytest.mark.usefixtures("sentry")
def test_a_provider_that_lacks_what_sentry_asks_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """It loads, and is an error when somebody logs in: 6.0.0 on Sentry 23.9.0."""
    monkeypatch.setattr(sys.modules["sentry.auth"], "manager", [("oidc", Older)])
    assert load.run({"distributions": []})["incomplete"] == {"oidc": ["get_client_id"]}
