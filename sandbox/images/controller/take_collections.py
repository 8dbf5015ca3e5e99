# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Takes the connection to containers out of the package ``ansible``, of a hundred collections.

python take_collections.py WHEEL FOLDER
"""

import sys
import zipfile

COLLECTIONS = ("community/docker/", "community/library_inventory_filtering_v1/")

wheel, folder = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    wanted = tuple(f"ansible_collections/{name}" for name in COLLECTIONS)
    archive.extractall(folder, [name for name in archive.namelist() if name.startswith(wanted)])
