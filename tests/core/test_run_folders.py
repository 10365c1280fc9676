"""Where and when a run's folder appears."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recording_tools import lines, meta_lines, only_run, runs, said, steps

import fitlog
from fitlog_core import log_format
from fitlog_core.recording import meta

EIGHT = {f"{kind}.log" for kind in log_format.FILES}


def test_nothing_appears_before_the_first_loss_metric_or_best_metric(new_run, tmp_path):
    run = new_run()
    run.add_hyper(1, "a")
    run.add_other(2, "b")
    run.add_progress(10)
    run.add_to_line("x")
    run.finish()
    assert list((tmp_path / "logs").iterdir()) == []


@pytest.mark.parametrize(
    "first",
    [
        lambda run: run.add_loss(0.5, 0, "a"),
        lambda run: run.add_metric(0.5, 0, "a"),
        lambda run: run.add_best_metric(0.5, "a"),
        lambda run: run.create_log_folder(),
    ],
    ids=["loss", "metric", "best_metric", "create_log_folder"],
)
def test_the_first_of_these_makes_the_folder_with_what_was_given_earlier(first, new_run, tmp_path):
    run = new_run()
    run.add_hyper(1, "a")
    run.add_hyper(2, "b")
    run.add_other(3, "c")
    run.add_progress(10)
    run.add_to_line("one")
    run.add_to_line("two")
    first(run)
    folder = only_run(tmp_path / "logs")
    assert lines(folder, "hyper") == [b'{"hyper": {"a": 1}}', b'{"hyper": {"b": 2}}']
    assert said(folder, "other") == {"c": 3}
    assert lines(folder, "progress") == [b'{"total_steps": 10}']
    assert lines(folder, "file") == [b"one", b"two"]
    assert {path.name for path in folder.iterdir()} == {*EIGHT, "provenance.json"}


def test_a_folder_is_named_after_the_local_second(new_run, tmp_path):
    # Not by time.strftime(), whose clock is some milliseconds behind.
    before = f"log_{datetime.now():%Y%m%d_%H%M%S}"
    new_run().create_log_folder()
    assert before <= only_run(tmp_path / "logs").name <= f"log_{datetime.now():%Y%m%d_%H%M%S}"


def test_meta_tells_what_the_run_is(new_run, tmp_path):
    started = time.time()
    new_run().create_log_folder()
    (meta,) = meta_lines(only_run(tmp_path / "logs"))
    assert list(meta)[-1] == "state"
    assert meta["state"] == "running"
    assert (meta["format"], meta["pid"], meta["host"]) == (1, os.getpid(), os.uname().nodename)
    assert started - 1 <= meta["start"] <= time.time()
    assert {"boot", "pid_start", "argv"} <= meta.keys()
    assert all(isinstance(value, (int, float, str, bool)) for value in meta.values())


def test_provenance_tells_the_environment_and_never_a_secret(run_script, tmp_path):
    run_script(
        "import fitlog; fitlog.set_log_dir('logs'); fitlog.add_loss(1, 0, 'a')",
        "--hf_token",
        "hf_abc",
        "--url=https://me:pw@host/",
    )
    folder = only_run(tmp_path / "logs")
    facts = json.loads((folder / "provenance.json").read_text())
    assert facts["argv"] == [
        str(tmp_path / "main.py"),
        "--hf_token",
        "***",
        "--url=https://***@host/",
    ]
    assert facts["cwd"] == str(tmp_path)
    everything = b"".join(path.read_bytes() for path in folder.iterdir())
    assert b"hf_abc" not in everything
    assert b"pw@" not in everything


@given(st.lists(st.text(st.sampled_from("aZ09_@%+=:,./- '\"$\\é\n"), max_size=4), max_size=3))
def test_a_command_is_quoted_as_a_shell_wants_it(words):
    assert meta._joined(words) == shlex.join(words)


def test_a_script_may_put_anything_into_sys_argv(run_python, tmp_path):
    run_python(
        "import sys, fitlog\nsys.argv = ['train', 0.1, None, 'a b']\n"
        "fitlog.set_log_dir('logs')\nfitlog.add_loss(1, 0, 'a')\n"
    )
    assert said(only_run(tmp_path / "logs"), "meta")["argv"] == "train 0.1 None 'a b'"


WATCHER = """
import os, sys, time
kinds = {kinds!r}
seen = looks = 0
deadline = time.monotonic() + 30
while seen < {wanted} and time.monotonic() < deadline:
    seen = 0
    for name in os.listdir("logs"):
        folder = os.path.join("logs", name)
        if os.path.exists(os.path.join(folder, "meta.log")):
            present = set(os.listdir(folder))
            missing = kinds - present
            text = open(os.path.join(folder, "meta.log"), "rb").read()
            if missing or not text.endswith(b"}}\\n") or b'"running"' not in text:
                sys.exit(f"half a run: {{missing}} {{text}}")
            seen += 1
    looks += 1
print(seen, looks)
"""


def test_a_watcher_never_sees_a_run_with_a_file_missing(tmp_path):
    (tmp_path / "logs").mkdir()
    code = WATCHER.format(kinds=EIGHT, wanted=60)
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    ) as watcher:
        for _ in range(60):
            run = fitlog.Run(tmp_path / "logs")
            run.add_hyper({"a": 1})
            run.create_log_folder()
        output, _ = watcher.communicate(timeout=60)
    assert watcher.returncode == 0
    seen, looks = map(int, output.split())
    assert seen == 60
    assert looks > 10


MANY = """
import os, sys, time
import fitlog
fitlog.set_log_dir("logs")
ready, go = map(int, sys.argv[1:])
children = []
for number in range(64):
    if os.fork() == 0:
        os.write(ready, b"x")
        os.read(go, 1)
        fitlog.add_loss(float(number), 0, "loss")
        os._exit(0)
for _ in range(64):
    os.read(ready, 1)
started = time.perf_counter()
os.write(go, b"g" * 64)
codes = [os.wait()[1] for _ in range(64)]
print(time.perf_counter() - started, any(codes))
"""


def test_64_processes_at_the_same_instant_get_folders_of_their_own_without_waiting(
    run_script, tmp_path
):
    code = "import os\nr = os.pipe(); g = os.pipe()\n" + MANY.replace(
        "ready, go = map(int, sys.argv[1:])", "ready, go = r[1], g[0]"
    ).replace("os.read(ready, 1)", "os.read(r[0], 1)").replace(
        'os.write(go, b"g" * 64)', 'os.write(g[1], b"g" * 64)'
    )
    done = run_script(code)
    seconds, failed = done.stdout.split()
    assert failed == "False"
    folders = runs(tmp_path / "logs")
    assert sorted(steps(folder)[0].values["loss"] for folder in folders) == list(range(64))
    assert float(seconds) < 20  # waiting for a second of one's own would take 63


def test_8_runs_started_in_a_row_have_folders_within_a_second(new_run, tmp_path):
    new_run(tmp_path / "warm").create_log_folder()
    started = time.perf_counter()
    for _ in range(8):
        new_run().create_log_folder()
    assert time.perf_counter() - started < 1
    assert len(runs(tmp_path / "logs")) == 8


@pytest.mark.parametrize("path", ["a/b/c/logs", "a/b/c/logs/", "./a/../a/b/c/logs"])
def test_nested_folders_are_made_and_a_trailing_slash_is_fine(path, fresh_session, tmp_path):
    fitlog.set_log_dir(path)
    fitlog.set_log_dir(path)
    fitlog.create_log_folder()
    assert len(runs(tmp_path / "a/b/c/logs")) == 1


def test_a_path_object_and_an_absolute_path_are_fine(fresh_session, tmp_path):
    fitlog.set_log_dir(tmp_path / "logs")
    fitlog.set_log_dir(str(tmp_path / "logs"))
    fitlog.set_log_dir("logs")
    assert fitlog.get_log_dir(absolute=True) == str(tmp_path / "logs")


def test_the_directory_stays_where_it_was_when_the_working_directory_changes(
    fresh_session, tmp_path, monkeypatch
):
    fitlog.set_log_dir("logs")
    fitlog.add_hyper(1, "a")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    fitlog.add_loss(0.5, 0, "loss")
    monkeypatch.chdir("/")
    fitlog.add_best_metric(0.5, "acc")
    fitlog.finish()
    folder = only_run(tmp_path / "logs")
    assert fitlog.get_log_dir(absolute=True) == str(tmp_path / "logs")
    assert said(folder, "best_metric") == {"acc": 0.5}
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_the_folder_of_the_current_run_counts_as_the_same_directory(fresh_session, tmp_path):
    fitlog.set_log_dir("logs")
    fitlog.add_loss(0.5, 0, "loss")
    fitlog.set_log_dir(fitlog.get_log_folder(absolute=True))
    fitlog.add_loss(0.5, 1, "loss")
    assert len(steps(only_run(tmp_path / "logs"))) == 2


def test_the_same_directory_by_another_path_counts_as_the_same(fresh_session, tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "logs")
    fitlog.set_log_dir("logs")
    fitlog.set_log_dir("link")
    fitlog.create_log_folder()
    fitlog.set_log_dir(tmp_path / "link" / only_run(tmp_path / "logs").name)


def test_an_existing_run_goes_on_as_another_segment(run_python, tmp_path):
    first = "fitlog.set_log_dir('logs'); fitlog.add_loss(0.5, 0, 'loss'); "
    run_python(f"import fitlog; {first}raise ValueError('once')", check=False)
    folder = only_run(tmp_path / "logs")
    assert said(folder, "meta")["error"] == "ValueError: once"
    for number in (2, 3):
        run_python(
            f"import fitlog; fitlog.set_log_dir({str(folder)!r} + '/')\n"
            f"fitlog.add_loss(0.5, {number}, 'loss'); fitlog.add_progress(9)\n"
            f"assert fitlog.get_log_dir() == 'logs', fitlog.get_log_dir()\n"
            f"assert fitlog.get_log_id() == {folder.name!r}\n"
            "fitlog.finish()"
        )
        meta = said(only_run(tmp_path / "logs"), "meta")
        assert (meta["segment"], meta["state"], meta["error"]) == (number, "finish", None)
        assert meta["start"] < meta["segment_start"] < meta["end"]
    assert [record.step for record in steps(folder)] == [0, 2, 3]
    assert meta_lines(folder)[-1] == {"state": "finish"}


def test_an_existing_run_can_be_finished_without_another_record(run_python, tmp_path):
    run_python("import fitlog; fitlog.set_log_dir('logs'); fitlog.add_loss(0.5, 0, 'loss')")
    folder = only_run(tmp_path / "logs")
    assert meta_lines(folder)[-1] == {"state": "running"}
    run_python(f"import fitlog; fitlog.set_log_dir({str(folder)!r}); fitlog.finish()")
    assert meta_lines(folder)[-1] == {"state": "finish"}


def test_going_on_with_a_run_of_fitlog_0_9_makes_the_files_it_lacks(new_run, tmp_path):
    folder = tmp_path / "logs" / "log_20200101_000000"
    folder.mkdir(parents=True)
    (folder / "meta.log").write_text('{"meta": {"state": "finish", "fit_id": "abc"}}\n')
    (folder / "metric.log").write_text('{"metric": {"acc": 0.5}}\n')
    new_run(folder).add_loss(0.5, 0, "loss")
    present = {path.name for path in folder.iterdir()}
    assert present == {*EIGHT, "provenance.json"} - {"best_metric.log"}
    assert (folder / "metric.log").read_text() == '{"metric": {"acc": 0.5}}\n'
    assert said(folder, "meta")["fit_id"] == "abc"
    assert said(folder, "meta")["segment"] == 2


def test_a_log_directory_that_is_or_lies_in_a_file_is_refused(fresh_session, tmp_path):
    (tmp_path / "file").write_text("mine")
    for path in ("file", "file/logs"):
        with pytest.raises(FileExistsError, match="file"):
            fitlog.set_log_dir(path)
    assert (tmp_path / "file").read_text() == "mine"
    assert fitlog.is_initialized() is False


@pytest.mark.parametrize("path", ["", None, 3, b"logs", ["logs"]])
def test_a_log_directory_that_is_no_path_is_refused(path, fresh_session, tmp_path):
    with pytest.raises(TypeError, match="log_dir"):
        fitlog.set_log_dir(path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["lo\0gs", "lo\ud800gs", "x" * 300])
def test_a_path_that_no_folder_can_have_is_refused(path, fresh_session, tmp_path):
    with pytest.raises(ValueError, match="log_dir"):
        fitlog.set_log_dir(path)
    assert list(tmp_path.iterdir()) == []
    assert fitlog.is_initialized() is False


def test_a_relative_path_in_a_deleted_working_directory_is_refused(
    fresh_session, tmp_path, monkeypatch
):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(RuntimeError, match="'logs' lies in the working directory"):
        fitlog.set_log_dir("logs")
    assert fitlog.is_initialized() is False


AS_NOBODY = """
import os, sys
import fitlog
fitlog.Run(os.path.dirname(sys.argv[1]))  # imports what nobody may not even read
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
for path in (sys.argv[1], sys.argv[1] + "/deeper/logs"):
    try:
        fitlog.set_log_dir(path)
    except PermissionError as error:
        print(error)
"""


def test_a_directory_that_this_user_may_not_write_is_refused_by_name(tmp_path):
    # Not under tmp_path, whose parents another user may not even enter.
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        locked = Path(name) / "locked"
        Path(name).chmod(0o755)
        locked.mkdir(mode=0o555)
        done = subprocess.run(
            [sys.executable, "-c", AS_NOBODY, str(locked)],
            capture_output=True, text=True, cwd="/", timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        told = done.stdout.splitlines()
        assert len(told) == 2
        assert all(f"{locked}" in line and "may not be written" in line for line in told)
        assert list(locked.iterdir()) == []


def test_a_log_directory_that_was_deleted_is_made_again_by_all_at_once(run_script, tmp_path):
    run_script(
        "import os, shutil, threading, fitlog\n"
        "runs = [fitlog.Run('deep/er/logs') for _ in range(16)]\n"
        "shutil.rmtree('deep')\n"
        "barrier = threading.Barrier(16)\n"
        "def work(run):\n"
        "    barrier.wait()\n"
        "    run.add_loss(0.5, 0, 'loss')\n"
        "threads = [threading.Thread(target=work, args=(run,)) for run in runs]\n"
        "[thread.start() for thread in threads]\n"
        "[thread.join() for thread in threads]\n"
    )
    assert len(runs(tmp_path / "deep/er/logs")) == 16


def test_the_commit_of_the_users_repository_is_told_whatever_its_branch(run_python, tmp_path):
    for command in (
        ["git", "init", "-q", "-b", "trunk", "."],
        ["git", "-c", "user.name=a", "-c", "user.email=b", "commit", "-q", "--allow-empty",
         "-m", "first try"],
    ):  # fmt: skip
        subprocess.run(command, cwd=tmp_path, check=True)
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=tmp_path, check=True, capture_output=True, text=True
    ).stdout.strip()
    run_python("import fitlog; fitlog.set_log_dir('logs'); fitlog.add_loss(1, 0, 'a')")
    meta = said(only_run(tmp_path / "logs"), "meta")
    assert (meta["git_id"], meta["git_msg"]) == (head[:8], "first try")
    assert "fit_id" not in meta
