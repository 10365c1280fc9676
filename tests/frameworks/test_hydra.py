"""What the callback makes of Hydra's jobs: a run each, in programs of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from conformance import runs_in

CONFIG = """
lr: 0.1
twice: ${{lr}}
api_token: hunter2hunter2
model: {{width: 3}}
hydra:
  job: {{chdir: {chdir}}}
  callbacks:
    fitlog:
      _target_: fitlog_plugins.hydra.FitlogCallback
      log_dir: logs
      commit: false
"""
PROGRAM = """
import fitlog, hydra

@hydra.main(config_path=".", config_name="conf", version_base="1.3")
def main(config):
    for step in range(3):
        fitlog.add_loss(config.lr * step, step, "loss")
    if config.lr > 1:
        raise RuntimeError("planned failure")
    return config.lr

main()
"""


@pytest.fixture(autouse=True)
def _program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    Path("conf.yaml").write_text(CONFIG.format(chdir="false"), "utf-8")
    Path("program.py").write_text(PROGRAM, "utf-8")


def start(*arguments: str, expect: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "program.py", *arguments], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == expect, done.stderr
    return done.stderr


def test_a_job_is_a_run_with_its_configuration_and_what_the_script_records() -> None:
    assert "could not record" not in start("model.width=4")
    (run,) = runs_in("logs")
    row = run.row()
    assert (row["hyper-lr"], row["hyper-twice"], row["hyper-model-width"]) == (0.1, 0.1, 4)
    assert row["hyper-api_token"] == "***"
    assert row["other-hydra-overrides"] == "['model.width=4']"
    assert row["metric-result"] == 0.1
    assert not [name for name in row if name.startswith(("hyper-hydra", "other-sweep"))]
    assert list(run.series()["loss-loss"].steps) == [0, 1, 2]
    assert run.state().value == "finished"


def test_each_job_of_a_multirun_is_a_run_of_one_sweep() -> None:
    Path("conf.yaml").write_text(CONFIG.format(chdir="true"), "utf-8")
    start("-m", "lr=0.25,0.5")
    rows = [run.row() for run in runs_in("logs")]
    assert [row["hyper-lr"] for row in rows] == [0.25, 0.5]
    assert [row["other-sweep-number"] for row in rows] == [0, 1]
    assert len({row["other-sweep-name"] for row in rows}) == 1
    assert [run.state().value for run in runs_in("logs")] == ["finished", "finished"]


def test_a_job_that_raises_is_an_error_and_hydra_ends_as_without_us() -> None:
    assert "planned failure" in start("lr=2", expect=1)
    (run,) = runs_in("logs")
    assert run.state().value == "error"
    assert run.meta["error"] == "RuntimeError: planned failure"


def test_a_missing_framework_is_named_with_the_way_to_get_it() -> None:
    blocked = "import sys; sys.modules['hydra'] = None; import fitlog_plugins.hydra"
    done = subprocess.run([sys.executable, "-c", blocked], capture_output=True, text=True)
    assert "MissingExtraError" in done.stderr
    assert "pip install hydra-core" in done.stderr
