"""What adapters of frameworks share: a training's beginning and end, its values, its guard."""

from __future__ import annotations

from pathlib import Path

import pytest
from recording_tools import only_run, runs, said, steps

from fitlog_core.recording.run import Run
from fitlog_core.recording.session import session
from fitlog_core.recording.sweep import Sweep
from fitlog_core.recording.training import Training, harmless


@pytest.fixture(autouse=True)
def _no_current_run(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("run", "remembered", "code"):
        monkeypatch.setattr(session, name, None)


def test_losses_are_known_by_their_names_in_any_group(tmp_path):
    training = Training(tmp_path, None, commit=False)
    training.begin({})
    training.record({"train": {"logloss": 0.5, "auc": 0.25}, "loss_scale": 2, "acc": 1}, 3, 1)
    folder = only_run(tmp_path)
    (loss,), (metric,) = steps(folder, "loss"), steps(folder, "metric")
    assert (loss.values, loss.step, loss.epoch) == (
        {"train": {"logloss": 0.5}, "loss_scale": 2},
        3,
        1,
    )
    assert metric.values == {"train": {"auc": 0.25}, "acc": 1}


def test_what_is_no_number_is_left_out_and_told_once(tmp_path, capsys):
    training = Training(tmp_path, None, commit=False)
    training.begin({})
    for step in range(2):
        training.record({"acc": 0.5, "picture": "cat", "none": None}, step)
    assert [record.values for record in steps(only_run(tmp_path), "metric")] == [{"acc": 0.5}] * 2
    assert capsys.readouterr().err.count("the metric 'picture' is no number but str") == 1


def test_secrets_among_the_hyperparameters_are_masked_and_progress_said_by_hand_stays(tmp_path):
    run = Run(tmp_path)
    run.add_progress(7)
    Training(None, run, commit=False).begin({"hub_token": "hf_1", "lr": 0.1}, total_steps=9)
    run.create_log_folder()
    folder = only_run(tmp_path)
    assert said(folder, "hyper") == {"hub_token": "***", "lr": 0.1}
    assert "9" not in (folder / "progress.log").read_text("utf-8")


def test_a_training_that_did_not_end_is_an_error_when_the_next_begins(tmp_path):
    training = Training(tmp_path, None, commit=False)
    for _ in range(2):
        training.begin({})
        training.record({"acc": 0.5}, 0)
    training.end()
    training.end()
    states = [said(folder, "meta")["state"] for folder in runs(tmp_path)]
    assert states == ["error", "finish"]


def test_what_an_event_raises_is_told_once_and_ends_nothing(capsys):
    class Adapter:
        @harmless
        def on_step(self, step: int) -> None:
            raise OSError("no disk")

    adapter = Adapter()
    for step in range(3):
        adapter.on_step(step)
    assert capsys.readouterr().err == (
        "fitlog: Adapter.on_step could not record: OSError: no disk; training goes on\n"
    )


def test_runs_of_a_sweep_lie_beside_the_current_run_and_do_not_take_its_place(tmp_path):
    session.run = current = Run(tmp_path / "chosen")
    sweep = Sweep(None, commit=False)
    opened = [sweep.run("tuning", number, {"lr": 0.1, "api_key": "k"}) for number in range(2)]
    assert session.run is current
    folders = [Path(run.get_log_folder(absolute=True)) for run in opened]
    assert runs(tmp_path / "chosen") == folders
    assert [said(folder, "other") for folder in folders] == [
        {"sweep": {"name": "tuning", "number": number}} for number in range(2)
    ]
    assert said(folders[0], "hyper") == {"lr": 0.1, "api_key": "***"}
