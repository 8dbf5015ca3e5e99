#!/usr/bin/python

# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sentry_config
short_description: Managed parts of the files of a self-hosted Sentry
version_added: 0.1.0
description:
  - Writes managed blocks into files of the site, and whole files of its own, as one transaction.
    All of it is worked out before anything is written, and what was there before is kept until the
    job is committed or taken back.
  - Outside of the block a file stays as it is, byte for byte, with its line ends, byte order mark,
    owner, mode, SELinux context and symbolic links. A file is replaced in one step. One that is
    itself a mount is written in place.
  - The first change of a job saves how each file was in C(.encvoy-sentry) in O(sentry_dir), which
    only root can read. A run that was killed leaves it there, and the next one goes on with the
    same job.
  - Runs on the Sentry host and needs no Docker.
author:
  - The encvoy.sentry contributors (@encvoy)
extends_documentation_fragment:
  - encvoy.sentry.attributes
options:
  sentry_dir:
    description: Folder of the self-hosted checkout, the one with C(install.sh).
    type: path
    default: /opt/sentry
  state:
    description:
      - V(present) writes what differs from O(files).
      - V(restored) puts back every file as it was before the job, with content, mode, owner and
        time, removes those that were not there, and forgets the job. In a file that somebody has
        edited since, only the managed block is put back.
      - V(committed) forgets how the files were.
    type: str
    choices: [present, restored, committed]
    default: present
  files:
    description:
      - The files, with O(state=present) only.
      - Each has one of O(files[].block), O(files[].content), O(files[].content_base64) and
        O(files[].secret_content), or else O(files[].begin_with) alone, which only makes a missing
        file.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: Path of the file, relative to O(sentry_dir).
        type: str
        required: true
      state:
        description:
          - V(absent) removes the managed block, or the file if it is one of O(files[].content),
            O(files[].content_base64), O(files[].secret_content), or if nothing but
            O(files[].shebang) is left of it.
        type: str
        choices: [present, absent]
        default: present
      block:
        description:
          - >-
            Text of the managed block, between the lines
            C(# BEGIN ANSIBLE MANAGED BLOCK: encvoy.sentry) and
            C(# END ANSIBLE MANAGED BLOCK: encvoy.sentry).
          - There is exactly one block afterwards. One that is there stays where it is.
        type: str
      content:
        description: Content of a file that is managed as a whole.
        type: str
      content_base64:
        description: The same for a file that is no text, in Base64. A diff shows its SHA-256.
        type: str
      secret_content:
        description: The same for a secret, which is never shown, not in a diff either.
        type: str
      position:
        description:
          - Where a new block goes. V(begin) is behind a first line that begins with C(#!).
          - With V(begin), a block that stands behind a line that ends the script (C(exit) or
            C(exec) in the first column) is moved to the beginning.
        type: str
        choices: [begin, end]
        default: end
      begin_with:
        description:
          - Path, relative to O(sentry_dir), of the file with which a missing file begins, for
            example upstream's C(sentry/sentry.conf.example.py).
        type: str
      shebang:
        description: First line of a missing file, for example V(#!/bin/bash).
        type: str
      mode:
        description:
          - Mode as an octal number in quotes.
          - Left out, it stays as it is, and is V(0644) for a new file.
        type: str
      owner:
        description: Name or number of the owner. Left out, it stays as it is.
        type: str
      group:
        description: Name or number of the group. Left out, it stays as it is.
        type: str
  saved_image_id:
    description:
      - Id of the image that Sentry runs before the job. It is kept beside the files and returned
        until the job is committed or taken back.
    type: str
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - It shows managed blocks and files that are managed as a whole, and no other line of a file.
        Instead of a secret it shows a mask.
  idempotent:
    support: full
notes:
  - A run waits for up to a minute for another one in the same folder.
seealso:
  - module: ansible.builtin.blockinfile
  - module: encvoy.sentry.sentry_image
  - module: encvoy.sentry.sentry_services
"""

EXAMPLES = r"""
- name: Write the settings and the secret
  encvoy.sentry.sentry_config:
    sentry_dir: /opt/sentry
    saved_image_id: "{{ sentry.running_image_id | default(omit, true) }}"
    files:
      - path: sentry/sentry.conf.py
        begin_with: sentry/sentry.conf.example.py
        block: "{{ lookup('ansible.builtin.template', 'sentry.conf.py.j2') }}"
      - path: sentry/encvoy-oidc-client-secret
        secret_content: "{{ client_secret }}"
        owner: "999"
        group: "999"
        mode: "0400"

- name: Put back what was there before
  encvoy.sentry.sentry_config:
    sentry_dir: /opt/sentry
    state: restored

- name: Forget what was there before
  encvoy.sentry.sentry_config:
    sentry_dir: /opt/sentry
    state: committed
"""

RETURN = r"""
changed_files:
  description: Files of which anything was changed, also when the task failed in the middle.
  returned: always
  type: list
  elements: str
  sample: [sentry/sentry.conf.py]
restart_files:
  description: Those of RV(changed_files) whose content was changed, and not only mode or owner.
  returned: always
  type: list
  elements: str
  sample: [sentry/sentry.conf.py]
saved:
  description: Whether it is kept how files were before an unfinished job.
  returned: success
  type: bool
  sample: true
saved_files:
  description: The files of which it is kept.
  returned: success
  type: list
  elements: str
  sample: [sentry/sentry.conf.py]
saved_image_id:
  description:
    - Value of O(saved_image_id) when the unfinished job began, V(null) when there is none.
    - With O(state=restored) that of the job that was taken back, so that the image can follow.
  returned: success
  type: str
  sample: sha256:2c8f…
edited_files:
  description:
    - Files that somebody had edited since the job wrote them, so that O(state=restored) put only
      the managed block back.
  returned: success
  type: list
  elements: str
  sample: []
diff:
  description: What was changed, in managed blocks and in files that are managed as a whole.
  returned: success
  type: list
  elements: dict
  sample: []
"""

import os
from collections.abc import Sequence
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._module import ModuleError, run
from ..module_utils._sentry import saved_state
from ..module_utils._sentry.docker import SentryError
from ..module_utils._sentry.files import make_folders, remove_file, remove_leftovers, write_file
from ..module_utils._sentry.lock import exclusive
from ..module_utils._sentry.managed_files import Change, Wish, difference, parse_wish, plan
from ..module_utils._sentry.saved_state import SavedState

FILE_SPEC: dict[str, dict[str, Any]] = {
    "path": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "block": {"type": "str"},
    "content": {"type": "str"},
    "content_base64": {"type": "str"},
    "secret_content": {"type": "str", "no_log": True},
    "position": {"type": "str", "choices": ["begin", "end"], "default": "end"},
    "begin_with": {"type": "str"},
    "shebang": {"type": "str"},
    "mode": {"type": "str"},
    "owner": {"type": "str"},
    "group": {"type": "str"},
}
_CONTENTS = ("block", "content", "content_base64", "secret_content")
ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "sentry_dir": {"type": "path", "default": "/opt/sentry"},
    "state": {"type": "str", "choices": ["present", "restored", "committed"], "default": "present"},
    "files": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": FILE_SPEC,
        "mutually_exclusive": [_CONTENTS],
        "required_one_of": [(*_CONTENTS, "begin_with")],
    },
    "saved_image_id": {"type": "str"},
}


def work(module: AnsibleModule) -> dict[str, Any]:
    """Return the result of the state that is asked for."""
    directory = os.path.abspath(module.params["sentry_dir"])
    with exclusive(directory):
        saved = saved_state.load(directory)
        if module.params["state"] == "present":
            return _present(module, directory, saved)
        if module.params["state"] == "restored":
            return _restored(module, directory, saved)
        return _committed(module, directory, saved)


def _present(module: AnsibleModule, directory: str, saved: SavedState | None) -> dict[str, Any]:
    wishes = [parse_wish(option) for option in module.params["files"]]
    _check_paths(wishes)
    changes = [change for change in (plan(directory, wish) for wish in wishes) if change.is_needed]
    if not module.check_mode:
        _remove_leftovers(directory, saved, wishes)
        if changes:
            image_id = module.params["saved_image_id"]
            saved = saved_state.remember(directory, saved, changes, image_id)
        _write(directory, changes)
    return {**_changed(changes), **_kept(saved), "edited_files": []}


def _restored(module: AnsibleModule, directory: str, saved: SavedState | None) -> dict[str, Any]:
    restorations = saved_state.restorations(directory, saved) if saved else []
    if not module.check_mode:
        _remove_leftovers(directory, saved, [])
        saved_state.restore_all(directory, restorations)
    return {
        **_changed([one.change for one in restorations if one.change.is_needed]),
        **_kept(None),
        "saved_image_id": saved.image_id if saved else None,
        "edited_files": [one.change.path for one in restorations if one.was_edited],
    }


def _committed(module: AnsibleModule, directory: str, saved: SavedState | None) -> dict[str, Any]:
    if not module.check_mode:
        _remove_leftovers(directory, saved, [])
        saved_state.forget(directory)
    return {**_changed([]), **_kept(None), "changed": saved is not None, "edited_files": []}


def _check_paths(wishes: Sequence[Wish]) -> None:
    paths = [wish.path for wish in wishes]
    twice = sorted({path for path in paths if paths.count(path) > 1})
    if twice:
        raise SentryError(f"files: '{twice[0]}' is given more than once. Give each file once.")


def _remove_leftovers(directory: str, saved: SavedState | None, wishes: Sequence[Wish]) -> None:
    """Remove half-written files of a run that was killed."""
    for path in {*(wish.path for wish in wishes), *(saved.files if saved else ())}:
        remove_leftovers(os.path.join(directory, path))


def _write(directory: str, changes: Sequence[Change]) -> None:
    for done, change in enumerate(changes):
        path = os.path.join(directory, change.path)
        try:
            if change.after is None:
                remove_file(path)
            else:
                make_folders(path)
                write_file(path, change.after)
        except ModuleError as error:
            raise SentryError(str(error), _changed(changes[:done])) from None


def _changed(changes: Sequence[Change]) -> dict[str, Any]:
    return {
        "changed": bool(changes),
        "changed_files": [change.path for change in changes],
        "restart_files": [change.path for change in changes if change.is_of_content],
        "diff": [difference(change) for change in changes],
    }


def _kept(saved: SavedState | None) -> dict[str, Any]:
    return {
        "saved": saved is not None,
        "saved_files": sorted(saved.files) if saved else [],
        "saved_image_id": saved.image_id if saved else None,
    }


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    run(module, work)


if __name__ == "__main__":
    main()
