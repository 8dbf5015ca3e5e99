# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Print whom to log in as in the demo sandbox."""

from __future__ import annotations

from pathlib import Path

import yaml

ACCOUNTS = Path(__file__).resolve().parent.parent / "sandbox" / "vars" / "accounts.yml"

accounts = yaml.safe_load(ACCOUNTS.read_text())["sandbox_accounts"]
alice = next(user for user in accounts["encvoy_id"]["users"] if user["login"] == "alice")

print(f"""
Log in at the URL above, with "Login with Encvoy ID" (newest Sentry: "SSO"):
  login     {alice["login"]}
  password  {alice["password"]}
""")
