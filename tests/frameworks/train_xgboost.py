"""The conformance suite's program for XGBoost."""

from __future__ import annotations

import copy
from typing import Any

import numpy
import xgboost
from conformance import Told, Training
from program_tools import conduct

from fitlog_plugins.xgboost import FitlogCallback

PARAMS = {
    "objective": "binary:logistic",
    "eval_metric": ["logloss", "auc"],
    "max_depth": 2,
    "nthread": 1,
}


class Failing(xgboost.callback.TrainingCallback):
    def __init__(self, fail_at: int | None) -> None:
        self.fail_at = fail_at

    def before_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        if epoch == self.fail_at:
            raise RuntimeError("planned failure")
        return False


def make(training: Training) -> FitlogCallback:
    return FitlogCallback(training.log_dir, hyper={"lr": 0.1}, rounds=training.steps, commit=False)


def learn(training: Training, callback: FitlogCallback, told: Told) -> None:
    table = numpy.random.default_rng(0).random((64, 3))
    data = xgboost.DMatrix(table, (table[:, 0] > 0.5).astype(int))
    params = copy.deepcopy(PARAMS)
    booster = xgboost.train(
        params,
        data,
        training.steps,
        evals=[(data, "train")],
        callbacks=[Failing(training.fail_at), callback],
        verbose_eval=False,
    )
    if training.ends_twice:
        callback.after_training(booster)
    told.unchanged = params == PARAMS and booster.attributes() == {}


if __name__ == "__main__":
    conduct(make, learn)
