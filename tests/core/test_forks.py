"""A process that is forked in the middle of its work."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from recording_tools import only_run, runs, steps

from fitlog_core.recording import folder as folders
from fitlog_core.recording.run import Run
from fitlog_core.recording.writer import LogFile

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")


def forked(work) -> None:
    """Do something in a forked child, which must come to its end within a minute."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            watch = threading.Timer(60, lambda: os._exit(2))
            watch.daemon = True
            watch.start()
            work()
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def while_held(monkeypatch, owner, name: str, use, act) -> None:
    """Do ``act`` while another thread is inside of ``owner.name``, which ``use`` calls."""
    inside, leave, real = threading.Event(), threading.Event(), getattr(owner, name)

    def slow(*arguments):
        if threading.current_thread() is thread:
            inside.set()
            assert leave.wait(60)
        return real(*arguments)

    thread = threading.Thread(target=use)
    monkeypatch.setattr(owner, name, slow)
    thread.start()
    assert inside.wait(60)
    try:
        act()
    finally:
        leave.set()
        thread.join()


def test_a_child_forked_before_the_first_record_makes_a_run_of_its_own(tmp_path: Path):
    run = Run(tmp_path / "logs")
    forked(lambda: run.add_loss(0.5, 1, "loss"))
    run.add_loss(0.5, 2, "loss")
    run.finish()
    assert [[record.step for record in steps(folder)] for folder in runs(tmp_path / "logs")] == [
        [1],
        [2],
    ]


def test_a_child_forked_after_create_log_folder_records_into_the_same_run(tmp_path: Path):
    run = Run(tmp_path / "logs")
    run.create_log_folder()
    forked(lambda: run.add_loss(0.5, 1, "loss"))
    run.add_loss(0.5, 2, "loss")
    run.finish()
    assert [record.step for record in steps(only_run(tmp_path / "logs"))] == [1, 2]


def test_a_fork_while_another_thread_makes_the_folder_does_not_stop_the_child(
    monkeypatch, tmp_path: Path
):
    run = Run(tmp_path / "logs")
    while_held(
        monkeypatch,
        folders,
        "take",
        lambda: run.add_loss(0.5, 1, "loss"),
        lambda: forked(lambda: (run.add_other(1, "seed"), run.add_loss(0.5, 2, "loss"))),
    )
    run.finish()
    assert len(runs(tmp_path / "logs")) == 2


def test_a_fork_while_another_thread_opens_a_file_does_not_stop_the_child(
    monkeypatch, tmp_path: Path
):
    run = Run(tmp_path / "logs")
    run.create_log_folder()
    while_held(
        monkeypatch,
        LogFile,
        "_unfinished_line",
        lambda: run.add_loss(0.5, 1, "loss"),
        lambda: forked(lambda: run.add_loss(0.5, 2, "loss")),
    )
    run.finish()
    assert sorted(record.step for record in steps(only_run(tmp_path / "logs"))) == [1, 2]
