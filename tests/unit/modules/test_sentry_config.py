# Copyright (c) 2026, the encvoy.sentry contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The managed parts of a site's files, written, taken back and committed, in a real folder."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.encvoy.sentry.plugins.module_utils._sentry import files as file_functions
from tests.support.module_runner import Outcome, run_module

SITE = b"from sentry.conf.server import *\r\nPASSWORD = 'of-the-site'\r\n"
SECRET = "planted-client-secret"
BEGIN = b"# BEGIN ANSIBLE MANAGED BLOCK: encvoy.sentry"
END = b"# END ANSIBLE MANAGED BLOCK: encvoy.sentry"
HOOK = {
    "path": "sentry/enhance-image.sh",
    "block": "pip install plugin\n",
    "position": "begin",
    "shebang": "#!/bin/bash",
    "mode": "0755",
}
CONF = {
    "path": "sentry/sentry.conf.py",
    "begin_with": "sentry/sentry.conf.example.py",
    "block": "OIDC_CLIENT_ID = '1'\n",
}
SECRET_FILE = {"path": "sentry/encvoy-secret", "secret_content": SECRET, "mode": "0400"}
CA = {"path": "certificates/encvoy-id.crt", "content": "-----BEGIN CERTIFICATE-----\n"}
FILES = [HOOK, CONF, SECRET_FILE, CA]
PATHS = [file["path"] for file in FILES]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A Sentry folder with settings of the site and without an enhance-image.sh."""
    folder = tmp_path / "sentry-folder"
    (folder / "sentry").mkdir(parents=True)
    (folder / "sentry" / "sentry.conf.example.py").write_bytes(b"# example\n")
    conf = folder / "sentry" / "sentry.conf.py"
    conf.write_bytes(SITE)
    conf.chmod(0o640)
    os.utime(conf, (1_700_000_000, 1_700_000_000))
    return folder


def run(folder: Path, files: list[dict[str, Any]] | None = None, **options: Any) -> Outcome:
    return run_module("sentry_config", sentry_dir=str(folder), files=files or [], **options)


def snapshot(folder: Path) -> dict[str, tuple[Any, ...]]:
    """Everything in the folder that could be told apart: content, mode, owner, time of files."""
    found = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        data = (
            path.read_bytes() if path.is_file() else os.readlink(path) if path.is_symlink() else ""
        )
        times = (status.st_mtime_ns,) if path.is_file() else ()
        owner = (stat.filemode(status.st_mode), status.st_uid, status.st_gid)
        found[str(path.relative_to(folder))] = (data, *owner, *times)
    return found


def contents(folder: Path) -> dict[str, tuple[Any, ...]]:
    """The same without times, and without what is kept of before."""
    return {
        path: seen[:4] for path, seen in snapshot(folder).items() if ".encvoy-sentry" not in path
    }


def test_a_first_run(folder: Path) -> None:
    outcome = run(folder, FILES, saved_image_id="sha256:1")
    assert outcome["changed"] is True
    assert outcome["changed_files"] == outcome["restart_files"] == PATHS
    assert (outcome["saved"], outcome["saved_image_id"]) == (True, "sha256:1")
    assert outcome["saved_files"] == sorted(PATHS)
    hook = folder / "sentry" / "enhance-image.sh"
    lines = [b"#!/bin/bash", BEGIN, b"pip install plugin", END, b""]
    assert hook.read_bytes() == b"\n".join(lines)
    assert stat.S_IMODE(hook.stat().st_mode) == 0o755
    conf = folder / "sentry" / "sentry.conf.py"
    block = b"\r\n".join([BEGIN, b"OIDC_CLIENT_ID = '1'", END, b""])
    assert conf.read_bytes() == SITE + block
    assert stat.S_IMODE(conf.stat().st_mode) == 0o640
    assert conf.stat().st_mtime > 1_700_000_000
    secret = folder / "sentry" / "encvoy-secret"
    assert secret.read_text() == SECRET
    assert stat.S_IMODE(secret.stat().st_mode) == 0o400


def test_a_second_run_changes_nothing(folder: Path) -> None:
    run(folder, FILES)
    before = snapshot(folder)
    outcome = run(folder, FILES)
    assert outcome["changed"] is False
    assert outcome["changed_files"] == outcome["restart_files"] == outcome["diff"] == []
    assert outcome["saved"] is True
    assert snapshot(folder) == before


def test_check_mode_says_what_a_run_would_do(folder: Path) -> None:
    before = snapshot(folder)
    predicted = run(folder, FILES, check=True)
    assert snapshot(folder) == before
    done = run(folder, FILES)
    for name in ("changed", "changed_files", "restart_files", "diff"):
        assert predicted[name] == done[name]
    assert predicted["saved"] is False
    assert run(folder, FILES, check=True)["changed"] is False


def test_a_missing_file_begins_with_its_example(folder: Path) -> None:
    (folder / "sentry" / "sentry.conf.py").unlink()
    outcome = run(folder, [CONF])
    conf = (folder / "sentry" / "sentry.conf.py").read_bytes()
    assert conf.startswith(b"# example\n" + BEGIN)
    assert "example" not in json.dumps(outcome["diff"])
    run(folder, state="restored")
    assert not (folder / "sentry" / "sentry.conf.py").exists()


def test_a_file_can_be_an_example_and_nothing_else(folder: Path) -> None:
    wish = {"path": "sentry/config.yml", "begin_with": "sentry/sentry.conf.example.py"}
    assert run(folder, [wish])["changed"] is True
    (folder / "sentry" / "config.yml").write_bytes(b"of the site")
    assert run(folder, [wish])["changed"] is False


def test_only_a_changed_content_asks_for_a_restart(folder: Path) -> None:
    run(folder, FILES)
    secret = folder / "sentry" / "encvoy-secret"
    secret.chmod(0o644)
    outcome = run(folder, FILES)
    assert outcome["changed_files"] == ["sentry/encvoy-secret"]
    assert outcome["restart_files"] == []
    assert stat.S_IMODE(secret.stat().st_mode) == 0o400
    assert "mode 0644" in outcome["diff"][0]["before"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_owner_and_group(folder: Path) -> None:
    conf = folder / "sentry" / "sentry.conf.py"
    os.chown(conf, 1234, 4321)
    run(folder, [CONF, {**SECRET_FILE, "owner": "999", "group": "999"}])
    assert (conf.stat().st_uid, conf.stat().st_gid) == (1234, 4321)
    secret = folder / "sentry" / "encvoy-secret"
    assert (secret.stat().st_uid, secret.stat().st_gid) == (999, 999)
    os.chown(secret, 0, 0)
    outcome = run(folder, [{**SECRET_FILE, "owner": "999", "group": "999"}])
    assert (outcome["changed"], outcome["restart_files"]) == (True, [])
    assert secret.stat().st_uid == 999


def test_a_symbolic_link_stays_one(folder: Path, tmp_path: Path) -> None:
    real = tmp_path / "real.conf.py"
    conf = folder / "sentry" / "sentry.conf.py"
    conf.rename(real)
    conf.symlink_to(real)
    run(folder, [CONF])
    assert conf.is_symlink()
    assert real.read_bytes().startswith(SITE + BEGIN)
    run(folder, state="restored")
    assert conf.is_symlink()
    assert real.read_bytes() == SITE


def test_a_read_only_file_is_replaced_and_stays_read_only(folder: Path) -> None:
    conf = folder / "sentry" / "sentry.conf.py"
    conf.chmod(0o444)
    run(folder, [CONF])
    assert stat.S_IMODE(conf.stat().st_mode) == 0o444
    assert BEGIN in conf.read_bytes()


def test_extended_attributes_stay(folder: Path) -> None:
    conf = folder / "sentry" / "sentry.conf.py"
    try:
        os.setxattr(conf, "user.context", b"of-the-site")
    except OSError:
        pytest.skip("this file system has no extended attributes for users")
    run(folder, [CONF])
    assert os.getxattr(conf, "user.context") == b"of-the-site"


def test_a_file_that_is_a_mount_is_written_in_place(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conf = folder / "sentry" / "sentry.conf.py"
    inode = conf.stat().st_ino
    rename = os.rename

    def refuse(source: str, target: str) -> None:
        if target == str(conf):
            raise OSError(16, "Device or resource busy")
        rename(source, target)

    monkeypatch.setattr(os, "rename", refuse)
    assert run(folder, [CONF])["changed_files"] == ["sentry/sentry.conf.py"]
    assert conf.stat().st_ino == inode
    assert conf.read_bytes().startswith(SITE + BEGIN)
    run(folder, state="restored")
    assert (conf.read_bytes(), conf.stat().st_ino) == (SITE, inode)
    assert not list(folder.rglob(".encvoy*"))


def test_a_diff_shows_the_block_and_no_line_of_the_site(folder: Path) -> None:
    run(folder, FILES)
    run(folder, state="committed")
    changed = [
        {**CONF, "block": "OIDC_CLIENT_ID = '2'\n"},
        {**SECRET_FILE, "secret_content": "planted-other-secret"},
    ]
    outcome = run(folder, changed)
    conf, secret = outcome["diff"]
    assert conf["before"] == "OIDC_CLIENT_ID = '1'\n"
    assert conf["after"] == "OIDC_CLIENT_ID = '2'\n"
    assert secret["before"] != secret["after"]
    for text in ("of-the-site", "planted"):
        assert text not in outcome.text


def test_a_secret_is_nowhere_in_what_is_returned(folder: Path) -> None:
    assert SECRET not in run(folder, FILES).text
    secret = folder / "sentry" / "encvoy-secret"
    secret.unlink()
    secret.mkdir()
    outcome = run(folder, FILES)
    assert outcome.failed
    assert SECRET not in outcome.text


def test_restored_is_exactly_what_was_there(folder: Path) -> None:
    before = snapshot(folder)
    run(folder, FILES, saved_image_id="sha256:1")
    predicted = run(folder, state="restored", check=True)
    outcome = run(folder, state="restored")
    assert snapshot(folder) == before
    assert outcome["changed_files"] == predicted["changed_files"] == PATHS
    assert outcome["saved_image_id"] == predicted["saved_image_id"] == "sha256:1"
    assert outcome["saved"] is False
    again = run(folder, state="restored")
    assert (again["changed"], again["saved_image_id"]) == (False, None)


def test_committed_forgets_what_was_there(folder: Path) -> None:
    run(folder, FILES)
    written = contents(folder)
    assert run(folder, state="committed", check=True)["changed"] is True
    assert run(folder, state="committed")["changed"] is True
    assert run(folder, state="committed")["changed"] is False
    assert contents(folder) == written
    assert not (folder / ".encvoy-sentry").exists()
    assert run(folder, state="restored")["changed"] is False
    assert contents(folder) == written


def test_what_is_kept_is_for_root_alone(folder: Path) -> None:
    (folder / "sentry" / "encvoy-secret").write_text("planted-former-secret")
    run(folder, FILES)
    kept = folder / ".encvoy-sentry"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in kept.iterdir()] == [0o600]


def test_the_next_run_keeps_what_the_first_one_saved(folder: Path) -> None:
    before = snapshot(folder)
    run(folder, [CONF], saved_image_id="sha256:1")
    outcome = run(folder, [{**CONF, "block": "x"}, CA, HOOK], saved_image_id="sha256:2")
    assert outcome["saved_image_id"] == "sha256:1"
    run(folder, state="restored")
    assert snapshot(folder) == before


def test_what_the_site_edited_since_is_not_lost(folder: Path) -> None:
    run(folder, [CONF, HOOK])
    conf, hook = folder / "sentry" / "sentry.conf.py", folder / "sentry" / "enhance-image.sh"
    conf.write_bytes(conf.read_bytes().replace(b"of-the-site", b"corrected"))
    hook.write_bytes(hook.read_bytes() + b"apt-get install x\n")
    outcome = run(folder, state="restored")
    assert outcome["edited_files"] == ["sentry/sentry.conf.py", "sentry/enhance-image.sh"]
    assert conf.read_bytes() == SITE.replace(b"of-the-site", b"corrected")
    assert hook.read_bytes() == b"#!/bin/bash\napt-get install x\n"


def test_a_former_block_comes_back_into_an_edited_file(folder: Path) -> None:
    run(folder, [CONF])
    run(folder, state="committed")
    conf = folder / "sentry" / "sentry.conf.py"
    former = conf.read_bytes()
    run(folder, [{**CONF, "block": "new"}])
    conf.write_bytes(b"# edited\r\n" + conf.read_bytes())
    run(folder, state="restored")
    assert conf.read_bytes() == b"# edited\r\n" + former


def test_a_broken_block_does_not_stop_the_way_back(folder: Path) -> None:
    run(folder, [CONF])
    conf = folder / "sentry" / "sentry.conf.py"
    conf.write_bytes(conf.read_bytes().replace(END, b""))
    assert run(folder, state="restored")["changed"] is True
    assert conf.read_bytes() == SITE


def test_absent_removes_blocks_and_own_files(folder: Path) -> None:
    before = contents(folder)
    run(folder, FILES)
    run(folder, state="committed")
    (folder / "certificates" / "of-the-site.crt").write_text("x")
    gone = [{**file, "state": "absent"} for file in FILES]
    assert run(folder, gone, check=True)["changed_files"] == PATHS
    assert run(folder, gone)["changed_files"] == PATHS
    assert run(folder, gone)["changed"] is False
    assert {path: seen for path, seen in contents(folder).items() if "cert" not in path} == before


def test_absent_keeps_a_script_that_the_site_has_lines_in(folder: Path) -> None:
    run(folder, [HOOK])
    hook = folder / "sentry" / "enhance-image.sh"
    hook.write_bytes(hook.read_bytes() + b"apt-get install x\n")
    run(folder, [{**HOOK, "state": "absent", "mode": None}])
    assert hook.read_bytes() == b"#!/bin/bash\napt-get install x\n"
    assert stat.S_IMODE(hook.stat().st_mode) == 0o755


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([{**CONF, "path": "/etc/passwd"}], "files: The path '/etc/passwd' leads out of"),
        ([{**CONF, "path": "sentry/../../x"}], "files: The path 'sentry/../../x' leads out of"),
        ([{**CONF, "path": "."}], "files: The path '.' leads out of"),
        ([CONF, {**CONF, "block": "x"}], "files: 'sentry/sentry.conf.py' is given more than once"),
        ([{**CONF, "mode": "rw"}], "files: The mode 'rw' of sentry/sentry.conf.py is not octal"),
        ([{**CONF, "owner": "no-such-user"}], "files: The owner 'no-such-user' of"),
        ([{**CONF, "group": "no-such-group"}], "files: The group 'no-such-group' of"),
        ([{**CONF, "block": END.decode()}], "sentry/sentry.conf.py: block: It contains a line"),
        ([{**CONF, "path": "sentry/x", "begin_with": "sentry/y"}], "nor 'sentry/y' to begin"),
        ([{**CONF, "path": "sentry"}], "sentry: It cannot be read (Is a directory)"),
    ],
)
def test_what_cannot_be_meant_changes_nothing(
    folder: Path, files: list[dict[str, Any]], expected: str
) -> None:
    before = snapshot(folder)
    outcome = run(folder, [HOOK, *files])
    assert outcome.failed
    assert expected in outcome.msg
    assert snapshot(folder) == before


def test_no_such_folder(tmp_path: Path) -> None:
    outcome = run(tmp_path / "nothing", FILES)
    assert outcome.msg.startswith(f"sentry_dir: The folder '{tmp_path}/nothing' cannot be opened")


def test_a_failure_in_the_middle_says_what_was_changed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshot(folder)
    rename = os.rename

    def refuse(source: str, target: str) -> None:
        if target.endswith("sentry.conf.py"):
            raise OSError(28, "No space left on device")
        rename(source, target)

    monkeypatch.setattr(os, "rename", refuse)
    outcome = run(folder, FILES)
    monkeypatch.undo()
    assert outcome.failed
    assert outcome["changed"] is True
    assert outcome["changed_files"] == ["sentry/enhance-image.sh"]
    assert "No space left on device" in outcome.msg
    run(folder, state="restored")
    assert snapshot(folder) == before


def test_an_unreadable_saved_state(folder: Path) -> None:
    run(folder, FILES)
    (folder / ".encvoy-sentry" / "before.json").write_text("{}")
    assert "It is not what this collection wrote (KeyError)" in run(folder, FILES).msg


STEPS = ("rename", "unlink", "rmdir", "mkdir", "chmod", "utime", "fsync", "open")


def killed_at(number: int, work: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> bool:
    """Do the work in a process that ends before its ``number``-th step; return whether it did."""
    child = os.fork()
    if child == 0:
        count = 0

        def before(function: Callable[..., Any]) -> Callable[..., Any]:
            def counted(*arguments: Any, **options: Any) -> Any:
                nonlocal count
                count += 1
                if count == number:
                    os._exit(9)
                return function(*arguments, **options)

            return counted

        for name in STEPS:
            monkeypatch.setattr(file_functions.os, name, before(getattr(os, name)))
        work()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


def each_step(work: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Do the work again and again, each time killed one step later, at last not killed."""
    number, was_killed = 0, True
    while was_killed:
        number += 1
        was_killed = killed_at(number, work, monkeypatch)
        yield number
    assert number > 10


def test_killed_anywhere_the_next_run_finishes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshot(folder)
    run(folder, FILES)
    after = contents(folder)
    run(folder, state="restored")
    for number in each_step(lambda: run(folder, FILES), monkeypatch):
        run(folder, FILES)
        assert contents(folder) == after, f"finished after step {number}"
        run(folder, state="restored")
        assert snapshot(folder) == before, f"put back after step {number}"


def test_killed_anywhere_the_next_run_puts_back(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshot(folder)
    for number in each_step(lambda: run(folder, FILES), monkeypatch):
        run(folder, state="restored")
        assert snapshot(folder) == before, f"put back after step {number}"


def test_nothing_half_written_stays_in_the_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshot(folder)
    for number in each_step(lambda: run(folder, [CONF, SECRET_FILE]), monkeypatch):
        run(folder, [CONF])
        assert not list(folder.rglob(".encvoy-sentry-new-*")), f"left after step {number}"
        run(folder, state="restored")
    assert snapshot(folder) == before


def test_killed_while_putting_back(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = snapshot(folder)
    run(folder, FILES)
    for number in each_step(lambda: run(folder, state="restored"), monkeypatch):
        run(folder, state="restored")
        assert snapshot(folder) == before, f"put back after step {number}"
        run(folder, FILES)


def test_a_run_takes_the_folder_and_gives_it_back(folder: Path) -> None:
    before = snapshot(folder)
    begun = run(folder, state="begun")
    assert (begun["changed"], begun["saved"]) == (False, False)
    assert snapshot(folder) != before
    assert run(folder, [CONF])["changed"] is True
    run(folder, state="restored")
    assert run(folder, state="ended", run=begun["run"])["changed"] is False
    assert snapshot(folder) == before


def test_a_run_in_check_mode_takes_nothing(folder: Path) -> None:
    before = snapshot(folder)
    run(folder, state="begun", check=True)
    run(folder, state="ended", check=True)
    assert snapshot(folder) == before


def test_set_aside_and_put_back_as_if_nothing_had_been(folder: Path) -> None:
    """Between lines of the site, with the time of the file, whatever the block's own place is."""
    run(folder, [CONF])
    run(folder, state="committed")
    conf = folder / "sentry" / "sentry.conf.py"
    conf.write_bytes(conf.read_bytes() + b"behind = 1\r\n")
    os.utime(conf, (1_700_000_000, 1_700_000_000))
    before = snapshot(folder)

    aside = run(folder, [{**CONF, "block": ""}], state="set_aside", check=True)
    assert (aside["changed_files"], snapshot(folder)) == ([CONF["path"]], before)
    run(folder, [{**CONF, "block": ""}], state="set_aside")
    assert conf.read_bytes() == SITE + b"behind = 1\r\n"
    assert conf.stat().st_mtime == 1_700_000_000
    again = run(folder, [{**CONF, "block": ""}], state="set_aside")
    assert again["changed_files"] == []

    back = run(folder, [CONF])
    assert back["put_back_files"] == back["changed_files"] == [CONF["path"]]
    run(folder, state="committed")
    assert snapshot(folder) == before


def test_what_another_role_changed_meanwhile_is_kept(folder: Path) -> None:
    run(folder, [CONF])
    run(folder, state="committed")
    run(folder, [{**CONF, "block": ""}], state="set_aside")
    conf = folder / "sentry" / "sentry.conf.py"
    conf.write_bytes(SITE + b"new = 1\r\n")
    back = run(folder, [CONF])
    assert (back["changed_files"], back["put_back_files"]) == ([CONF["path"]], [])
    assert conf.read_bytes().startswith(SITE + b"new = 1\r\n" + BEGIN)
    run(folder, state="committed")
    assert [path.name for path in folder.iterdir()] == ["sentry"]


def test_selinux_labels_and_other_attributes_of_the_system_stay(folder: Path) -> None:
    conf = folder / "sentry" / "sentry.conf.py"
    label = b"system_u:object_r:container_file_t:s0:c1,c2"
    try:
        os.setxattr(conf, "security.selinux", label)
    except OSError:
        pytest.skip("this user cannot set security attributes here")
    run(folder, FILES)
    assert os.getxattr(conf, "security.selinux") == label
    run(folder, state="restored")
    assert os.getxattr(conf, "security.selinux") == label
