"""What became of a run: as it wrote, as this machine sees, or as its silence tells."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fitlog_core import machine
from fitlog_core.reading.reader import RunReader
from fitlog_core.reading.state import State, read_state

NOW = 1_000_000.0


def here(pid: int) -> dict:
    return {"state": "running", "host": machine.host(), "boot": machine.boot(), "pid": pid,
            "pid_start": machine.pid_start(pid)}  # fmt: skip


def gone_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@pytest.mark.parametrize(
    ("meta", "state"),
    [
        ({"state": "finish"}, State.FINISHED),
        ({"state": "error", "end": 5}, State.ERROR),
        ({"state": "running", "end": NOW}, State.ENDED),
        ({"state": "running", "end": None}, State.RUNNING),
        ({"state": "running"}, State.RUNNING),
        ({}, State.RUNNING),
        ({"state": 3}, State.RUNNING),
    ],
)
def test_the_state_is_what_the_run_wrote(meta, state):
    assert read_state(meta, NOW, None, NOW) is state


def test_the_end_of_an_earlier_segment_is_not_the_end_of_a_run_that_goes_on():
    meta = {"state": "running", "end": 100.0, "segment": 2, "segment_start": 200.0}
    assert read_state(meta, NOW, None, NOW) is State.RUNNING
    assert read_state({**meta, "end": 300.0}, NOW, None, NOW) is State.ENDED


def test_a_run_of_a_living_process_here_is_running():
    assert read_state(here(os.getpid()), NOW, None, NOW) is State.RUNNING


def test_a_run_whose_process_here_is_gone_is_stopped():
    meta = {**here(os.getpid()), "pid": gone_pid()}
    assert read_state(meta, NOW, None, NOW) is State.STOPPED


def test_a_process_id_given_out_again_is_another_process():
    meta = {**here(os.getpid()), "pid_start": "1"}
    assert read_state(meta, NOW, None, NOW) is State.STOPPED


@pytest.mark.parametrize(
    "other",
    [{"host": "elsewhere"}, {"boot": "another boot pid:[1]"}, {"boot": ""}, {"boot": None},
     {"pid": "7"}, {"pid": True}, {"pid": -1}, {"pid": 10**30}],
)  # fmt: skip
def test_a_process_elsewhere_is_never_called_stopped(other):
    meta = {**here(os.getpid()), "pid": gone_pid(), **other}
    assert read_state(meta, NOW, None, NOW) is State.RUNNING


@pytest.mark.parametrize(
    ("quiet", "gap", "state"),
    [
        (599, None, State.RUNNING),
        (601, None, State.STALE),
        (601, 1.0, State.STALE),
        (601, 100.0, State.RUNNING),
        (1001, 100.0, State.STALE),
    ],
)
def test_ten_usual_gaps_and_ten_minutes_without_a_record_are_stale(quiet, gap, state):
    assert read_state({"state": "running"}, NOW - quiet, gap, NOW) is state


@pytest.mark.parametrize("start", [10**400, -(10**400), True, "noon", None, [1]])
def test_a_start_that_is_no_time_is_passed_over(tmp_path, start):
    line = 'Step:1\t{"loss": {"a": 1.0}, "step": 1}\n'
    folder = run_folder(tmp_path, mtime=NOW, lines=line * 5)
    with (folder / "meta.log").open("a") as file:
        file.write(json.dumps({"meta": {"start": start}}) + "\n")
    reader = RunReader(folder)
    reader.refresh()
    assert reader.state(reader.last_record) is State.RUNNING


def run_folder(path: Path, *, mtime: float, lines: str) -> Path:
    folder = path / "log_20260427_205559"
    folder.mkdir()
    (folder / "meta.log").write_text('{"meta": {"state": "running"}}\n')
    (folder / "loss.log").write_text(lines)
    for file in folder.iterdir():
        os.utime(file, (mtime, mtime))
    return folder


def test_the_usual_gap_is_read_from_the_times_of_the_records(tmp_path):
    lines = "".join(
        f'Step:{i}\t{{"loss": {{"a": 1.0}}, "step": {i}, "time": {i * 300}}}\n' for i in range(50)
    )
    reader = RunReader(run_folder(tmp_path, mtime=NOW, lines=lines))
    reader.refresh()
    assert reader.state(NOW + 2900) is State.RUNNING
    assert reader.state(NOW + 3100) is State.STALE


def test_without_times_the_usual_gap_is_the_mean_since_the_start(tmp_path):
    lines = "".join(f'Step:{i}\t{{"loss": {{"a": 1.0}}, "step": {i}}}\n' for i in range(10))
    folder = run_folder(tmp_path, mtime=NOW, lines=lines)
    with (folder / "meta.log").open("a") as file:
        file.write('{"meta": {"start": %f}}\n' % (NOW - 3000))
    os.utime(folder / "meta.log", (NOW, NOW))
    reader = RunReader(folder)
    reader.refresh()
    assert reader.state(NOW + 2500) is State.RUNNING
    assert reader.state(NOW + 3500) is State.STALE
