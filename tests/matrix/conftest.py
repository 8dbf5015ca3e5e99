# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prints the matrix at the end of a run."""

from __future__ import annotations

from tests.matrix.table import pytest_terminal_summary

__all__ = ["pytest_terminal_summary"]
