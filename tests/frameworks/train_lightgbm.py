"""The conformance suite's program for LightGBM."""

from __future__ import annotations

import copy
from typing import Any

import lightgbm
import numpy
from conformance import Told, Training
from program_tools import conduct

from fitlog_plugins.lightgbm import FitlogCallback

PARAMS = {
    "objective": "binary",
    "metric": ["binary_logloss", "auc"],
    "num_leaves": 3,
    "min_data_in_leaf": 2,
    "num_threads": 1,
    "verbosity": -1,
}


def make(training: Training) -> FitlogCallback:
    return FitlogCallback(training.log_dir, commit=False)


def learn(training: Training, callback: FitlogCallback, told: Told) -> None:
    def fail(env: Any) -> None:
        if env.iteration == training.fail_at:
            raise RuntimeError("planned failure")

    table = numpy.random.default_rng(0).random((64, 3))
    data = lightgbm.Dataset(table, (table[:, 0] > 0.5).astype(int))
    params = copy.deepcopy(PARAMS)
    booster = lightgbm.train(
        params,
        data,
        training.steps,
        valid_sets=[data],
        valid_names=["train"],
        callbacks=[fail, callback],
    )
    if training.ends_twice:
        booster.predict(table)
        callback.run.conclude()
    told.unchanged = params == PARAMS


if __name__ == "__main__":
    conduct(make, learn)
