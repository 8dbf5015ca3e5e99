# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts that are addresses, or nearly, for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

# Addresses that are nearly right find more than text at random.
SCHEMES = st.sampled_from(["", "http://", "https://", "HTTPS://", "ftp:/", "//", "://"])
LABELS = st.one_of(
    st.from_regex(r"\A[a-z0-9_-]{0,8}\Z"),
    st.sampled_from(
        ["xn--a", "xn--n-nga1b", "ü", "☃", "℀", "a" * 64, "0x7f", "256", "１２", "İ", "ß"]
    ),
    st.text(max_size=4),
)
HOSTS = st.lists(LABELS, min_size=1, max_size=4).map(".".join) | st.sampled_from(
    ["[::1]", "[::1", "[v1.x]", "[::1%eth0]", "a@b", "\\", "localhost", ""]
)
PORTS = st.sampled_from(["", ":", ":0", ":80", ":443", ":65536", ":x", ":-1", ":８０", ":80:80"])
PATHS = st.sampled_from(["", "/", "/x", "?x", "#x", "\\", "/\n"])
NEARLY = st.builds("{}{}{}{}".format, SCHEMES, HOSTS, PORTS, PATHS)
