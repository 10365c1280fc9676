"""The conformance suite's program for CatBoost."""

from __future__ import annotations

from typing import Any

import catboost
import numpy
from conformance import Told, Training
from program_tools import conduct

from fitlog_plugins.catboost import FitlogCallback


def model(training: Training) -> catboost.CatBoostClassifier:
    return catboost.CatBoostClassifier(
        iterations=training.steps,
        depth=2,
        thread_count=1,
        verbose=False,
        allow_writing_files=False,
        custom_metric=["Accuracy"],
    )


class Failing:
    def __init__(self, fail_at: int | None) -> None:
        self.fail_at = fail_at

    def after_iteration(self, info: Any) -> bool:
        if info.iteration == self.fail_at:
            raise RuntimeError("planned failure")
        return True


def make(training: Training) -> FitlogCallback:
    return FitlogCallback(training.log_dir, model=model(training), commit=False)


def learn(training: Training, callback: FitlogCallback, told: Told) -> None:
    table = numpy.random.default_rng(0).random((64, 3))
    kept = table.copy()
    chosen = callback._model
    before = chosen.get_params()
    labels = (table[:, 0] > 0.5).astype(int)
    chosen.fit(table, labels, callbacks=[callback, Failing(training.fail_at)])
    if training.ends_twice:
        callback.finish()
        callback.finish()
    told.unchanged = bool((table == kept).all()) and chosen.get_params() == before


if __name__ == "__main__":
    conduct(make, learn)
