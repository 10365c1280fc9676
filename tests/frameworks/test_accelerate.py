"""What the tracker makes of what a script logs, beyond what every adapter promises."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate import Accelerator, tracking
from recording_tools import meta_lines, only_run, runs, said, steps

import fitlog
from fitlog_core.recording import alike, writer
from fitlog_core.recording.session import session
from fitlog_plugins import accelerate as adapter
from fitlog_plugins.accelerate import FitlogTracker


@pytest.fixture(autouse=True)
def _in_a_new_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    for name in ("run", "remembered", "code"):
        monkeypatch.setattr(session, name, None)
    yield
    if session.run is not None:
        session.run.finish()


def begun(tracker: Any = None, **options: Any) -> Accelerator:
    """An Accelerator whose trackers are at work."""
    chosen = FitlogTracker("logs", commit=False) if tracker is None else tracker
    accelerator = Accelerator(cpu=True, log_with=chosen)
    accelerator.init_trackers("project", **options)
    return accelerator


def test_losses_and_metrics_are_told_apart_and_nested_by_their_slashes():
    accelerator = begun()
    accelerator.log({"train_loss": 0.5, "val/acc": 0.9, "val": 1.0, "val/f1": 0.8}, step=3)
    run = only_run(Path("logs"))
    assert [(record.step, record.values) for record in steps(run, "loss")] == [
        (3, {"train_loss": 0.5})
    ]
    (metric,) = steps(run, "metric")
    assert metric.values == {"val": 1.0, "val/acc": 0.9, "val/f1": 0.8}


def test_the_epoch_among_the_values_is_the_epoch_and_the_step_is_no_metric():
    begun().log({"loss": torch.tensor(0.5), "epoch": 2, "step": 7}, step=7)
    run = only_run(Path("logs"))
    (record,) = steps(run, "loss")
    assert (record.step, record.epoch, record.values) == (7, 2, {"loss": 0.5})
    assert steps(run, "metric") == []


def test_an_epoch_that_is_no_count_is_a_metric_and_ends_no_training():
    begun().log({"epoch": float("inf"), "acc": 0.9}, step=7)
    (record,) = steps(only_run(Path("logs")), "metric")
    assert (record.epoch, record.values) == (None, {"epoch": "Infinity", "acc": 0.9})


def test_calls_without_a_step_are_counted():
    accelerator = begun()
    for value in (0.3, 0.2, 0.1):
        accelerator.log({"loss": value})
    assert [record.step for record in steps(only_run(Path("logs")))] == [0, 1, 2]


def test_a_call_without_a_step_belongs_to_the_last_step_that_was_named():
    accelerator = begun()
    accelerator.log({"loss": 0.5}, step=10)
    accelerator.log({"acc": 0.9})
    assert [record.step for record in steps(only_run(Path("logs")), "metric")] == [10]


def test_a_step_that_is_no_whole_number_is_the_callers_mistake():
    with pytest.raises(TypeError, match="step must be a whole number"):
        begun().log({"loss": 0.5}, step=1.5)


IN_TURNS = [
    {"train/loss": 0.5, "val/acc": 0.5, "epoch": 0},
    {"lr": 0.1},
    {"train/loss": 0.5, "val/acc": 0.5, "epoch": 1},
    {"train/loss": 0.5, "val/acc": 1, "epoch": 1},
    {"train/loss": float("nan"), "val/acc": None, "epoch": 1},
    {"train/loss": 0.5, "val/acc": 0.5, "epoch": float("inf")},
    {"train/loss": 0.5, "val/acc": 0.5, "epoch": None},
    {"acc": 0.5, "step": 3},
    {"acc": 0.5, "note": "fine"},
    {"acc": 0.5, "note": 0.25},
]


def test_what_comes_again_is_recorded_as_the_first_time(monkeypatch):
    for module in (alike, writer):  # as if all was done at once: what can be is written shortly
        monkeypatch.setattr(module, "clock", lambda: 1_700_000_000.0)
    told = {}
    for directory in ("short", "long"):
        if directory == "long":
            monkeypatch.setattr(adapter.Alikes, "write", lambda *_: False)
        accelerator = begun(FitlogTracker(directory, commit=False))
        for step in range(4 * len(IN_TURNS)):  # each three times, the next kind in between
            kind = step // 4 + (step % 4 == 2)
            accelerator.log(IN_TURNS[kind % len(IN_TURNS)], step=step)
        run = only_run(Path(directory))
        records = [record for kind in ("loss", "metric") for record in steps(run, kind)]
        told[directory] = [(one.kind, one.step, one.epoch, str(one.values)) for one in records]
    assert told["short"] == told["long"]


def test_a_record_like_an_earlier_one_is_written_by_the_short_way(monkeypatch):
    for module in (alike, writer):
        monkeypatch.setattr(module, "clock", lambda: 1_700_000_000.0)
    accelerator = begun()
    for step in (0, 1):
        accelerator.log({"train/loss": 0.5, "acc": 0.5, "epoch": 0}, step=step)
        accelerator.log({"lr": 0.1}, step=step)
    monkeypatch.setattr(FitlogTracker, "_record", None)
    accelerator.log({"train/loss": 0.25, "acc": 0.75, "epoch": 0}, step=2)
    accelerator.log({"lr": 0.2}, step=2)
    told = steps(only_run(Path("logs")), "metric")[-2:]
    assert [record.values for record in told] == [{"acc": 0.75}, {"lr": 0.2}]


def test_the_configuration_is_hyperparameters_and_secrets_are_masked():
    config = {"lr": 0.1, "betas": (0.9, 0.99), "hub_token": "hf_abc", "seed": None}
    accelerator = begun(config=config)
    accelerator.log({"loss": 0.5}, step=0)
    hyper = said(only_run(Path("logs")), "hyper")
    assert hyper == {"lr": 0.1, "betas": "[0.9, 0.99]", "hub_token": "***", "seed": None}
    assert config["hub_token"] == "hf_abc"


def test_what_is_no_number_is_kept_and_told_of_once(capfd):
    accelerator = begun()
    for step in (0, 1):
        accelerator.log({"loss": 0.5, "note": "fine"}, step=step)
    accelerator.get_tracker("fitlog").log_images({"sample": []}, step=1)
    told = capfd.readouterr().err
    assert told.count("'note' is no number but str") == 1
    assert told.count("images are not recorded") == 1
    assert said(only_run(Path("logs")), "other")["note"] == "fine"


def test_the_end_of_training_is_the_end_of_the_run():
    accelerator = begun()
    accelerator.log({"loss": 0.5}, step=0)
    accelerator.end_training()
    assert meta_lines(only_run(Path("logs")))[-1] == {"state": "finish"}


def test_the_run_itself_can_be_had():
    accelerator = begun()
    run = accelerator.get_tracker("fitlog", unwrap=True)
    run.add_best_metric({"acc": 0.9})
    assert said(only_run(Path("logs")), "best_metric") == {"acc": 0.9}


def test_its_name_is_enough():
    assert tracking.LOGGER_TYPE_TO_CLASS["fitlog"] is adapter._TrackerByName
    options = {"log_dir": "logs", "commit": False}
    accelerator = begun("fitlog", init_kwargs={"fitlog": options})
    accelerator.log({"loss": 0.5}, step=0)
    assert said(only_run(Path("logs")), "other")["project"] == "project"


def test_a_version_without_a_register_takes_an_instance(monkeypatch):
    monkeypatch.delattr(tracking, "register_tracker_class")
    adapter._register()
    begun().log({"loss": 0.5}, step=0)
    only_run(Path("logs"))


def test_a_loop_over_seeds_makes_a_run_a_seed():
    for seed in (1, 2):
        accelerator = begun(config={"seed": seed})
        accelerator.log({"loss": 0.5}, step=0)
        accelerator.end_training()
    assert [said(run, "hyper")["seed"] for run in runs(Path("logs"))] == [1, 2]


def test_the_current_run_is_used_where_there_is_one():
    fitlog.set_log_dir("elsewhere")
    begun(FitlogTracker(commit=False)).log({"loss": 0.5}, step=0)
    assert len(runs(Path("elsewhere"))) == 1
    assert not Path("logs").exists()


def test_a_run_that_is_none_is_told_when_it_is_given():
    with pytest.raises(TypeError, match=r"run must be a fitlog\.Run, got 'logs'"):
        FitlogTracker(run="logs")


def test_a_log_directory_that_is_a_file_is_told_when_the_tracker_is_made():
    Path("logs").write_text("")
    with pytest.raises(FileExistsError, match="name a folder"):
        FitlogTracker("logs")
