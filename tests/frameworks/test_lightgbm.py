"""What the callback makes of LightGBM's rounds, beyond what every adapter promises."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import lightgbm
import numpy
import pytest
from conformance import runs_in

from fitlog_core.recording.session import session
from fitlog_plugins.lightgbm import FitlogCallback

PARAMS = {
    "objective": "binary",
    "metric": ["auc", "binary_logloss"],
    "num_leaves": 3,
    "min_data_in_leaf": 2,
    "num_threads": 1,
    "verbosity": -1,
}
TABLE = numpy.random.default_rng(0).random((80, 3))
LABELS = (TABLE[:, 0] > 0.5).astype(int)


@pytest.fixture(autouse=True)
def _in_a_new_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("run", "remembered", "code"):
        monkeypatch.setattr(session, name, None)


def train(
    rounds: int, *callbacks: Any, params: dict[str, Any] | None = None, **options: Any
) -> lightgbm.Booster:
    data = lightgbm.Dataset(TABLE, LABELS)
    other = lightgbm.Dataset(TABLE, 1 - LABELS, reference=data)  # only the first round is good
    return lightgbm.train(
        PARAMS | (params or {}),
        data,
        rounds,
        valid_sets=[other],
        valid_names=["valid"],
        callbacks=list(callbacks),
        **options,
    )


@pytest.mark.parametrize("way", ["parameter", "callback"])
def test_the_best_round_of_early_stopping_is_the_best_metric(way: str) -> None:
    if way == "parameter":
        model = train(9, FitlogCallback("logs", commit=False), params={"early_stopping_round": 2})
    else:
        stopping = lightgbm.early_stopping(2, verbose=False)
        model = train(9, FitlogCallback("logs", early_stopping=stopping, commit=False))
    (run,) = runs_in("logs")
    assert model.best_iteration == 1
    assert list(run.series()["metric-valid-auc"].steps) == [0, 1, 2]
    row = run.row()
    assert row["metric-valid-step"] == 0
    assert row["metric-valid-auc"] == run.series()["metric-valid-auc"].values[0]
    assert run.state().value == "finished"


def test_a_training_stopped_by_a_callback_unknown_to_us_is_finished_when_the_next_begins() -> None:
    callback = FitlogCallback("logs", commit=False)
    for _ in range(2):
        train(9, callback, lightgbm.early_stopping(2, verbose=False))
    assert [run.state().value for run in runs_in("logs")] == ["finished", "running"]


def test_a_training_that_was_left_by_an_exception_is_an_error_when_the_next_begins() -> None:
    def fail(env: Any) -> None:
        raise RuntimeError("planned failure")

    callback = FitlogCallback("logs", commit=False)
    with pytest.raises(RuntimeError, match="planned failure"):
        train(2, callback, fail)
    train(1, callback)
    assert [run.state().value for run in runs_in("logs")] == ["error", "finished"]


def test_training_that_goes_on_from_a_model_goes_on_with_its_rounds() -> None:
    first = train(2, FitlogCallback("logs", commit=False))
    train(2, FitlogCallback("logs", commit=False), init_model=first)
    assert [list(run.series()["metric-valid-auc"].steps) for run in runs_in("logs")] == [
        [0, 1],
        [2, 3],
    ]


def test_cross_validation_records_the_means() -> None:
    callback = FitlogCallback("logs", commit=False)
    told = lightgbm.cv(PARAMS, lightgbm.Dataset(TABLE, LABELS), 3, callbacks=[callback])
    (run,) = runs_in("logs")
    assert list(run.series()["metric-valid-auc"].values) == told["valid auc-mean"]
    assert run.state().value == "finished"


def test_the_classes_of_scikit_learn_record_a_run_each() -> None:
    callback = FitlogCallback("logs", commit=False)
    for _ in range(2):
        model = lightgbm.LGBMClassifier(n_estimators=2, verbose=-1, n_jobs=1)
        model.fit(TABLE, LABELS, eval_set=[(TABLE, LABELS)], callbacks=[callback])
    assert [run.total_steps for run in runs_in("logs")] == [2, 2]


def test_a_copy_leaves_the_model_behind() -> None:
    callback = FitlogCallback("logs", commit=False)
    train(1, callback)
    assert pickle.loads(pickle.dumps(callback))._model is None
