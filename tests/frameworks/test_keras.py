"""What the callback makes of Keras's events, beyond what every adapter promises."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy
from conformance import runs_in

import fitlog
from fitlog_core.errors import ArgumentError
from fitlog_core.reading.reader import RunReader
from fitlog_core.recording.session import session
from fitlog_plugins.keras import FitlogCallback

TABLE = numpy.random.default_rng(0).random((8, 3)).astype("float32")
LABELS = TABLE[:, :1]


@pytest.fixture(autouse=True)
def _in_a_new_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("run", "remembered", "code"):
        monkeypatch.setattr(session, name, None)


def model(**options: Any) -> keras.Model:
    keras.utils.set_random_seed(0)
    made = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(1)])
    made.compile(keras.optimizers.SGD(0.125), loss="mse", metrics=["mae"], **options)
    return made


def fit(callback: FitlogCallback, made: keras.Model | None = None, **options: Any) -> Any:
    chosen = {"epochs": 2, "batch_size": 4, "verbose": 0, "validation_data": (TABLE, LABELS)}
    return (made or model()).fit(TABLE, LABELS, callbacks=[callback], **(chosen | options))


def only_run() -> RunReader:
    (run,) = runs_in("logs")
    return run


def test_the_validation_and_the_ends_of_epochs_are_those_of_keras_history() -> None:
    history = fit(FitlogCallback("logs", commit=False)).history
    series = only_run().series()
    assert list(series["loss-val-loss"].steps) == [2, 4]
    assert list(series["loss-val-loss"].values) == history["val_loss"]
    assert list(series["loss-train-loss"].values)[1::2] == history["loss"]
    assert list(series["metric-train-learning_rate"].values) == [0.125, 0.125]


def test_the_best_epoch_is_the_best_metric() -> None:
    history = fit(FitlogCallback("logs", monitor="val_mae", commit=False), epochs=3).history
    best = int(numpy.argmin(history["val_mae"]))
    row = only_run().row()
    assert row["metric-val-mae"] == history["val_mae"][best]
    assert (row["metric-val-epoch"], row["metric-val-step"]) == (best, 2 * best + 2)


@pytest.mark.parametrize(("every", "wanted"), [(0, [3, 6]), (2, [2, 3, 4, 6])])
def test_batches_are_recorded_as_often_as_asked_and_ends_of_epochs_always(
    every: int, wanted: list[int]
) -> None:
    fit(FitlogCallback("logs", every=every, commit=False), batch_size=3)
    assert list(only_run().series()["loss-train-loss"].steps) == wanted


def test_several_batches_in_one_call_are_counted() -> None:
    callback = FitlogCallback("logs", commit=False)  # by hand: torch takes one batch a call only
    callback.set_model(model())
    callback.set_params({"epochs": 1, "steps": 4})
    callback.on_train_begin()
    callback.on_epoch_begin(0)
    for last in (1, 3):
        callback.on_train_batch_end(last, {"loss": 0.5})
    assert list(only_run().series()["loss-train-loss"].steps) == [2, 4]


def test_training_that_goes_on_counts_on_in_a_run_of_its_own() -> None:
    made, callback = model(), FitlogCallback("logs", commit=False)
    fit(callback, made)
    fit(callback, made, initial_epoch=2, epochs=3)
    first, second = runs_in("logs")
    assert list(first.series()["loss-train-loss"].steps) == [1, 2, 3, 4]
    assert list(second.series()["loss-train-loss"].steps) == [5, 6]
    assert second.total_steps == 6


def test_an_evaluation_outside_of_the_training_is_the_test() -> None:
    made, callback = model(), FitlogCallback("logs", commit=False)
    fit(callback, made)
    found = made.evaluate(TABLE, LABELS, verbose=0, callbacks=[callback], return_dict=True)
    run = only_run()
    assert run.row()["metric-test-mae"] == found["mae"]
    assert run.state().value == "finished"


def test_a_training_that_was_left_by_an_exception_is_an_error_when_the_next_begins() -> None:
    class Failing(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: object = None) -> None:
            raise RuntimeError("planned failure")

    callback = FitlogCallback("logs", commit=False)
    with pytest.raises(RuntimeError, match="planned failure"):
        model().fit(TABLE, LABELS, verbose=0, callbacks=[callback, Failing()])
    fit(callback)
    assert [run.state().value for run in runs_in("logs")] == ["error", "finished"]


def test_early_stopping_is_an_end_like_any() -> None:
    stopping = keras.callbacks.EarlyStopping(min_delta=10.0, patience=1)
    model().fit(
        TABLE, LABELS, epochs=9, verbose=0, validation_data=(TABLE, LABELS),
        callbacks=[stopping, FitlogCallback("logs", commit=False)],
    )  # fmt: skip
    run = only_run()
    assert list(run.series()["loss-val-loss"].steps) == [1, 2]
    assert run.state().value == "finished"


def test_it_joins_the_run_that_the_script_opened() -> None:
    fitlog.set_log_dir("logs")
    fitlog.add_hyper({"by_hand": 1})
    fit(FitlogCallback())
    row = only_run().row()
    assert (row["hyper-by_hand"], row["hyper-model-num_parameters"]) == (1, 4)


def test_a_batch_that_cannot_be_recorded_is_told_once_and_ends_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    callback = FitlogCallback("logs", commit=False)

    def fail(*_: Any) -> None:
        raise OSError("no disk")

    monkeypatch.setattr(callback._training, "record", fail)
    assert len(fit(callback).history["loss"]) == 2
    told = "FitlogCallback.on_train_batch_end could not record: OSError: no disk"
    assert capsys.readouterr().err.count(told) == 1


def test_what_a_later_callback_adds_to_the_last_batchs_values_is_recorded_with_the_epoch() -> None:
    class Adds(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            logs["batch_rate"] = 0.5

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            logs["batch_rate"] = 0.25

    made = model()
    callbacks = [Adds(), FitlogCallback("logs", commit=False, every=2), Adds()]
    made.fit(TABLE, LABELS, epochs=2, batch_size=4, verbose=0, callbacks=callbacks)
    rate = only_run().series()["metric-train-batch_rate"]
    assert (list(rate.steps), list(rate.values)) == ([2, 4], [0.5, 0.5])


def test_wrong_arguments_are_named_at_once() -> None:
    with pytest.raises(ArgumentError, match="mode must be 'min' or 'max', got 'most'"):
        FitlogCallback(mode="most")
    with pytest.raises(ArgumentError, match="every must be a number of batches, 0 or more, got -1"):
        FitlogCallback(every=-1)
