"""Ends that an adapter records and may take back: told once, by whoever is left to tell."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.recording_tools import only_run, said

PLUGIN = """
from pathlib import Path
from fitlog_core.hookspecs import hookimpl

@hookimpl
def fitlog_run_finished(run, ending):
    with Path("told.txt").open("a") as file:
        file.write(f"{ending.state} {ending.error}\\n")
"""
BEGIN = """
import os
import fitlog
run = fitlog.Run("logs")
run.add_loss(0.5, step=0)
"""
IN_A_CHILD = """
if os.fork() == 0:
    {}
    os._exit(0)
os.wait()
"""


def told(folder: Path, script: str) -> list[str]:
    """What a plugin was told of the run of a script, one line a time."""
    (folder / "teller.py").write_text(PLUGIN, "utf-8")
    dist_info = folder / "teller-1.0.dist-info"
    dist_info.mkdir()
    (dist_info / "METADATA").write_text("Metadata-Version: 2.1\nName: teller\nVersion: 1.0\n")
    (dist_info / "entry_points.txt").write_text("[fitlog]\nteller = teller\n", "utf-8")
    environment = {**os.environ, "PYTHONPATH": str(folder), "FITLOG_PLUGINS": "teller"}
    subprocess.run(
        [sys.executable, "-c", BEGIN + script], cwd=folder, env=environment, timeout=60, check=False
    )
    file = folder / "told.txt"
    return file.read_text("utf-8").splitlines() if file.exists() else []


def test_an_end_that_may_be_taken_back_is_told_when_the_script_ends(tmp_path):
    assert told(tmp_path, "run.conclude(); assert not os.path.exists('told.txt')") == [
        "finish None"
    ]


def test_ends_taken_back_in_between_are_told_once(tmp_path):
    assert told(tmp_path, "run.conclude(); run.reopen(); run.conclude()") == ["finish None"]


def test_an_end_that_a_child_recorded_is_told_by_the_process_that_opened_the_run(tmp_path):
    assert told(tmp_path, IN_A_CHILD.format("run.conclude()")) == ["finish None"]


def test_an_error_that_a_child_recorded_is_told_with_its_text(tmp_path):
    child = IN_A_CHILD.format("run.conclude(1, ValueError('no data'))")
    assert told(tmp_path, child) == ["error ValueError: no data"]


def test_an_end_that_a_child_told_is_not_told_again(tmp_path):
    assert told(tmp_path, IN_A_CHILD.format("run.finish()")) == ["finish None"]


def test_an_end_that_a_child_took_back_is_none(tmp_path):
    script = IN_A_CHILD.format("run.conclude(); run.reopen()")
    assert told(tmp_path, script) == ["ended None"]
    assert said(only_run(tmp_path / "logs"), "meta")["state"] == "running"
