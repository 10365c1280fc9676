"""``fitlog runs``: the runs of a log directory in the terminal."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

TRAIN = """
import sys, fitlog
fitlog.set_log_dir("logs")
fitlog.add_progress(10)
fitlog.add_loss(0.5, 3, "loss")
fitlog.add_best_metric({"dev": {"acc": 0.123456789}, "odd": float("nan")})
fitlog.finish()
"""


@pytest.fixture
def train(run_python):
    """Return a function that trains once, as a rank of a Slurm job if one is named."""

    def once(rank: int | None = None, code: str = TRAIN) -> None:
        slurm = {"SLURM_NTASKS": "2", "SLURM_JOB_ID": "7", "SLURM_STEP_ID": "0"}
        job = {**slurm, "SLURM_PROCID": str(rank), "FITLOG_RANKS": "all"}
        run_python(code, env={} if rank is None else job)

    return once


@pytest.fixture
def listed(tmp_path: Path):
    """Return a function that runs the command and returns what it printed."""

    def run(*arguments: str) -> str:
        command = [sys.executable, "-m", "fitlog", "runs", *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8")
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    return run


def test_a_run_is_a_line_with_its_state_progress_and_best_metrics(train, listed):
    train()
    heads, line = (line.split() for line in listed("logs").splitlines())
    assert heads == ["ID", "STATE", "STEP", "dev-acc", "odd"]
    assert re.fullmatch(r"log_\d{8}_\d{6}", line[0])
    assert line[1:] == ["finished", "3/10", "0.123457", "nan"]


def test_a_run_whose_steps_began_at_0_has_done_them_all(train, listed):
    train(code=TRAIN.replace("0.5, 3", "0.5, 9"))
    train(code=TRAIN.replace("0.5, 3", "0.5, 9").replace("fitlog.finish()", "fitlog.finish(1)"))
    steps = {line.split()[1]: line.split()[2] for line in listed("logs").splitlines()}
    assert steps == {"STATE": "STEP", "finished": "10/10", "error": "9/10"}


def test_the_ranks_of_a_job_are_one_line_unless_asked_for(train, listed):
    for rank in (0, 1, None):
        train(rank)
    lines = [line.split() for line in listed("logs").splitlines()]
    assert lines[0][:4] == ["ID", "STATE", "STEP", "RANKS"]
    assert [line[3] for line in lines[1:]] == ["0.123457", "2"]
    every = [line.split() for line in listed("logs", "--ranks").splitlines()]
    assert every[0][3] == "RANK"
    assert [line[3] for line in every[2:]] == ["1", "0"]
    assert every[3][0] == lines[2][0]


def test_json_has_every_value_in_full_and_is_json_whatever_they_are(train, listed):
    for rank in (0, 1):
        train(rank)
    (row,) = json.loads(listed("logs", "--json"), parse_constant=pytest.fail)
    assert (row["metric-dev-acc"], row["metric-odd"]) == (0.123456789, "NaN")
    assert (row["state"], row["meta-group"], row["meta-rank"]) == ("finished", "slurm 7.0", 0)
    assert row["job"]["id"] == row["job"]["runs"][0] == row["id"]
    assert [row["meta-rank"] for row in json.loads(listed("logs", "--json", "--ranks"))] == [1, 0]


def test_what_a_log_says_cannot_steer_the_terminal(train, listed):
    train(code="import fitlog; fitlog.Run('logs').add_best_metric({'a\\x1b[2J': 'b\\n\\x07c'})")
    assert len(listed("logs").splitlines()) == 2
    assert not set("\x1b\x07") & set(listed("logs"))


def test_the_logs_of_fitlog_09_are_listed(fixture_logs: Path, listed):
    lines = listed(str(fixture_logs)).splitlines()
    assert len(lines) == 31
    assert lines[1:] == sorted(lines[1:], reverse=True)


def test_an_empty_directory_and_a_missing_one_are_said(tmp_path: Path):
    command = [sys.executable, "-m", "fitlog", "runs"]
    empty = subprocess.run([*command, str(tmp_path)], capture_output=True, encoding="utf-8")
    assert (empty.returncode, empty.stdout) == (0, "")
    assert empty.stderr == f"fitlog: no runs in {tmp_path}\n"
    for wrong, why in (
        ("nowhere", "there is no directory nowhere: name the one your runs are in"),
        (__file__, f"{__file__} is a file: name the directory your runs are in"),
    ):
        refused = subprocess.run([*command, wrong], capture_output=True, encoding="utf-8")
        assert (refused.returncode, refused.stderr) == (1, f"fitlog: {why}\n")
