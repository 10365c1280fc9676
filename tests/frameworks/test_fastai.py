"""What the callback makes of a learner's fits, beyond what every adapter promises."""

from __future__ import annotations

import math
import pickle
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from conformance import runs_in

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it imports what torch has deprecated
    import fastai.callback.schedule  # noqa: F401 - it gives learners fit_one_cycle and lr_find
    from fastai.callback.core import (
        Callback,
        CancelBatchException,
        CancelFitException,
        TrainEvalCallback,
    )
    from fastai.callback.tracker import EarlyStoppingCallback, TerminateOnNaNCallback
    from fastai.callback.training import GradientAccumulation, ShortEpochCallback
    from fastai.data.core import DataLoaders, Datasets
    from fastai.data.load import DataLoader
    from fastai.learner import Learner, ValueMetric, load_learner
    from fastai.metrics import mae
    from fastai.optimizer import SGD

import fitlog
from fitlog_core.errors import ArgumentError
from fitlog_core.recording.session import session
from fitlog_plugins.fastai import FitlogCallback

A_BATCH, BATCHES = 2, 3


@pytest.fixture(autouse=True)
def _in_a_new_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("run", "remembered", "code"):
        monkeypatch.setattr(session, name, None)


def first(row: int) -> torch.Tensor:
    return torch.tensor([row / 10, 0.5])


def second(row: int) -> torch.Tensor:
    return torch.tensor([row / 5])


def rows() -> list[tuple[torch.Tensor, torch.Tensor]]:
    return [(first(row), second(row)) for row in range(A_BATCH * BATCHES)]


def learner(callbacks: Any, loaders: Any = None, **options: Any) -> Learner:
    torch.manual_seed(0)
    own = DataLoaders(DataLoader(rows(), bs=A_BATCH), DataLoader(rows(), bs=A_BATCH))
    made = Learner(
        loaders or own,
        torch.nn.Sequential(torch.nn.Linear(2, 1)),
        **{"loss_func": torch.nn.functional.mse_loss, "opt_func": SGD, "metrics": mae, **options},
        cbs=callbacks,
        path=Path(),
    )
    made.remove_cb(made.progress)
    made.logger = lambda log: None
    return made


def callback(**options: Any) -> FitlogCallback:
    return FitlogCallback("logs", **{"commit": False, **options})


def test_one_cycle_is_recorded_step_by_step_with_rate_and_momentum() -> None:
    learning = learner(callback())
    learning.fit_one_cycle(2, 0.5)
    (run,) = runs_in("logs")
    series = run.series()
    assert list(series["loss-train-loss"].steps) == [1, 2, 3, 4, 5, 6]
    assert list(series["metric-train-lr"].values) == [float(r) for r in learning.recorder.lrs]
    assert list(series["metric-train-mom"].values) == [
        float(m) for m in learning.recorder.hps["mom"]
    ]
    row = run.row()
    assert (row["hyper-optimizer-lr_max"], row["hyper-optimizer-name"]) == (0.5, "SGD")
    assert (row["hyper-batch_size"], row["hyper-epochs"]) == (2, 2)
    assert (row["hyper-model-num_parameters"], row["hyper-loss"]) == (3, "mse_loss")
    assert (run.total_steps, run.state().value) == (6, "finished")


def test_validation_is_recorded_at_the_end_of_each_epoch_and_the_best_is_in_the_table() -> None:
    learning = learner(callback())
    learning.fit(3, 0.1)
    (run,) = runs_in("logs")
    losses, errors = run.series()["loss-val-loss"], run.series()["metric-val-mae"]
    assert list(losses.steps) == list(errors.steps) == [3, 6, 9]
    assert [int(epoch) for epoch in losses.epochs] == [0, 1, 2]
    assert list(zip(losses.values, errors.values, strict=True)) == [
        (value[1], value[2]) for value in learning.recorder.values
    ]
    smooth = run.series()["loss-train-smooth_loss"]
    assert list(smooth.values) == [value[0] for value in learning.recorder.values]
    row, best = run.row(), min(range(3), key=lambda epoch: losses.values[epoch])
    assert row["metric-val-loss"] == losses.values[best]
    assert (row["metric-val-step"], row["metric-val-epoch"]) == (3 * (best + 1), best)


def test_the_best_epoch_may_be_told_by_a_metric() -> None:
    def falling() -> float:
        return -float(learning.epoch)

    learning = learner(callback(monitor="falling"), metrics=[ValueMetric(falling)])
    learning.fit(2)
    assert runs_in("logs")[0].row()["metric-val-epoch"] == 0


def test_a_monitor_that_is_not_there_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    learner(callback(monitor="acuracy")).fit(2)
    said = capsys.readouterr().err
    assert said.count("there is no 'acuracy' to tell the best epoch by") == 1
    assert "train_loss, valid_loss, mae" in said


def test_the_two_fits_of_fine_tune_are_one_run() -> None:
    learner(callback()).fine_tune(2)
    (run,) = runs_in("logs")
    series = run.series()
    assert list(series["loss-train-loss"].steps) == list(range(1, 10))
    assert [int(epoch) for epoch in series["loss-val-loss"].epochs] == [0, 1, 2]
    assert (run.total_steps, run.row()["hyper-epochs"]) == (9, 3)
    assert run.state().value == "finished"


def test_a_callback_given_to_fine_tune_makes_one_run_too() -> None:
    learner(None).fine_tune(1, cbs=callback())
    (run,) = runs_in("logs")
    assert list(run.series()["loss-train-loss"].steps) == [1, 2, 3, 4, 5, 6]


def test_another_learner_with_the_same_callback_has_a_run_of_its_own() -> None:
    shared = callback()
    for _ in range(2):
        learner(None).fit(1, cbs=shared)
    assert [list(run.series()["loss-train-loss"].steps) for run in runs_in("logs")] == [
        [1, 2, 3]
    ] * 2


def test_learners_in_a_run_that_the_script_opened_count_on_in_it() -> None:
    fitlog.set_log_dir("logs")
    shared = FitlogCallback(commit=False)
    for _ in range(2):
        learner(None).fit(1, cbs=shared)
    (run,) = runs_in("logs")
    assert list(run.series()["loss-train-loss"].steps) == [1, 2, 3, 4, 5, 6]


def test_lr_find_makes_no_run_and_leaves_one_alone() -> None:
    learning = learner(callback())
    learning.lr_find(num_it=10, show_plot=False, suggest_funcs=None)
    assert runs_in("logs") == []
    learning.fit(1)
    learning.lr_find(num_it=10, show_plot=False, suggest_funcs=None)
    (run,) = runs_in("logs")
    assert list(run.series()["loss-train-loss"].steps) == [1, 2, 3]
    assert (run.total_steps, run.state().value) == (3, "finished")


def test_predictions_and_validation_make_no_run_and_leave_one_alone() -> None:
    learning = learner(callback())
    learning.validate()
    learning.get_preds()
    assert runs_in("logs") == []
    learning.fit(1)
    before = runs_in("logs")[0].row()
    learning.validate()
    learning.get_preds()
    (run,) = runs_in("logs")
    assert run.row() == before


def test_what_validate_finds_in_other_data_is_in_the_table() -> None:
    learning = learner(callback())
    learning.fit(1)
    loss, error = learning.validate(dl=DataLoader(rows()[:2], bs=2))
    (run,) = runs_in("logs")
    assert (run.row()["metric-test-loss"], run.row()["metric-test-mae"]) == (loss, error)
    assert run.state().value == "finished"


@pytest.mark.parametrize("event", ["after_batch", "before_batch", "after_epoch"])
def test_a_fit_that_is_cancelled_is_finished(event: str) -> None:
    def cancel(self: Callback) -> None:
        raise CancelFitException

    learner([callback(), Callback(**{event: cancel})]).fit(2)
    runs = runs_in("logs")
    assert [run.state().value for run in runs] == ["finished"] * (event != "before_batch")


def test_early_stopping_ends_the_run_after_its_last_epoch() -> None:
    stopper = EarlyStoppingCallback("valid_loss", min_delta=9.0, patience=1)
    learner([callback(), stopper]).fit(5)
    (run,) = runs_in("logs")
    assert list(run.series()["loss-val-loss"].steps) == [3, 6]
    assert run.state().value == "finished"


def test_the_loss_that_is_no_number_is_recorded_before_it_ends_the_training() -> None:
    learning = learner([callback(), TerminateOnNaNCallback()])
    learning.fit(1, float("inf"))
    (run,) = runs_in("logs")
    losses = run.series()["loss-train-loss"]
    assert list(losses.steps) == [1, 2]
    assert not math.isfinite(losses.values[1])
    assert run.state().value == "finished"


def test_batches_whose_gradients_are_gathered_are_steps() -> None:
    learner([callback(), GradientAccumulation(2 * A_BATCH)]).fit(1)
    assert list(runs_in("logs")[0].series()["loss-train-loss"].steps) == [1, 2, 3]


def test_a_batch_that_is_skipped_before_its_loss_has_a_number_and_no_value() -> None:
    def skip(self: Callback) -> None:
        if self.learn.training and self.learn.train_iter == 1:
            raise CancelBatchException

    learning = learner([callback(), Callback(before_batch=skip)])
    learning.fit(1)
    assert list(runs_in("logs")[0].series()["loss-train-loss"].steps) == [1, 3]


def test_an_epoch_that_is_cut_short_has_no_loss_of_training_in_place_of_another() -> None:
    learning = learner([callback(), ShortEpochCallback(pct=0.5, short_valid=False)])
    learning.fit(1)
    (run,) = runs_in("logs")
    assert "loss-train-smooth_loss" not in run.series()
    assert list(run.series()["loss-val-loss"].values) == [learning.recorder.values[0][0]]


def test_a_fit_from_a_later_epoch_counts_from_there() -> None:
    learner(callback()).fit(3, start_epoch=2)
    (run,) = runs_in("logs")
    assert list(run.series()["loss-train-loss"].steps) == [7, 8, 9]
    assert [int(epoch) for epoch in run.series()["loss-val-loss"].epochs] == [2]
    assert run.total_steps == 9


def test_an_exception_is_still_raised_and_the_run_an_error_when_the_next_begins() -> None:
    def fail(self: Callback) -> None:
        if self.learn.train_iter == 1:
            raise RuntimeError("planned failure")

    failing = Callback(before_batch=fail)
    learning = learner([callback(), failing])
    with pytest.raises(RuntimeError, match="planned failure"):
        learning.fit(1)
    learning.remove_cb(failing)
    learning.fit(1)
    assert [run.state().value for run in runs_in("logs")] == ["error", "finished"]
    assert [list(run.series()["loss-train-loss"].steps) for run in runs_in("logs")] == [
        [1],
        [1, 2, 3],
    ]


def test_every_so_many_batches_and_none_are_recorded_as_asked() -> None:
    learner(callback(every=2)).fit(2)
    learner(callback(every=0)).fit(1)
    some, none = runs_in("logs")
    assert list(some.series()["loss-train-loss"].steps) == [2, 4, 6]
    assert "loss-train-loss" not in none.series()
    assert list(none.series()["loss-val-loss"].steps) == [3]


def test_an_exported_learner_leads_to_no_run_until_it_is_trained() -> None:
    loaders = Datasets(range(6), [[first], [second]], splits=[range(6), range(6)]).dataloaders(bs=2)
    learning = learner(callback(), loaders)
    learning.export("before.pkl")
    assert runs_in("logs") == []
    learning.fit(1)
    learning.export("after.pkl")
    before = runs_in("logs")[0].row()
    with pytest.warns(UserWarning, match="insecure pickle"):
        loaded = load_learner("after.pkl")
    assert len(loaded.get_preds(dl=DataLoader(rows(), bs=2))[0]) == 6
    (run,) = runs_in("logs")
    assert run.row() == before
    learning.fit(1)
    (run,) = runs_in("logs")
    assert list(run.series()["loss-train-loss"].steps) == [1, 2, 3, 4, 5, 6]


def test_a_pickled_learner_that_is_trained_has_a_run_of_its_own_in_the_same_directory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    learning = learner(callback())
    learning.logger = print
    learning.fit(1)
    copied = pickle.loads(pickle.dumps(learning))
    monkeypatch.chdir(tmp_path.parent)
    copied.fit(1)
    assert len(runs_in(tmp_path / "logs")) == 2


def test_it_works_without_fastais_recorder() -> None:
    loaders = DataLoaders(DataLoader(rows(), bs=2), DataLoader(rows(), bs=2))
    bare = Learner(
        loaders,
        torch.nn.Linear(2, 1),
        loss_func=torch.nn.functional.mse_loss,
        default_cbs=False,
        cbs=[TrainEvalCallback(), callback()],
    )
    bare.fit(1)
    (run,) = runs_in("logs")
    assert list(run.series()["loss-train-loss"].steps) == [1, 2, 3]
    assert run.state().value == "finished"


@pytest.mark.parametrize(("event", "broken"), [("after_loss", "learn"), ("after_batch", "_every")])
def test_a_batch_that_cannot_be_recorded_is_told_once_and_ends_nothing(
    event: str, broken: str, capsys: pytest.CaptureFixture[str]
) -> None:
    class Breaks(FitlogCallback):
        def after_pred(self) -> None:
            vars(self)[broken] = "something else"

        def after_step(self) -> None:
            vars(self)["learn"] = learning

    class Last(Callback):
        order = 90
        batches = 0

        def after_batch(self) -> None:
            self.batches += 1

    learning = learner([Breaks("logs", commit=False), Last()])
    learning.fit(2, 0.5)
    assert learning.last.batches == 4 * BATCHES
    assert capsys.readouterr().err.count(f"Breaks.{event} could not record: ") == 1


def test_a_subclass_and_a_function_set_on_the_callback_hear_events_too() -> None:
    heard: list[str] = []

    class Hears(FitlogCallback):
        def after_step(self) -> None:
            heard.append("after_step")

    ours = Hears("logs", commit=False)
    vars(ours)["before_step"] = lambda: heard.append("before_step")
    learner(ours).fit(1, 0.5)
    assert heard == ["before_step", "after_step"] * BATCHES


def test_a_loss_of_several_elements_is_recorded_by_its_mean() -> None:
    def each(found: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.mse_loss(found, wanted, reduction="none")

    losses = []

    class Sums(Callback):
        order = 60

        def before_backward(self) -> None:
            losses.append(float(self.learn.loss.detach().mean()))
            self.learn.loss_grad = self.learn.loss_grad.mean()

    learner([callback(), Sums()], loss_func=each, metrics=[]).fit(1, 0.5)
    (run,) = runs_in("logs")
    assert list(run.series()["loss-train-loss"].values) == losses


def test_wrong_arguments_are_named_at_once() -> None:
    with pytest.raises(ArgumentError, match="every must be a number of batches"):
        FitlogCallback("logs", every=-1)
    with pytest.raises(ArgumentError, match="mode must be 'min' or 'max'"):
        FitlogCallback("logs", mode="most")
