"""``state`` and ``resume``: a training that goes on from its checkpoint goes on in its run."""

from __future__ import annotations

import json
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import fitlog
from fitlog_core import log_format
from fitlog_core.errors import ArgumentError, ArgumentTypeError, LogDirectoryError
from fitlog_core.recording.run import Run
from fitlog_core.recording.session import Session

RunScript = Callable[..., "subprocess.CompletedProcess[str]"]
FIRST = """
import fitlog, json
fitlog.set_log_dir("logs")
fitlog.add_loss(0.5, 1, "loss")
json.dump(fitlog.state(), open("checkpoint.json", "w"))
"""
SECOND = """
import fitlog, json
fitlog.resume(json.load(open("checkpoint.json")))
fitlog.add_loss(0.4, 2, "loss")
fitlog.finish()
"""


def runs(folder: Path) -> list[Path]:
    return sorted(path.parent for path in folder.rglob("log_*/meta.log"))


def test_a_later_process_goes_on_in_the_run_of_its_checkpoint(
    run_script: RunScript, tmp_path: Path
) -> None:
    run_script(FIRST)
    assert run_script(SECOND).stderr == ""
    (run,) = runs(tmp_path)
    assert (run / "loss.log").read_text().count("\n") == 2
    assert log_format.read_meta(run)["segment"] == 2
    assert log_format.read_meta(run)["state"] == "finish"


def test_a_state_is_two_texts_that_every_checkpoint_can_hold(
    fresh_session: Session, tmp_path: Path
) -> None:
    fitlog.set_log_dir("logs")
    state = fitlog.state()
    assert state == {"log_dir": str(tmp_path / "logs"), "id": fitlog.get_log_id()}
    assert json.loads(json.dumps(state)) == pickle.loads(pickle.dumps(state)) == state


def test_a_run_of_ones_own_has_the_same_verbs(new_run: Callable[..., Run], tmp_path: Path) -> None:
    first = new_run()
    first.add_loss(0.5, 1)
    state = first.state()
    first.finish()
    second = new_run()
    second.resume(state)
    second.add_loss(0.4, 2)
    assert second.get_log_id() == first.get_log_id()
    assert len(runs(tmp_path)) == 1


def test_a_log_directory_that_was_moved_is_looked_in_first(
    run_script: RunScript, tmp_path: Path
) -> None:
    run_script(FIRST)
    shutil.move(tmp_path / "logs", tmp_path / "moved")
    run_script("import fitlog; fitlog.set_log_dir('moved')\n" + SECOND)
    assert [run.parent.name for run in runs(tmp_path)] == ["moved"]


def test_a_run_that_is_gone_is_told_and_a_new_one_begins(
    run_script: RunScript, tmp_path: Path
) -> None:
    run_script(FIRST)
    (gone,) = runs(tmp_path)
    shutil.rmtree(gone)
    said = run_script(SECOND).stderr
    assert (
        said == f"fitlog: the run {str(gone)!r} of the checkpoint is not there; a new run begins\n"
    )
    (run,) = runs(tmp_path)
    assert run.parent == gone.parent
    assert log_format.read_meta(run).get("segment") is None


def test_a_run_that_another_process_records_is_joined_and_keeps_its_state(
    fresh_session: Session, tmp_path: Path
) -> None:
    fitlog.set_log_dir("logs")
    (tmp_path / "checkpoint.json").write_text(json.dumps(fitlog.state()))
    subprocess.run([sys.executable, "-c", SECOND.replace("finish()", "state()")], check=True)
    (run,) = runs(tmp_path)
    assert (run / "loss.log").read_text().count("\n") == 1
    said = log_format.read_meta(run)
    assert (said["state"], said.get("end"), said.get("segment")) == ("running", None, None)


@pytest.mark.parametrize(
    ("state", "error", "said"),
    [
        (None, ArgumentTypeError, "state must be a dict, got None"),
        ("log_20261122_101500", ArgumentTypeError, "must be a dict"),
        ({}, ArgumentError, "must have log_dir and id, got {}"),
        ({"log_dir": "/tmp", "id": 3}, ArgumentError, "must be that of a run, got 3"),
        ({"log_dir": "/tmp", "id": "../x"}, ArgumentError, "must be that of a run, got '../x'"),
        ({"log_dir": "logs", "id": "log_20261122_101500"}, ArgumentError, "must be a full path"),
        ({"log_dir": None, "id": "log_20261122_101500"}, ArgumentError, "must be a full path"),
    ],
)
def test_what_is_no_state_raises_at_once_and_changes_nothing(
    state: object, error: type[Exception], said: str, fresh_session: Session, tmp_path: Path
) -> None:
    with pytest.raises(error) as raised:
        fitlog.resume(state)  # type: ignore[arg-type]
    assert said in str(raised.value)
    assert "fitlog.state()" in str(raised.value)
    assert not fitlog.is_initialized()
    assert list(tmp_path.iterdir()) == []


def test_another_run_that_has_begun_is_not_left_for_it(new_run: Callable[..., Run]) -> None:
    state = new_run().state()
    begun = new_run()
    begun.add_loss(1.0, 1)
    with pytest.raises(LogDirectoryError, match=r"has begun, so .* cannot be gone on with"):
        begun.resume(state)


def test_ones_own_state_changes_nothing(fresh_session: Session, tmp_path: Path) -> None:
    fitlog.set_log_dir("logs")
    fitlog.resume(fitlog.state())
    fitlog.add_loss(1.0, 1, "loss")
    assert len(runs(tmp_path)) == 1


def test_under_debug_a_state_is_of_no_run_and_resuming_it_needs_a_log_directory(
    fresh_session: Session, tmp_path: Path
) -> None:
    fitlog.debug()
    state = fitlog.state()
    assert state == {"log_dir": None, "id": None}
    fitlog.debug(False)
    fitlog.resume(state)
    assert not fitlog.is_initialized()
    assert list(tmp_path.iterdir()) == []


def test_under_debug_what_is_resumed_is_remembered(
    run_script: RunScript, fresh_session: Session, tmp_path: Path
) -> None:
    run_script(FIRST)
    fitlog.debug()
    fitlog.resume(json.loads((tmp_path / "checkpoint.json").read_text()))
    fitlog.debug(False)
    fitlog.add_loss(0.4, 2, "loss")
    assert len(runs(tmp_path)) == 1
    assert (runs(tmp_path)[0] / "loss.log").read_text().count("\n") == 2
