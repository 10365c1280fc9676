"""fitlog.commit keeps the code of a run and touches nothing of the user's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fitlog_core.snapshots.capture import capture, last_snapshot_id
from tests.snapshot_tools import (
    fingerprint,
    git,
    kept,
    kept_files,
    make_old_fitlog,
    user_repository,
    write,
)

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path):
    return write(tmp_path / "project", {"train.py": "print(1)\n", ".fitconfig": ""})


def test_a_snapshot_holds_the_watched_files_and_the_message(project):
    snapshot = capture(project / "train.py", "try a larger rate\n\nbecause")
    assert snapshot is not None
    assert snapshot.id == kept(project, "rev-parse", "master")
    assert snapshot.project == project
    assert kept_files(project) == ["train.py"]
    assert kept(project, "log", "-1", "--format=%an %ae %cn %B") == (
        "fitlog fitlog@localhost fitlog try a larger rate\n\nbecause"
    )


def test_the_first_snapshot_says_in_one_line_where_it_is_kept(project, capsys):
    capture(project / "train.py")
    assert capsys.readouterr().err == (
        f"fitlog: the code of {project} is kept in {project}/.fitlog from now on\n"
    )
    write(project, {"train.py": "print(2)\n"})
    capture(project / "train.py")
    assert capsys.readouterr().err == ""


def test_changed_new_and_deleted_files_are_in_the_next_snapshot(project):
    write(project, {"a.py": "1", "folder/b.py": "1"})
    capture(project)
    (project / "a.py").unlink()
    write(project, {"folder/b.py": "2", "c.py": "new"})
    capture(project)
    assert kept_files(project) == ["c.py", "folder/b.py", "train.py"]
    assert kept(project, "show", "HEAD:folder/b.py") == "2"


def test_a_file_may_become_a_folder_and_back(project):
    write(project, {"x.py": "1"})
    capture(project)
    (project / "x.py").unlink()
    write(project, {"x.py/y.py": "1"})
    capture(project)
    assert kept_files(project) == ["train.py", "x.py/y.py"]
    (project / "x.py" / "y.py").unlink()
    (project / "x.py").rmdir()
    write(project, {"x.py": "2"})
    capture(project)
    assert kept_files(project) == ["train.py", "x.py"]


def test_a_change_of_the_same_size_right_after_a_snapshot_is_seen(project):
    for number in range(10):
        write(project, {"train.py": f"print({number})\n"})
        capture(project)
        assert kept(project, "show", "HEAD:train.py") == f"print({number})"


def test_an_unchanged_project_keeps_its_id_and_is_listed_again(project):
    first, second = capture(project, "one"), capture(project, "two")
    assert first is not None
    assert second is not None
    assert first.id == second.id
    assert (project / ".fitlog" / "fit_logs").read_text().count(first.id) == 2
    assert kept(project, "rev-list", "--count", "HEAD") == "1"


def test_the_reflog_has_each_commit_as_fitlog_0_9_expects(project):
    ids = []
    for number in range(3):
        write(project, {"train.py": str(number)})
        snapshot = capture(project, f"version {number}")
        assert snapshot is not None
        ids.append(snapshot.id)
    lines = (project / ".fitlog" / "logs" / "refs" / "heads" / "master").read_text().splitlines()
    assert [line.split()[1] for line in lines] == ids
    assert lines[-1].endswith("\tcommit: version 2")


def test_files_are_kept_byte_for_byte_whatever_the_user_has_configured(project, monkeypatch):
    files = {
        "crlf.py": b"a\r\nb\n\r\n",
        "ident.py": b"# $Id$\n",
        "lfs.py": b"big",
        "utf16.py": "x = 1\r\n".encode("utf-16"),
        "noise.py": bytes(range(256)) * 40,
        "ünï 数据\n.py": b"name",
    }
    write(project, files)
    write(
        project,
        {
            ".gitattributes": "* text=auto eol=lf ident\nlfs.py filter=lfs\n"
            "utf16.py working-tree-encoding=UTF-16\n"
        },
    )
    config = (
        write(
            project.parent,
            {
                "config": "[core]\nautocrlf=input\nsafecrlf=true\n"
                '[filter "lfs"]\nclean=false\nrequired=true\n'
                "[commit]\ngpgsign=true\n"
            },
        )
        / "config"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    assert capture(project) is not None
    for name, content in files.items():
        shown = subprocess.run(
            ["git", "--git-dir=.fitlog", "cat-file", "blob", f"HEAD:{name}"],
            cwd=project, capture_output=True, check=True,
        )  # fmt: skip
        assert shown.stdout == content


def test_the_executable_bit_and_links_are_kept(project):
    (project / "train.py").chmod(0o755)
    (project / "link.py").symlink_to("train.py")
    capture(project)
    modes = [line.split()[0] for line in kept(project, "ls-tree", "HEAD").splitlines()]
    assert modes == ["120000", "100755"]


def test_files_that_the_users_git_ignores_are_kept(project):
    write(project, {".gitignore": "*.py\n", "secret/deep.py": ""})
    capture(project)
    assert kept_files(project) == ["secret/deep.py", "train.py"]


def test_no_byte_of_the_users_repository_changes(tmp_path):
    project = user_repository(tmp_path / "work", {"a.py": "1", ".gitignore": "*.log\n"})
    hook = project / ".git" / "hooks" / "post-commit"
    write(project, {".git/hooks/post-commit": f"#!/bin/sh\ntouch {tmp_path}/hook-ran\n"})
    hook.chmod(0o755)
    git(project, "config", "core.hooksPath", str(hook.parent))
    write(project, {"a.py": "2", "staged.py": "s", "untracked.py": "u"})
    git(project, "add", "staged.py")
    os.utime(project / ".gitignore", (1, 1))
    before, ignore = fingerprint(project / ".git"), (project / ".gitignore").read_bytes()
    for number in range(3):
        write(project, {"a.py": f"{number} more"})
        assert capture(project / "a.py", "why") is not None
    assert fingerprint(project / ".git") == before
    assert (project / ".gitignore").read_bytes() == ignore
    assert not (tmp_path / "hook-ran").exists()


@pytest.mark.parametrize("ignores", ["", "*.log\n", "!.fitlog\n"])
def test_the_users_add_and_clean_pass_fitlog_by(tmp_path, ignores):
    project = user_repository(tmp_path / "work", {"a.py": "1", ".gitignore": ignores})
    write(project, {"new.py": "1"})
    snapshot = capture(project / "a.py")
    assert snapshot is not None
    assert ".fitlog" not in git(project, "status", "--porcelain", "-uall")
    git(project, "add", "-A")
    assert ".fitlog" not in git(project, "ls-files")
    git(project, "clean", "-fd")
    assert last_snapshot_id(project) == snapshot.id
    assert kept(project, "fsck", "--strict") == ""


def test_git_variables_of_the_caller_lead_nowhere(project, tmp_path, monkeypatch):
    other = user_repository(tmp_path / "other")
    before = fingerprint(other / ".git")
    git_dir = str(other / ".git")
    for name in ("GIT_DIR", "GIT_COMMON_DIR"):
        monkeypatch.setenv(name, git_dir)
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git" / "index"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(other / ".git" / "objects"))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2001-01-01T00:00:00")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.autocrlf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "input")
    write(project, {"train.py": b"a\r\n"})
    snapshot = capture(project)
    for name in list(os.environ):
        if name.startswith("GIT_") and not name.startswith("GIT_CONFIG_GLOBAL"):
            monkeypatch.delenv(name)
    assert snapshot is not None
    assert fingerprint(other / ".git") == before
    assert kept(project, "log", "--format=%H %an") == f"{snapshot.id} fitlog"
    assert abs(int(kept(project, "log", "--format=%ct")) - time.time()) < 60
    assert kept(project, "cat-file", "-s", "HEAD:train.py") == "3"


def test_the_environment_of_the_process_stays_as_it_is(run_python, project):
    code = (
        "import os, sys; before = dict(os.environ);"
        "from fitlog_core.snapshots.capture import capture;"
        f"print('git' in sys.modules, capture({str(project)!r}) is not None);"
        "print(dict(os.environ) == before)"
    )
    assert run_python(code).stdout == "False True\nTrue\n"


def test_without_a_git_executable_one_line_is_said_and_nothing_made(run_python, project):
    code = (
        "from fitlog_core.snapshots.capture import capture;"
        f"print(capture({str(project)!r}), capture({str(project)!r}))"
    )
    done = run_python(code, env={"PATH": "/nowhere"})
    assert done.stdout == "None None\n"
    assert done.stderr == (
        "fitlog: no snapshot of the code: there is no git executable ('git' is not on the PATH); "
        "install git\n"
    )
    assert not (project / ".fitlog").exists()


def test_a_module_of_the_users_called_git_disturbs_nothing(run_python, project):
    write(project, {"git.py": "x = 1"})
    code = "from fitlog_core.snapshots.capture import capture; print(capture('.'))"
    done = run_python(code, cwd=project)
    assert done.stdout == "None\n"
    assert done.stderr.startswith("fitlog: no snapshot of the code: GitPython cannot be used: ")


def test_hooks_that_an_old_fitlog_may_hold_do_not_run(project):
    capture(project)
    for name in ("reference-transaction", "post-index-change"):
        write(project, {f".fitlog/hooks/{name}": "#!/bin/sh\ntouch hook-ran\n", "train.py": name})
        (project / ".fitlog" / "hooks" / name).chmod(0o755)
    assert capture(project) is not None
    assert not list(project.rglob("hook-ran"))


def test_a_forbidden_place_is_said_once(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HOME", str(tmp_path))
    write(tmp_path, {"train.py": ""})
    assert capture(tmp_path / "train.py") is None
    assert capture(tmp_path / "train.py") is None
    assert capsys.readouterr().err.count("is no place for a project") == 1
    assert last_snapshot_id(tmp_path / "train.py") == "error"
    assert not (tmp_path / ".fitlog").exists()


def test_a_project_that_cannot_be_written_does_not_stop_training(project, capsys):
    write(project, {".fitlog": "a file"})
    assert capture(project) is None
    assert f"{project}/.fitlog is not a folder" in capsys.readouterr().err


def test_a_file_that_cannot_be_read_is_said_and_the_rest_kept(project):
    from tests.core.test_snapshots_walk import as_mortal

    write(project, {"locked.py": "x"})
    (project / "locked.py").chmod(0)
    code = "from fitlog_core.snapshots.capture import capture; print(capture('.') is not None)"
    done = subprocess.run(
        [*as_mortal(), sys.executable, "-c", code], cwd=project, capture_output=True, text=True
    )
    assert done.stdout == "True\n"
    assert "not in the snapshot, for they cannot be read: locked.py" in done.stderr
    assert kept_files(project) == ["train.py"]


def test_objects_that_cannot_be_stored_leave_no_older_version_in_place_of_the_code(project, capsys):
    capture(project)
    write(project, {"train.py": "another version"})
    first_digits = git(project, "hash-object", "train.py")[:2]
    write(project, {f".fitlog/objects/{first_digits}": "no room: a file where git needs a folder"})
    assert capture(project) is None
    told = capsys.readouterr().err
    assert "train.py: failed to insert into database" in told
    assert "cannot be read" not in told


def test_a_copy_of_the_index_that_finds_no_room_leaves_no_part_of_it(project):
    capture(project)
    code = """
import resource
from fitlog_core.snapshots.capture import capture
resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))
print(capture("."))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=True
    )
    assert done.stdout == "None\n"
    assert "no snapshot of the code: [Errno 27]" in done.stderr
    assert not list((project / ".fitlog").glob("fitlog-index-*"))


def test_rules_that_match_nothing_are_said(project, capsys):
    write(project, {".fitconfig": "[fit_settings]\nwatched_rules = *.rs\n"})
    capture(project)
    assert "matches watched_rules (*.rs)" in capsys.readouterr().err


@pytest.mark.parametrize("message", ["", "\0", "\udcff", "-m x", "数据 📈", "a" * 200_000])
def test_any_message_will_do(project, message):
    assert capture(project, message) is not None
    assert kept(project, "fsck", "--strict") == ""


def test_a_damaged_index_is_made_anew(project):
    capture(project)
    write(project, {".fitlog/index": b"DIRC garbage", "train.py": "print(2)\n"})
    assert capture(project) is not None
    assert kept(project, "show", "HEAD:train.py") == "print(2)"


def test_secrets_on_the_command_line_are_masked(project, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["train.py", "--password", "hunter2", "--lr=1\n2"])
    capture(project)
    text = (project / ".fitlog" / "fit_logs").read_text()
    assert "Run train.py --password *** --lr=1 2\n" in text
    assert "hunter2" not in text


def test_a_child_of_multiprocessing_records_nothing(run_python, project):
    code = f"""
import multiprocessing, sys
from fitlog_core.snapshots.capture import capture

def child(queue):
    queue.put(capture({str(project)!r}))

if __name__ == "__main__":
    assert capture({str(project)!r}) is not None
    open({str(project / "train.py")!r}, "a").write("# more")
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    process = context.Process(target=child, args=(queue,))
    process.start(); print(queue.get()); process.join()
"""
    assert run_python(code).stdout == "None\n"
    assert kept(project, "rev-list", "--count", "HEAD") == "1"


def test_a_fitlog_that_0_9_made_goes_on(tmp_path):
    old_id = make_old_fitlog(tmp_path / "project")
    project = tmp_path / "project"
    ignore = (project / ".fitlog" / ".gitignore").read_text()
    write(project, {"main.py": "print('new')\n"})
    snapshot = capture(project / "main.py", "goes on")
    assert snapshot is not None
    assert kept(project, "rev-parse", "HEAD^") == old_id
    reflog = (project / ".fitlog" / "logs" / "refs" / "heads" / "master").read_text().split("\n")
    assert [line.split()[1] for line in reflog if line] == [old_id, snapshot.id]
    assert (project / ".fitlog" / ".gitignore").read_text() == ignore


def test_a_fitlog_that_0_9_made_on_another_branch_goes_on_as_master(tmp_path):
    old_id = make_old_fitlog(tmp_path / "project")
    project = tmp_path / "project"
    kept(project, "branch", "-m", "master", "main")
    write(project, {"main.py": "print('new')\n"})
    snapshot = capture(project / "main.py")
    assert snapshot is not None
    assert kept(project, "rev-parse", "master^") == old_id
    assert (project / ".fitlog" / "HEAD").read_text() == "ref: refs/heads/master\n"


def test_a_half_switched_project_is_left_alone_and_told_so(tmp_path, capsys):
    project = user_repository(tmp_path / "work", {"a.py": ""})
    (project / ".git").rename(project / ".git_backup")
    write(project, {".fitconfig": "", ".fitlog/HEAD": "ref: refs/heads/master"})
    before = fingerprint(project)
    assert capture(project / "a.py") is None
    assert "'fitlog init' there puts it right" in capsys.readouterr().err
    assert fingerprint(project) == before


def test_a_second_snapshot_of_a_small_project_is_quick(project):
    capture(project)
    start = time.perf_counter()
    capture(project)
    assert time.perf_counter() - start < 0.5  # some 15 ms on an idle machine


def test_only_changed_files_are_hashed_again(project):
    write(project, {f"module_{number}.py": str(number) for number in range(50)})
    capture(project)
    time.sleep(0.05)
    write(project, {"module_7.py": "changed"})
    before = {path for path in (project / ".fitlog" / "objects").rglob("*") if path.is_file()}
    capture(project)
    after = {path for path in (project / ".fitlog" / "objects").rglob("*") if path.is_file()}
    assert len(after - before) == 3  # a file, a tree, a commit


def test_the_snapshot_module_imports_no_gitpython(run_python):
    code = "import sys, json, fitlog_core.snapshots.capture; print(json.dumps([*sys.modules]))"
    loaded = json.loads(run_python(code).stdout)
    assert not {"git", "gitdb", "multiprocessing"} & set(loaded)


IN_A_NOTEBOOK = """
import sys, types
sys.modules["ipykernel"] = types.ModuleType("ipykernel")  # what a notebook's kernel has loaded
from fitlog_core.snapshots.capture import capture
capture(".")
"""


def test_a_notebook_whose_cells_are_not_kept_is_told_so(project, run_python):
    done = run_python(IN_A_NOTEBOOK, cwd=project)
    assert "the cells of this notebook are not in the snapshot" in done.stderr
    assert "add *.ipynb to watched_rules" in done.stderr


def test_a_notebook_that_is_kept_is_not_spoken_of(project, run_python):
    rules = "[fit_settings]\nwatched_rules = *.py, *.ipynb\n"
    write(project, {"work.ipynb": "{}", ".fitconfig": rules})
    assert "cells" not in run_python(IN_A_NOTEBOOK, cwd=project).stderr
