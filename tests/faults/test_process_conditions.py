"""A process that lacks what most have: descriptors, streams, a locale, a sound clock."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from fault_trials import Tally
from recording_tools import only_run, runs, said, steps

RunPython = Callable[..., "subprocess.CompletedProcess[str]"]

FEW_DESCRIPTORS = """
import os, resource, sys
import fitlog
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
taken = []
try:
    while True: taken.append(os.dup(0))
except OSError: pass
for _ in range(int(sys.argv[1])): os.close(taken.pop())
fitlog.set_log_dir("logs")
fitlog.add_hyper(0.1, "lr")
for step in range(10):
    fitlog.add_loss(0.5, step, "loss")
    fitlog.add_metric(float("nan"), step, "acc")
while taken: os.close(taken.pop())
for step in range(10, 20):
    fitlog.add_loss(0.5, step, "loss")
    fitlog.add_metric(float("nan"), step, "acc")
fitlog.finish()
"""


@pytest.mark.parametrize("free", range(8))
def test_a_run_that_begins_with_few_descriptors_left(
    free: int, tally: Tally, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FEW_DESCRIPTORS, str(free)],
        cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    folder = only_run(tmp_path / "logs")
    kept = [[record.step for record in steps(folder, kind)] for kind in ("loss", "metric")]
    assert [found[-10:] for found in kept] == [list(range(10, 20))] * 2
    is_whole = kept == [list(range(20))] * 2
    assert done.stderr.count("\n") == done.stderr.count("fitlog: ") <= 1
    assert is_whole or "fitlog: cannot write" in done.stderr
    assert said(folder, "hyper") == {"lr": 0.1}
    assert said(folder, "meta")["state"] == "finish"
    tally.trials, tally.kept = 1, sum(map(len, kept))
    tally.refused = 40 - tally.kept


NOISE = """
import os
import fitlog
fitlog.set_log_dir("logs")
for step in range(20):
    fitlog.add_loss(0.5, step, "loss")
    fitlog.add_best_metric(step, "best")
    for stream in (1, 2):
        try: os.write(stream, b"what a library prints\\n")
        except OSError: pass
fitlog.finish()
"""


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"])
def test_what_is_printed_to_a_stream_that_was_closed_is_not_among_the_records(
    closed: str, tally: Tally, tmp_path: Path
) -> None:
    (tmp_path / "train.py").write_text(NOISE)
    done = subprocess.run(
        ["sh", "-c", f'exec "$0" train.py {closed}', sys.executable],
        cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "fitlog: " not in done.stderr
    folder = only_run(tmp_path / "logs")
    assert [record.step for record in steps(folder)] == list(range(20))
    assert said(folder, "best_metric") == {"best": 19}
    tally.trials, tally.kept = 1, 40


FOREIGN_TEXT = """
import resource, sys
import fitlog
fitlog.set_log_dir(sys.argv[1])
fitlog.add_hyper({"模型": "贝特"})
fitlog.add_loss({"损失": 0.5}, 0)
fitlog.add_to_line("文字")
fitlog.add_other("é", "备注")
resource.setrlimit(resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
fitlog.add_loss({"损失": 0.25}, 1)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
fitlog.add_loss({"损失": 0.125}, 2)
raise ValueError("错误")
"""


@pytest.mark.parametrize("locale", ["C", "POSIX"])
def test_text_of_any_language_is_kept_where_the_locale_is_not_utf_8(
    locale: str, tally: Tally, tmp_path: Path
) -> None:
    (tmp_path / "train.py").write_text(FOREIGN_TEXT, encoding="utf-8")
    ascii_only = {"LC_ALL": locale, "LANG": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(
        [sys.executable, "train.py", "日志"],
        cwd=tmp_path, env={**os.environ, **ascii_only}, capture_output=True, timeout=60,
    )  # fmt: skip
    assert done.stderr.isascii()
    assert done.stderr.count(b"fitlog: ") == done.stderr.count(b"fitlog: cannot write") == 1
    folder = only_run(tmp_path / "日志")
    kept = [(record.step, record.values) for record in steps(folder)]
    assert kept == [(0, {"损失": 0.5}), (2, {"损失": 0.125})]
    assert said(folder, "hyper") == {"模型": "贝特"}
    assert said(folder, "other")["备注"] == "é"
    assert (folder / "file.log").read_text("utf-8") == "文字\n"
    assert said(folder, "meta")["error"] == "ValueError: 错误"
    tally.trials, tally.kept, tally.refused = 1, 5, 1


CLOCK = """
import ctypes, json, random, sys, time
import fitlog
faults, chance = ctypes.CDLL(None), random.Random(sys.argv[1])
true_time = time.time()
def set_clock():
    shift = chance.choice([-1, -3600, -86400 * 400, 3600, -true_time, 0.0])
    faults.fault_clock(ctypes.c_double(shift * chance.random()))
for trial in range(int(sys.argv[2])):
    set_clock()
    with fitlog.Run("logs") as run:
        run.add_hyper(trial, "trial")
        for step in range(20):
            if chance.random() < 0.2: set_clock()
            run.add_loss(step / 8, step, "loss")
"""


def test_a_clock_that_is_set_back_and_forth_costs_nothing(
    tally: Tally, seed: str, trials: int, tmp_path: Path, fault_library: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CLOCK, seed, str(trials)],
        cwd=tmp_path, env={**os.environ, "LD_PRELOAD": str(fault_library)},
        capture_output=True, encoding="utf-8", timeout=60 + trials,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, ""), f"seed {seed}"
    folders = runs(tmp_path / "logs")
    assert sorted(said(folder, "hyper")["trial"] for folder in folders) == list(range(trials))
    for folder in folders:
        assert [record.step for record in steps(folder)] == list(range(20))
        assert said(folder, "other")["cost_time"] == "0h0m0s", f"seed {seed}"
        assert said(folder, "meta")["state"] == "finish"
    tally.trials, tally.kept = trials, 20 * trials
