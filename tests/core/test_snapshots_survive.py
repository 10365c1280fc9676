"""Snapshots survive kills, stale locks, and each other."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fault_trials import TRIALS

from fitlog_core.snapshots import layout
from fitlog_core.snapshots.capture import capture
from fitlog_core.snapshots.fit_logs import read_entries
from fitlog_core.snapshots.listing import list_runs
from fitlog_core.snapshots.project import find_project
from tests.snapshot_tools import fingerprint, git, kept, user_repository, write

LOOP = """
import itertools, sys
from fitlog_core.snapshots.capture import capture
for number in itertools.count():
    for name in range(20):
        open(f"module_{name}.py", "w").write(f"{number} {sys.argv[1]}")
    capture(".", f"round {number}")
    print(number, flush=True)
"""
ONCE = """
import sys
from fitlog_core.snapshots.capture import capture
open(f"own_{sys.argv[1]}.py", "w").write(sys.argv[1])
snapshot = capture(".", sys.argv[1])
print(snapshot.id if snapshot else None)
"""


def age_locks(git_dir, seconds=120.0):
    """Let time pass for whatever a killed git left behind."""
    then = time.time() - seconds
    for lock in git_dir.rglob("*.lock"):
        os.utime(lock, (then, then))


def test_a_kill_at_any_moment_leaves_everything_intact(tmp_path):
    project = user_repository(tmp_path / "work", {"train.py": "1"})
    capture(project, "first")
    start = time.monotonic()
    capture(project, "the same")
    longest = 6 * (time.monotonic() - start)  # within some rounds, however busy the machine
    before = fingerprint(project / ".git")
    chance = random.Random(7)
    for number in range(max(25, TRIALS // 3)):
        process = subprocess.Popen(
            [sys.executable, "-c", LOOP, str(number)],
            cwd=project, start_new_session=True, stdout=subprocess.PIPE,
        )  # fmt: skip
        with process:
            assert process.stdout is not None
            process.stdout.readline()  # one round is done, the next is under way
            time.sleep(chance.uniform(0.0, longest))
            os.killpg(process.pid, signal.SIGKILL)
        age_locks(project / ".fitlog")
        assert kept(project, "fsck", "--strict", "--no-dangling") == ""
        assert fingerprint(project / ".git") == before
        write(project, {"train.py": f"after kill {number}"})
        snapshot = capture(project, "after the kill")
        assert snapshot is not None
        assert kept(project, "show", "HEAD:train.py") == f"after kill {number}"


def test_a_kill_while_fitlog_is_being_made_is_completed_by_the_next_run(tmp_path):
    write(tmp_path, {".fitconfig": "", "train.py": "1"})
    whole = tmp_path / "whole"
    layout.create(whole / ".fitlog")
    pieces = sorted(path for path in (whole / ".fitlog").rglob("*") if path.is_file())
    for piece in pieces:
        project = write(tmp_path / f"without_{piece.name}", {".fitconfig": "", "train.py": "1"})
        layout.create(project / ".fitlog")
        (project / piece.relative_to(whole)).unlink()
        assert capture(project) is not None
        assert (project / piece.relative_to(whole)).is_file()


def test_eight_processes_at_once_all_succeed(tmp_path):
    write(tmp_path, {".fitconfig": "", "train.py": "1"})
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", ONCE, str(number)],
            cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for number in range(8)
    ]  # fmt: skip
    ids = []
    for number, process in enumerate(processes):
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        ids.append(out.strip())
        assert kept(tmp_path, "show", f"{ids[-1]}:own_{number}.py") == str(number)
    history = kept(tmp_path, "log", "--format=%H").split()
    assert set(ids) <= set(history)
    assert kept(tmp_path, "fsck", "--strict", "--no-dangling") == ""
    assert sorted(entry.id for entry in read_entries(tmp_path / ".fitlog")) == sorted(ids)


def test_threads_at_once_all_succeed(tmp_path):
    write(tmp_path, {".fitconfig": "", "train.py": "1"})

    def once(number):
        write(tmp_path, {f"own_{number}.py": str(number)})
        return capture(tmp_path, str(number))

    with ThreadPoolExecutor(4) as pool:
        snapshots = list(pool.map(once, range(8)))
    assert all(snapshots)
    assert kept(tmp_path, "fsck", "--strict", "--no-dangling") == ""


@pytest.mark.parametrize(
    "name", ["index.lock", "HEAD.lock", "config.lock", "refs/heads/master.lock", "packed-refs.lock"]
)
def test_a_lock_older_than_a_minute_is_removed_and_named(tmp_path, capsys, name):
    write(tmp_path, {".fitconfig": "", "train.py": "1"})
    capture(tmp_path)
    write(tmp_path, {f".fitlog/{name}": "", "train.py": "2"})
    age_locks(tmp_path / ".fitlog", 300)
    capsys.readouterr()
    assert capture(tmp_path) is not None
    assert capsys.readouterr().err == (
        f"fitlog: removed {tmp_path}/.fitlog/{name}, which an interrupted git left there "
        "5 minutes ago\n"
    )
    assert not (tmp_path / ".fitlog" / name).exists()


def test_a_younger_lock_is_waited_for_and_then_removed(tmp_path, capsys):
    write(tmp_path, {".fitconfig": "", "train.py": "1"})
    capture(tmp_path)
    lock = tmp_path / ".fitlog" / "refs" / "heads" / "master.lock"
    write(tmp_path, {".fitlog/refs/heads/master.lock": "", "train.py": "2"})
    age_locks(tmp_path / ".fitlog", 57)
    numbers = random.getstate()
    start = time.monotonic()
    assert capture(tmp_path) is not None
    assert 2 < time.monotonic() - start < 10
    assert random.getstate() == numbers, "a seeded training would draw other numbers"
    said = capsys.readouterr().err
    assert f"waiting for {lock}, at most until it is 60 s old" in said
    assert f"removed {lock}" in said


def test_an_index_lock_that_somebody_holds_is_not_in_the_way(tmp_path):
    write(tmp_path, {".fitconfig": "", "train.py": "1", ".fitlog/index.lock": ""})
    assert capture(tmp_path) is not None
    assert (tmp_path / ".fitlog" / "index.lock").exists()


def test_a_branch_that_cannot_be_written_is_an_error_and_no_endless_wait(tmp_path, capsys):
    write(tmp_path, {".fitconfig": "", "train.py": "1"})
    capture(tmp_path)
    write(tmp_path, {"train.py": "2"})
    (tmp_path / ".fitlog" / "refs" / "heads" / "master").write_text("garbage\n")
    start = time.monotonic()
    assert capture(tmp_path) is None
    assert time.monotonic() - start < 10
    assert "no snapshot of the code: git update-ref failed" in capsys.readouterr().err


def test_what_killed_processes_left_of_an_index_is_cleared_after_an_hour(tmp_path):
    write(tmp_path, {".fitconfig": "", "train.py": "1"})
    capture(tmp_path)
    write(tmp_path, {".fitlog/fitlog-index-1-old": "", ".fitlog/fitlog-index-2-new": ""})
    os.utime(tmp_path / ".fitlog" / "fitlog-index-1-old", (1, 1))
    capture(tmp_path)
    assert [path.name for path in (tmp_path / ".fitlog").glob("fitlog-index-*")] == [
        "fitlog-index-2-new"
    ]


def test_a_commit_whose_process_was_killed_before_its_record_is_listed(tmp_path):
    write(tmp_path, {".fitconfig": "", "train.py": "1"})
    snapshot = capture(tmp_path)
    assert snapshot is not None
    (tmp_path / ".fitlog" / "fit_logs").unlink()
    entries = list_runs(find_project(tmp_path))
    assert [(entry.id, entry.arguments) for entry in entries] == [(snapshot.id, "(not recorded)")]


def test_a_full_disk_stops_no_training(tmp_path, run_python):
    write(tmp_path, {".fitconfig": "", "train.py": "x" * 100_000})
    code = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "from fitlog_core.snapshots.capture import capture;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20, 20));"
        "print(capture('.'))"
    )
    done = run_python(code, cwd=tmp_path)
    assert done.stdout == "None\n"
    assert "fitlog: no snapshot of the code: " in done.stderr
    assert capture(tmp_path) is not None


WATCHED = """
import subprocess, sys
from pathlib import Path
from fitlog_core.snapshots import layout
is_looking, looks, seen = False, 0, set()
def look(event, *_):
    global is_looking, looks
    if not is_looking and event in ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir"):
        is_looking = True
        seen.add(subprocess.run(ASKED, capture_output=True, check=True).stdout)
        is_looking, looks = False, looks + 1
ASKED = ["git", "status", "--porcelain", "-uall"]
sys.addaudithook(look)
layout.create(Path(".fitlog").absolute())
print(looks, seen)
"""


def test_the_users_git_sees_nothing_of_a_folder_of_snapshots_that_is_just_made(tmp_path):
    """It looks before every call that makes, moves or removes a file."""
    project = user_repository(tmp_path / "work")
    done = subprocess.run(
        [sys.executable, "-c", WATCHED], cwd=project, check=True, capture_output=True,
        encoding="utf-8", env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
    )  # fmt: skip
    looks, seen = done.stdout.strip().split(" ", 1)
    assert int(looks) > 12
    assert seen == "{b''}"
    assert layout.exists(project / ".fitlog")
    assert sorted(path.name for path in (project / ".fitlog").iterdir()) == [
        ".gitignore", "HEAD", "config", "info", "objects", "refs",
    ]  # fmt: skip


def test_a_kill_while_the_folder_is_hidden_from_git_leaves_nothing_of_it(tmp_path):
    project = user_repository(tmp_path / "work")
    write(project, {".fitlog/.git/.gitignore.1-abc.tmp": "*\n"})
    assert git(project, "status", "--porcelain", "-uall") == ""
    layout.create(project / ".fitlog")
    assert not (project / ".fitlog" / ".git").exists()


def test_a_folder_that_another_process_takes_away_between_two_looks_is_made_again(
    tmp_path, monkeypatch
):
    project = user_repository(tmp_path / "work")
    taken, mkdir = [], Path.mkdir

    def raced(path: Path, *arguments, **named) -> None:
        if path.name == layout._UNSEEN and not taken:
            taken.append(path)
            raise FileExistsError(path)
        mkdir(path, *arguments, **named)

    monkeypatch.setattr(Path, "mkdir", raced)
    layout.create(project / ".fitlog")
    assert taken
    assert layout.exists(project / ".fitlog")


def test_many_processes_make_one_folder_of_snapshots(tmp_path):
    project = user_repository(tmp_path / "work")
    for _ in range(20):
        git_dir = project / ".fitlog"
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(layout.create, [git_dir] * 8))
        assert layout.exists(git_dir)
        assert not (git_dir / ".git").exists()
        assert not list(git_dir.rglob("*.tmp"))
        git_dir.rename(tmp_path / "forgotten")
        shutil.rmtree(tmp_path / "forgotten")
