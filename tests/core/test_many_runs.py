"""Runs of one process, as of a search: each tells what it is by, and what changed in between."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from recording_tools import facts_when, is_gathered, runs
from snapshot_tools import git, user_repository, write

from fitlog_core import log_format
from fitlog_core.reading.provenance import read_provenance
from fitlog_core.snapshots.provenance import child, document, gathering, packages, sharing
from fitlog_core.snapshots.provenance import line as line_module
from fitlog_core.snapshots.provenance.line import LONGEST, Line, Receiver, new_line

BEGIN = (
    "import os, sys, fitlog\n"
    "def begin():\n"
    "    with fitlog.Run('logs') as run:\n"
    "        run.add_loss(0.5, 1)\n"
)


def helpers_of(folder: Path) -> list[int]:
    """The processes that gather for runs below a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes()
        except OSError:  # it has just ended
            continue
        if b"gathering" in words and os.fsencode(folder) in words:
            found.append(int(process.name))
    return found


# ------------------------------------------------------------- what is told


def test_a_later_run_tells_as_much_as_the_first(run_script, tmp_path):
    user_repository(tmp_path, {"main.py": "", ".gitignore": "logs\nmain.py\n"})
    run_script(BEGIN + "begin()\nbegin()\nbegin()\n", "--lr", "0.1")
    first, *later = (facts_when(run, is_gathered) for run in runs(tmp_path / "logs"))
    assert first["argv"][1:] == ["--lr", "0.1"]
    assert first["sources"] == ["main.py"]
    assert later[1] == later[0]
    for facts in later:  # what fitlog itself imported at the first one is loaded by then
        loaded = facts["packages"].pop("loaded")
        assert loaded.items() >= first["packages"]["loaded"].items()
        assert {**facts, "packages": None} == {**first, "packages": None}
        assert facts["packages"].items() <= first["packages"].items()


def test_a_head_that_moved_between_two_runs_is_told_truthfully(run_script, tmp_path):
    user_repository(tmp_path, {"main.py": "", ".gitignore": "logs\nmain.py\n"})
    before = git(tmp_path, "rev-parse", "HEAD")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "Later")
    after = git(tmp_path, "rev-parse", "HEAD")
    git(tmp_path, "checkout", "-q", before)
    run_script(
        BEGIN + "import glob, subprocess, time\nbegin()\n"
        "while 'dirty' not in open(glob.glob('logs/*/provenance.json')[0]).read():\n"
        "    time.sleep(0.01)\n"
        f"subprocess.run(['git', 'checkout', '-q', '{after}'], check=True)\nbegin()\n"
    )
    folders = runs(tmp_path / "logs")
    first, later = (facts_when(run, is_gathered) for run in folders)
    assert (first["git"]["commit"], first["git"]["dirty"]) == (before, False)
    assert (later["git"]["commit"], later["git"]["dirty"]) == (after, False)
    assert log_format.read_meta(folders[0])["git_msg"] == "The user's commit"
    assert log_format.read_meta(folders[1])["git_msg"] == "Later"


def test_a_package_that_is_installed_between_two_runs_is_told(run_script, tmp_path):
    write(tmp_path, {"site/a-1.dist-info/METADATA": ""})
    long_ago = time.time() - 60
    os.utime(tmp_path / "site", (long_ago, long_ago))
    run_script(
        BEGIN + "sys.path.append('site')\nbegin()\nos.mkdir('site/b_c-2.dist-info')\nbegin()\n"
        "os.rename('site/b_c-2.dist-info', 'site/b_c-3.dist-info')\nbegin()\n"
    )
    told = []
    for run in runs(tmp_path / "logs"):
        name = read_provenance(run)["packages"]["set"]
        lines = Path(log_format.packages_path(tmp_path / "logs", name)).read_text().splitlines()
        told.append([line for line in lines if line.startswith(("a==", "b-c=="))])
    assert told == [["a==1"], ["a==1", "b-c==2"], ["a==1", "b-c==3"]]


def test_a_folder_of_packages_that_stays_as_it_is_is_read_once(tmp_path, monkeypatch):
    write(tmp_path, {"a-1.dist-info/METADATA": ""})
    monkeypatch.setattr(packages, "time_ns", lambda: time.time_ns() + 60 * 10**9)  # later
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert packages.installed() == {"a": "1"}
    monkeypatch.setattr(os, "listdir", lambda place: pytest.fail(f"{place} is read again"))
    assert packages.installed() == {"a": "1"}


def test_a_module_that_is_imported_between_two_runs_is_told(run_script, tmp_path):
    write(tmp_path, {".fitconfig": "", "part.py": ""})
    run_script(BEGIN + "begin()\nbegin()\nimport part\nbegin()\n")
    told = [read_provenance(run)["sources"] for run in runs(tmp_path / "logs")]
    assert told == [["main.py"], ["main.py"], ["main.py", "part.py"]]


def test_a_change_of_place_between_two_runs_is_told(run_script, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    run_script(
        BEGIN.replace("'logs'", "sys.argv[1]") + "begin()\nos.chdir('elsewhere')\nbegin()\n",
        str(tmp_path / "logs"),
    )
    told = [read_provenance(run)["cwd"] for run in runs(tmp_path / "logs")]
    assert told == [str(tmp_path), str(tmp_path / "elsewhere")]


def test_a_forked_child_tells_its_own(run_script, tmp_path):
    user_repository(tmp_path, {"main.py": "", ".gitignore": "logs\nmain.py\n"})
    run_script(
        BEGIN + "begin()\nchild = os.fork()\n"
        "if child == 0:\n"
        "    sys.argv.append('--child')\n"
        "    os.environ['OMP_NUM_THREADS'] = '3'\n"
        "    begin()\n"
        "    os._exit(0)\n"
        "os.waitpid(child, 0)\nbegin()\n"
    )
    folders = runs(tmp_path / "logs")
    facts = [facts_when(run, is_gathered) for run in folders]
    assert [said["argv"][1:] for said in facts] == [[], ["--child"], []]
    assert facts[1]["variables"]["OMP_NUM_THREADS"] == "3"
    pids = [log_format.read_meta(run)["pid"] for run in folders]
    assert pids[0] == pids[2] != pids[1]


# --------------------------------------------------------- the one that gathers


def test_one_process_gathers_for_all_runs_and_ends_with_the_script(run_script, tmp_path):
    user_repository(tmp_path, {"main.py": "", ".gitignore": "logs\nmain.py\n"})
    count = (
        "import glob, time\n"
        "def words_of(path):\n"
        "    try: return open(path, 'rb').read()\n"
        "    except OSError: return b''\n"
        "def is_ours(words):\n"
        "    return b'gathering' in words and os.fsencode(os.getcwd()) in words\n"
        "found = {'': b'/bin/sh'}\n"
        # The shell that starts the process is not counted, but waited for.
        "while not found or any(words.startswith(b'/bin/sh') for words in found.values()):\n"
        "    every = {path: words_of(path) for path in glob.glob('/proc/[0-9]*/cmdline')}\n"
        "    found = {path: words for path, words in every.items() if is_ours(words)}\n"
        "ours = list(found)\n"
        "print(len(ours))\n"
        "while os.readlink(ours[0].replace('cmdline', 'cwd')) != '/':\n"  # no folder is held
        "    time.sleep(0.01)\n"
    )
    done = run_script(BEGIN + "for _ in range(5): begin()\n" + count)
    assert done.stdout == "1\n"
    for run in runs(tmp_path / "logs"):
        facts_when(run, is_gathered)
    until = time.monotonic() + 60
    while helpers_of(tmp_path) and time.monotonic() < until:
        time.sleep(0.02)
    assert helpers_of(tmp_path) == []


def test_a_kill_of_the_training_leaves_no_run_without_its_look(tmp_path):
    user_repository(tmp_path, {".gitignore": "logs\nmain.py\n"})
    code = BEGIN + "for _ in range(3): begin()\nos.kill(os.getpid(), 9)\n"
    (tmp_path / "main.py").write_text(code)
    done = subprocess.run([sys.executable, "main.py"], cwd=tmp_path, timeout=60)
    assert done.returncode == -signal.SIGKILL
    folders = runs(tmp_path / "logs")
    assert len(folders) == 3
    assert all(facts_when(run, is_gathered)["git"]["dirty"] is False for run in folders)


def test_a_task_that_comes_as_the_other_end_leaves_is_not_lost(tmp_path):
    line, receiver = ends()
    assert line.hand_over({"path": "a"})
    receiver.refuse_more()
    assert not line.hand_over({"path": "b"})  # so another process is started for it
    assert receiver.next_task(60) == {"path": "a"}
    assert receiver.next_task(60) is None
    assert not receiver.is_open


def test_an_end_that_does_not_read_makes_nobody_wait(tmp_path):
    line, receiver = ends()
    taken = 0
    while line.hand_over({"path": "x" * 500}):
        taken += 1
    del line
    read = 0
    while receiver.next_task(60) is not None:
        read += 1
    assert read == taken > 1


def test_a_training_whose_other_end_is_gone_meets_no_signal():
    code = (
        "import signal; signal.signal(signal.SIGPIPE, signal.SIG_DFL)\n"
        "from fitlog_core.snapshots.provenance.line import new_line\n"
        "line = new_line(); line.close_other(); print(line.hand_over({}))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "False\n")


def test_a_descriptor_that_somebody_took_for_his_own_gets_no_task():
    line, _ = ends()
    mine, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    os.dup2(mine.fileno(), line._own.fileno())
    assert not line.hand_over({"path": "a"})
    descriptor = line._own.fileno()
    del line
    os.fstat(descriptor)  # still open: it is his
    os.close(descriptor)
    with mine, other:
        other.setblocking(False)
        with pytest.raises(BlockingIOError):
            other.recv(1)


def test_a_task_too_long_for_the_line_is_left_to_another_process():
    line, receiver = ends()
    assert not line.hand_over({"path": "x" * LONGEST})
    assert line.hand_over({"path": "a"})
    assert receiver.next_task(60) == {"path": "a"}


def test_where_standard_streams_are_closed_there_is_no_line():
    code = (
        "import os; os.close(0)\n"
        "from fitlog_core.snapshots.provenance.line import new_line\n"
        "print(new_line())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "None\n"


def ends() -> tuple[Line, Receiver]:
    line = new_line()
    assert line is not None
    receiver = Receiver(os.dup(line.other))
    line.close_other()
    return line, receiver


def test_without_a_line_each_run_has_a_process_of_its_own(tmp_path, monkeypatch):
    repository = user_repository(tmp_path / "work")
    monkeypatch.setattr(line_module, "new_line", lambda: None)
    child._helper.cache_clear()
    for name in "ab":
        path = tmp_path / f"{name}.json"
        document.write_new(str(path), {})
        child.start({"path": str(path), "work_tree": str(repository)})
    child._helper.cache_clear()
    until = time.monotonic() + 60
    while not all(b"dirty" in (tmp_path / f"{name}.json").read_bytes() for name in "ab"):
        assert time.monotonic() < until
        time.sleep(0.02)


# ---------------------------------------------------------------- shared looks


def told(path: Path) -> dict:
    return json.loads(path.read_bytes())


@pytest.fixture
def tasks(tmp_path: Path):
    """Return a function that makes a task, and the looks that were taken."""

    def make(name: str, **wanted: object) -> dict:
        path = tmp_path / name
        document.write_new(str(path), {})
        return {"path": str(path), **wanted}

    return make


def test_runs_that_begin_together_share_a_look_which_is_none_from_before(tasks, tmp_path):
    looked = []

    def look(work_tree: str) -> dict:
        looked.append(work_tree)
        return {"number": len(looked)}

    looks = sharing.SharedLooks(look, dict)
    for name in "abc":
        looks.take(tasks(name, work_tree="/work"))
    looks.take(tasks("other", work_tree="/other"))
    assert looked == ["/work", "/other"]
    assert told(tmp_path / "b") == {}
    assert 0 < looks.seconds_to_wait() <= sharing.PAUSE
    looks.answer()
    assert looked == ["/work", "/other"]
    looks.answer(is_last=True)
    assert looked == ["/work", "/other", "/work"]
    assert [told(tmp_path / name)["git"]["number"] for name in "abc"] == [1, 3, 3]
    assert looks.seconds_to_wait() is None


def test_of_a_commit_that_is_left_by_the_time_of_the_look_nothing_is_told(tasks, tmp_path):
    repository = str(user_repository(tmp_path / "work"))
    before = git(tmp_path / "work", "rev-parse", "HEAD")
    looks = sharing.SharedLooks(gathering.state_of, dict)
    for name in "ab":
        looks.take(tasks(name, work_tree=repository, commit=before))
    git(tmp_path / "work", "commit", "-q", "--allow-empty", "-m", "Later")
    after = git(tmp_path / "work", "rev-parse", "HEAD")
    looks.take(tasks("c", work_tree=repository, commit=after))
    looks.answer(is_last=True)
    clean = {"git": {"dirty": False}}
    assert [told(tmp_path / name) for name in "abc"] == [clean, {}, clean]


def test_cards_are_asked_for_once_and_a_run_that_is_gone_stops_nothing(tasks, tmp_path):
    asked = []
    looks = sharing.SharedLooks(dict, lambda: asked.append(1) or {"names": ["A100"]})
    looks.take({"path": str(tmp_path / "gone" / "provenance.json"), "gpu": True})
    for name in "ab":
        looks.take(tasks(name, gpu=True))
    assert [told(tmp_path / name) for name in "ab"] == [{"gpu": {"names": ["A100"]}}] * 2
    assert asked == [1]
