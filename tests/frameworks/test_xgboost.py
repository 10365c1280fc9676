"""What the callback makes of XGBoost's rounds, beyond what every adapter promises."""

from __future__ import annotations

import copy
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy
import pytest
import xgboost
from conformance import runs_in

from fitlog_core.recording.run import Run
from fitlog_core.recording.session import session
from fitlog_plugins.xgboost import FitlogCallback

HERE = Path(__file__).parent
PARAMS = {"objective": "binary:logistic", "eval_metric": ["auc", "logloss"], "nthread": 1}
TABLE = numpy.random.default_rng(0).random((80, 3))
LABELS = (TABLE[:, 0] > 0.5).astype(int)


@pytest.fixture(autouse=True)
def _in_a_new_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("run", "remembered", "code"):
        monkeypatch.setattr(session, name, None)


def train(rounds: int, callback: FitlogCallback | None = None, **options: Any) -> xgboost.Booster:
    data, other = xgboost.DMatrix(TABLE, LABELS), xgboost.DMatrix(TABLE, 1 - LABELS)
    return xgboost.train(
        PARAMS,
        data,
        rounds,
        evals=[(data, "train"), (other, "valid")],
        callbacks=[callback or FitlogCallback("logs", commit=False)],
        verbose_eval=False,
        **options,
    )


def test_the_best_round_of_early_stopping_is_the_best_metric() -> None:
    train(9, early_stopping_rounds=2)  # on labels turned round, only the first round is good
    (run,) = runs_in("logs")
    assert list(run.series()["loss-valid-logloss"].steps) == [0, 1, 2]
    row = run.row()
    assert row["metric-valid-step"] == 0
    assert row["metric-valid-logloss"] == run.series()["loss-valid-logloss"].values[0]
    assert run.state().value == "finished"


def test_training_that_goes_on_from_a_model_goes_on_with_its_rounds() -> None:
    first = train(2, early_stopping_rounds=5)
    train(2, xgb_model=first)
    runs = runs_in("logs")
    assert [list(run.series()["metric-train-auc"].steps) for run in runs] == [[0, 1], [2, 3]]
    assert "metric-valid-step" not in runs[1].row()  # the best round is of the model before


def test_cross_validation_records_the_means() -> None:
    data = xgboost.DMatrix(TABLE, LABELS)
    callback = FitlogCallback("logs", commit=False)
    told = xgboost.cv(PARAMS, data, 3, callbacks=[callback])
    (run,) = runs_in("logs")
    assert list(run.series()["loss-test-logloss"].values) == list(told["test-logloss-mean"])


def test_the_classes_of_scikit_learn_record_a_run_each_also_when_copied() -> None:
    model = xgboost.XGBClassifier(
        n_estimators=2, eval_metric="logloss", callbacks=[FitlogCallback("logs", commit=False)]
    )
    for one in (model, copy.deepcopy(model)):
        one.fit(TABLE, LABELS, eval_set=[(TABLE, LABELS)], verbose=False)
    assert [list(run.series()["loss-validation_0-logloss"].steps) for run in runs_in("logs")] == [
        [0, 1],
        [0, 1],
    ]


def test_without_evaluations_training_is_recorded_as_finished_where_a_run_is_given() -> None:
    with Run("logs") as run:
        run.create_log_folder()
        xgboost.train(
            PARAMS, xgboost.DMatrix(TABLE, LABELS), 2, callbacks=[FitlogCallback(run=run)]
        )
    (found,) = runs_in("logs")
    assert found.state().value == "finished"
    assert found.row()["hyper-xgboost-objective"] == "binary:logistic"


def test_a_training_that_was_left_by_an_exception_is_an_error_when_the_next_begins() -> None:
    class Failing(xgboost.callback.TrainingCallback):
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            raise RuntimeError("planned failure")

    data = xgboost.DMatrix(TABLE, LABELS)
    callback = FitlogCallback("logs", commit=False)
    with pytest.raises(RuntimeError, match="planned failure"):
        xgboost.train(
            PARAMS, data, 2, evals=[(data, "train")], callbacks=[callback, Failing()],
            verbose_eval=False,
        )  # fmt: skip
    train(1, callback)
    assert [run.state().value for run in runs_in("logs")] == ["error", "finished"]


def test_of_workers_that_train_together_the_first_records() -> None:
    program = """
import multiprocessing, sys
import numpy, xgboost
from xgboost import collective
from xgboost.tracker import RabitTracker
from fitlog_plugins.xgboost import FitlogCallback

def work(rank, args):
    with collective.CommunicatorContext(**args):
        table = numpy.random.default_rng(rank).random((60, 3))
        data = xgboost.DMatrix(table, (table[:, 0] > 0.5).astype(int))
        xgboost.train(
            {"objective": "binary:logistic", "nthread": 1}, data, 3, evals=[(data, "train")],
            callbacks=[FitlogCallback("logs", commit=False)], verbose_eval=False,
        )

if __name__ == "__main__":
    tracker = RabitTracker(host_ip="127.0.0.1", n_workers=2)
    tracker.start()
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=work, args=(n, tracker.worker_args())) for n in range(2)]
    for worker in workers: worker.start()
    for worker in workers: worker.join()
    tracker.wait_for()
    sys.exit(max(worker.exitcode for worker in workers))
"""
    Path("program.py").write_text(program, "utf-8")
    done = subprocess.run([sys.executable, "program.py"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (run,) = runs_in("logs")
    assert (run.folder / "loss.log").read_text("utf-8").count("logloss") == 3
