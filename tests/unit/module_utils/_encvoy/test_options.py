"""_encvoy_module: requirements, and the documentation that must agree with the code."""

from __future__ import annotations

import importlib

import pytest
import yaml

from ansible_collections.encvoy.sentry.plugins.doc_fragments import encvoy_connection
from ansible_collections.encvoy.sentry.plugins.module_utils._encvoy import options as encvoy_module
from tests.support.module_runner import run_module

MODULES = (
    "encvoy_client",
    "encvoy_client_info",
    "encvoy_discovery_info",
    "encvoy_login",
    "encvoy_public_claims",
    "encvoy_sso_info",
)
HERE = {"url": "https://127.0.0.1:1"}


def test_a_missing_httpx_is_said_in_ansibles_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encvoy_module, "HTTPX_ERROR", "ImportError: no httpx")
    outcome = run_module("encvoy_discovery_info", **HERE)
    assert "Failed to import the required Python library (httpx)" in outcome.msg


def test_an_old_httpx_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encvoy_module, "HTTPX_VERSION", (0, 22))
    outcome = run_module("encvoy_discovery_info", **HERE)
    assert "httpx 0.23 or newer is required" in outcome.msg


def test_the_minimum_is_documented() -> None:
    fragment = yaml.safe_load(encvoy_connection.ModuleDocFragment.DOCUMENTATION)
    minimum = ".".join(map(str, encvoy_module.HTTPX_MINIMUM))
    assert any(f"httpx >= {minimum}" in line for line in fragment["requirements"])


def test_the_connection_options_are_the_documented_ones() -> None:
    documented = yaml.safe_load(encvoy_connection.ModuleDocFragment.DOCUMENTATION)["options"]
    spec = encvoy_module.connection_spec()
    assert list(documented) == list(spec)
    for name, option in spec.items():
        for key in ("type", "default", "choices", "required"):
            assert documented[name].get(key) == option.get(key), f"{name} {key}"
        if "fallback" in option:
            (variable,) = option["fallback"][1]
            assert f"E({variable})" in str(documented[name]["description"])


@pytest.mark.parametrize("module", MODULES)
def test_the_options_of_a_module_are_the_documented_ones(module: str) -> None:
    loaded = importlib.import_module(f"ansible_collections.encvoy.sentry.plugins.modules.{module}")
    spec = getattr(loaded, "ARGUMENT_SPEC", {})
    documented = yaml.safe_load(loaded.DOCUMENTATION).get("options", {})
    assert set(documented) == set(spec)
