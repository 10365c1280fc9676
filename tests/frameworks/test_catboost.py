"""What the callback makes of CatBoost's iterations, beyond what every adapter promises."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import catboost
import numpy
import pytest
from conformance import runs_in

from fitlog_core.recording.session import session
from fitlog_plugins.catboost import FitlogCallback

TABLE = numpy.random.default_rng(0).random((80, 3))
LABELS = (TABLE[:, 0] > 0.5).astype(int)


@pytest.fixture(autouse=True)
def _in_a_new_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("run", "remembered", "code"):
        monkeypatch.setattr(session, name, None)


def model(iterations: int) -> catboost.CatBoostClassifier:
    return catboost.CatBoostClassifier(
        iterations=iterations, thread_count=1, verbose=False, allow_writing_files=False
    )


def fit(chosen: Any, callback: FitlogCallback, **options: Any) -> None:
    # On labels turned round, only the first iteration is good.
    chosen.fit(TABLE, LABELS, eval_set=[(TABLE, 1 - LABELS)], callbacks=[callback], **options)


def test_the_best_iteration_of_early_stopping_is_the_best_metric() -> None:
    chosen = model(9)
    callback = FitlogCallback("logs", model=chosen, commit=False)
    fit(chosen, callback, early_stopping_rounds=2)
    callback.finish()
    (run,) = runs_in("logs")
    series = run.series()["loss-validation-Logloss"]
    assert list(series.steps) == [1, 2, 3]
    row = run.row()
    assert row["metric-validation-step"] == chosen.get_best_iteration() + 1 == 1
    assert row["metric-validation-Logloss"] == series.values[0]
    assert run.state().value == "finished"


def test_the_last_iteration_planned_is_the_end() -> None:
    chosen = model(3)
    fit(chosen, FitlogCallback("logs", model=chosen, commit=False), use_best_model=False)
    (run,) = runs_in("logs")
    assert (run.total_steps, run.state().value) == (3, "finished")


def test_a_training_without_a_known_end_is_left_without_one_when_the_next_begins() -> None:
    callback = FitlogCallback("logs", hyper={"iterations": 2}, commit=False)
    for _ in range(2):
        fit(model(2), callback)
    callback.finish()
    runs = runs_in("logs")
    assert [run.state().value for run in runs] == ["running", "finished"]
    assert runs[0].row()["hyper-iterations"] == 2


def test_a_copy_leaves_the_model_behind() -> None:
    assert pickle.loads(pickle.dumps(FitlogCallback("logs", model=model(1))))._model is None


def test_what_is_measured_every_third_iteration_is_recorded_at_those() -> None:
    chosen = model(7).set_params(metric_period=3)
    callback = FitlogCallback("logs", model=chosen, commit=False)
    fit(chosen, callback)
    callback.finish()
    (run,) = runs_in("logs")
    series = run.series()["loss-validation-Logloss"]
    assert list(series.steps) == [1, 4, 7]
    assert list(series.values) == chosen.evals_result_["validation"]["Logloss"]
    assert run.row()["metric-validation-step"] == chosen.get_best_iteration() + 1


def test_what_stops_early_is_measured_at_every_iteration_and_the_rest_is_not() -> None:
    chosen = model(9).set_params(metric_period=3, custom_metric=["AUC:hints=skip_train~false"])
    callback = FitlogCallback("logs", model=chosen, commit=False)
    fit(chosen, callback, early_stopping_rounds=4)
    callback.finish()
    (run,) = runs_in("logs")
    series = run.series()
    assert list(series["loss-validation-Logloss"].steps) == [1, 2, 3, 4, 5]
    assert list(series["metric-validation-AUC"].steps) == [1, 4]
    assert list(series["loss-learn-Logloss"].steps) == [1, 4]
