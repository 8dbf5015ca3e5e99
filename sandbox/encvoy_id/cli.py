# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line."""

from __future__ import annotations

import argparse
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from . import seed
from .settings import Settings
from .testing.server import configuration, create_instrumented_app


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.encvoy_id",
        description="Simulate Encvoy ID 1.0.10 for tests. Not for real accounts.",
    )
    parser.add_argument(
        "--domain",
        required=True,
        metavar="URL",
        help="public origin, such as https://172.29.77.10:8443, without a trailing slash",
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="keep everything here; in memory when not given"
    )
    parser.add_argument(
        "--seed",
        type=Path,
        metavar="FILE",
        help="accounts and settings of the first start (YAML or JSON); the sandbox's by default",
    )
    _add_listening(parser)
    _add_behaviour(parser)
    return parser


def _add_listening(parser: argparse.ArgumentParser) -> None:
    """Options that say where the server listens."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on [%(default)s]")
    parser.add_argument("--port", type=int, default=8443, help="port [%(default)s]")
    parser.add_argument("--cert", type=Path, metavar="FILE", help="certificate chain (PEM): HTTPS")
    parser.add_argument("--key", type=Path, metavar="FILE", help="key of the certificate (PEM)")


def _add_behaviour(parser: argparse.ArgumentParser) -> None:
    """Options in which deployments, or tests, differ."""
    parser.add_argument(
        "--mode",
        choices=["production", "development"],
        default="production",
        help="the real server's NODE_ENV; development allows HTTP Basic [%(default)s]",
    )
    parser.add_argument(
        "--hang-seconds",
        type=float,
        default=60.0,
        metavar="N",
        help="how long requests that are never answered are held before a 504 [%(default)s]",
    )
    parser.add_argument("--route-api-oidc", action="store_true", help="serve /api/oidc/* too")
    parser.add_argument(
        "--http-endpoints", action="store_true", help="advertise http:// endpoints in discovery"
    )
    parser.add_argument(
        "--shared-identity",
        action="store_true",
        help="mix up the callers of parallel requests, as the real server does",
    )
    parser.add_argument(
        "--control", action="store_true", help="serve /__faults__ and /__requests__ to everybody"
    )


def main() -> None:
    """Read the command line and serve until stopped."""
    parser = _arguments()
    options = parser.parse_args()
    if bool(options.cert) != bool(options.key):
        parser.error("--cert and --key go together")
    if options.domain.endswith("/") or "://" not in options.domain:
        parser.error("--domain has to be an origin without a trailing slash")
    try:
        app, settings = _prepared(options)
    except seed.SeedError as error:
        parser.error(f"--seed: {error}")
    uvicorn.Server(configuration(app, settings, host=options.host, port=options.port)).run()


def _prepared(options: argparse.Namespace) -> tuple[Starlette, Settings]:
    settings = Settings(
        domain=options.domain,
        data=options.data,
        seed=seed.read(options.seed) if options.seed else None,
        mode=options.mode,
        hang_seconds=options.hang_seconds,
        route_api_oidc=options.route_api_oidc,
        http_endpoints=options.http_endpoints,
        shared_identity=options.shared_identity,
        control=options.control,
        certificate=options.cert,
        private_key=options.key,
    )
    return create_instrumented_app(settings), settings
